// Teach with it: five lessons, each opening the view that it needs and showing what the model says only when asked.

import { cellOf } from "../asked";
import { load } from "../data";
import { h, type Child } from "../dom";
import { figure, range, type Shown } from "../figures";
import type { Context } from "../page";
import { t } from "../strings";
import type { Answers, Asked, Fit, Spread } from "../types";
import { folded, heading, sentence } from "../ui";
import { plain } from "../words";
import { shareShown } from "./answer";

const MINUTES = 15;

interface Lesson {
  page: string;
  values: Record<string, string>;
  hint: Record<string, Child> | null;
}

const both = (shown: Shown): HTMLElement => h("span", {}, figure(shown), " ", range(shown));

function cellShown(answers: Answers, strategy: string, measure: "alive" | "dead"): Shown | null {
  const question: Asked = { era: answers.default.era, strategy, subtype: "all", age: "all", presentation: "all" };
  const cell = cellOf(answers, question);
  const k = answers.years.indexOf(5);
  return cell && k >= 0 ? shareShown(cell, question, measure, k, 5) : null;
}

function namedShown(spread: Spread, name: string, label: string): Shown | null {
  const number = spread.numbers[name];
  if (!number) return null;
  return { text: plain(number.value), value: number.value, low: number.low, high: number.high, write: plain, measure: name, label, behind: number.source ?? `spread.${name}`, ...(number.source ? {} : { women: spread.provenance.women }) };
}

function hintOne(answers: Answers): Lesson["hint"] {
  const alive = cellShown(answers, answers.default.strategy, "alive");
  const dead = cellShown(answers, answers.default.strategy, "dead");
  if (!alive?.write || !dead) return null;
  return { years: "5", alive: figure(alive), dead: figure(dead), low: alive.write(alive.low ?? 0), high: alive.write(alive.high ?? 0) };
}

function hintTwo(spread: Spread): Lesson["hint"] {
  const sleep = namedShown(spread, "asleep_share_of_100_hr_pos_her2_neg", t("glossary.dormancy"));
  const years = namedShown(spread, "mean_sleep_years_hr_pos_her2_neg", t("glossary.dormancy"));
  return sleep && years ? { sleep: both(sleep), years: both(years) } : null;
}

function hintThree(spread: Spread): Lesson["hint"] {
  const bone = spread.by_organ["bone"];
  if (!bone) return null;
  const shown = (value: number, label: string, behind: string): HTMLElement => figure({ text: plain(value), value, measure: "bone", label, behind });
  return { flow: shown(bone.arrest_of_100, t("spread.flow_label"), "circulation.output_share"), founded: shown(bone.lesions_of_100, t("spread.founded_label"), "soil.log_factor") };
}

function hintFour(answers: Answers): Lesson["hint"] {
  const fresh = cellShown(answers, answers.default.strategy, "alive");
  const old = cellShown(answers, "pre-1998", "alive");
  return fresh && old ? { new: both(fresh), old: both(old) } : null;
}

function hintFive(fit: Fit): Lesson["hint"] {
  const rows = [...fit.trials].filter((row) => row.verdict !== "not simulated");
  if (rows.length === 0) return null;
  const inside = rows.filter((row) => row.verdict === "agrees").length;
  return { all: plain(rows.length), inside: plain(inside), misses: plain(rows.length - inside) };
}

export async function teach(context: Context): Promise<Node> {
  const [answers, spread, fit] = await Promise.all([load("answers"), load("spread"), load("fit")]);
  const lessons: Lesson[] = [
    { page: "answer", values: { year: "5" }, hint: hintOne(answers) },
    { page: "course", values: { kind: "late_bone" }, hint: hintTwo(spread) },
    { page: "spread", values: { step: "4" }, hint: hintThree(spread) },
    { page: "compare", values: { with: "pre_1998,pre_2013,2022" }, hint: hintFour(answers) },
    { page: "fit", values: { show: "misses" }, hint: hintFive(fit) },
  ];
  const part = (label: string, words: string): Child => [h("dt", {}, label), h("dd", {}, words)];
  return h(
    "div",
    { class: "page" },
    heading(t("teach.title"), t("teach.lead")),
    lessons.map((lesson, i) => {
      const k = i + 1;
      return h(
        "article",
        { class: "card lesson", "data-lesson": k },
        h("div", { class: "row between" }, h("h2", {}, t(`teach.l${k}_title`)), h("span", { class: "tag" }, t("teach.minutes", { n: MINUTES }))),
        h(
          "dl",
          { class: "facts" },
          part(t("teach.goal"), t(`teach.l${k}_goal`)),
          part(t("teach.before"), t(`teach.l${k}_before`)),
          part(t("teach.do"), t(`teach.l${k}_do`)),
          part(t("teach.look"), t(`teach.l${k}_look`)),
          part(t("teach.discuss"), t(`teach.l${k}_discuss`)),
        ),
        lesson.hint && folded(t("teach.answer_hint"), h("p", {}, sentence(`teach.l${k}_hint`, lesson.hint))),
        h("div", { class: "row screen" }, h("a", { class: "ghost", href: context.link(lesson.page, lesson.values) }, t("teach.open"))),
      );
    }),
  );
}
