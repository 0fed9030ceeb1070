// The answer: of a hundred women of a kind, how many are alive, free of symptoms and cured, in both frames.

import { asked, cellOf, picked, questionForm } from "../asked";
import { here, load } from "../data";
import { h, type Child } from "../dom";
import { figure, range, type Shown } from "../figures";
import { howSure } from "../origin";
import { wordsRow } from "../glossary";
import type { Context } from "../page";
import { shareRow, type Row } from "../share";
import { number, t } from "../strings";
import type { Answers, Asked, Cell } from "../types";
import { announce, choice, complaint, folded, heading, section, sentence, table } from "../ui";
import { FEW, wilson } from "../uncertain";
import { oneWoman, outOfHundred, women, type Look } from "../women";
import { slug } from "../words";

export const COUNTED = ["alive", "dead", "free", "cured"] as const;
export type Counted = (typeof COUNTED)[number];

export function countOf(cell: Cell, measure: Counted, k: number): number {
  if (measure === "dead") return cell.n - (cell.alive[k] ?? 0);
  return cell[measure][k] ?? 0;
}

const LABEL: Record<Counted, () => string> = {
  alive: () => t("answer.frame_alive"),
  dead: () => t("answer.frame_dead"),
  free: () => t("answer.key_free"),
  cured: () => t("answer.key_cured"),
};

/** Whole women of a hundred; what is more than none and rounds to none is less than one. */
const ofHundred = (share: number): string => (share > 0 && share < 0.005 ? t("common.less_than_one") : number(Math.round(100 * share), 0));

/** One count as a number of a hundred women, with its interval. */
export function shareShown(cell: Cell, question: Asked, measure: Counted, k: number, year: number): Shown {
  const count = countOf(cell, measure, k);
  const [low, high] = wilson(count, cell.n);
  // Alive and dead are rounded together, so that they make a hundred.
  const alive = Math.round((100 * (cell.alive[k] ?? 0)) / cell.n);
  const text = measure === "alive" ? alive : measure === "dead" ? 100 - alive : Math.round((100 * count) / cell.n);
  return {
    text: text === 0 ? ofHundred(count / cell.n) : number(text, 0),
    value: count / cell.n,
    low,
    high,
    write: ofHundred,
    women: cell.n,
    measure,
    label: `${t("answer.icons_title", { n: year })}: ${LABEL[measure]()}`,
    year,
    strategy: question.strategy,
    group: [question.subtype, question.age, question.presentation].join("|"),
    share: true,
    behind: measure === "dead" ? "alive" : measure,
    parameters: cell.parameter_interval?.[`${measure}.${year}`],
  };
}

interface Picture {
  alive: number;
  cured: number;
  free: number;
  ill: number;
  dead: number;
}

export function pictured(cell: Cell, k: number): Picture {
  const count = (name: "alive" | "free" | "cured" | "free_cured"): number => cell[name][k] ?? 0;
  const alive = Math.round((100 * count("alive")) / cell.n);
  const free = count("free") - count("free_cured");
  const [cured = 0, well = 0, ill = 0] = outOfHundred([count("cured"), free, count("alive") - count("cured") - free], alive);
  return { alive, cured, free: well, ill, dead: 100 - alive };
}

interface Counts {
  look: Look;
  words: string;
  icons: number;
  count: number;
  measure: string;
}

function legend(cell: Cell, question: Asked, year: number, entries: Counts[]): HTMLElement {
  return h(
    "ul",
    { class: "key" },
    entries.map((entry) => {
      const [low, high] = wilson(entry.count, cell.n);
      const shown: Shown = {
        text: number(entry.icons, 0),
        value: entry.count / cell.n,
        low,
        high,
        write: ofHundred,
        women: cell.n,
        measure: entry.measure,
        label: `${t("answer.icons_title", { n: year })}: ${entry.words}`,
        year,
        strategy: question.strategy,
        behind: entry.measure === "dead" ? "alive" : (entry.measure.split("_")[0] ?? "alive"),
      };
      return h("li", {}, oneWoman(entry.look), h("span", {}, figure(shown), " ", entry.words, " ", range(shown)));
    }),
  );
}

function arrays(cell: Cell, question: Asked, k: number, year: number): HTMLElement {
  const shown = pictured(cell, k);
  const count = (name: "alive" | "free" | "cured" | "free_cured"): number => cell[name][k] ?? 0;
  const words = `${t("answer.icons_title", { n: year })}. ${t("answer.icon_label", { alive: shown.alive, dead: shown.dead, cured: shown.cured, symptom_free: shown.free })}`;
  const well = count("free") - count("free_cured");
  const frame = (name: "alive" | "dead", parts: Counts[]): HTMLElement => {
    const order = name === "alive" ? parts : [...parts].reverse();
    const rest: Counts = { look: "out", words: "", icons: shown.dead, count: 0, measure: "" };
    const drawn = name === "alive" ? [...order, rest] : order;
    const picture = women(drawn.map(({ look, icons }) => ({ look, count: icons })), words);
    for (const [key, value] of Object.entries({ alive: shown.alive, dead: shown.dead, cured: shown.cured, symptomFree: shown.free })) picture.dataset[key] = String(value);
    return h(
      "figure",
      { class: `card frame-${name}` },
      h("h3", {}, name === "alive" ? t("answer.frame_alive") : t("answer.frame_dead")),
      h("div", { class: "counted" }, picture, legend(cell, question, year, parts)),
    );
  };
  return h(
    "div",
    { class: "cards two" },
    frame("alive", [
      { look: "cured", words: t("answer.key_cured"), icons: shown.cured, count: count("cured"), measure: "cured" },
      { look: "well", words: t("answer.key_symptom_free"), icons: shown.free, count: well, measure: "free_not_cured" },
      { look: "ill", words: t("answer.key_symptoms"), icons: shown.ill, count: count("alive") - count("cured") - well, measure: "alive_with_symptoms" },
    ]),
    frame("dead", [
      { look: "dead", words: t("answer.key_dead"), icons: shown.dead, count: cell.n - count("alive"), measure: "dead" },
      { look: "out", words: t("answer.key_alive"), icons: shown.alive, count: count("alive"), measure: "alive" },
    ]),
  );
}

function curedSentence(cell: Cell, question: Asked, years: number[], k: number): DocumentFragment {
  const year = years[k] ?? 0;
  const shown = shareShown(cell, question, "cured", k, year);
  if (countOf(cell, "cured", k) > 0) return sentence("answer.cure_yes_some", { years: String(year), n: withInterval(shown) });
  return sentence("answer.cure_no", { women: number(cell.n), years: String(year), high: figure({ ...shown, text: ofHundred(shown.high ?? 0) }) });
}

function bought(answers: Answers, question: Asked, k: number): Node | null {
  const without = { ...question, strategy: "none" };
  const cells = [cellOf(answers, question), cellOf(answers, without)];
  const [treated, untreated] = cells;
  if (question.strategy === "none" || !treated || !untreated) return null;
  const year = answers.years[k] ?? 0;
  const line = (key: "answer.buys_alive" | "answer.buys_symptoms", measure: Counted): Child =>
    h(
      "p",
      {},
      sentence(key, {
        years: String(year),
        with: withInterval(shareShown(treated, question, measure, k, year)),
        without: withInterval(shareShown(untreated, without, measure, k, year)),
      }),
    );
  return section(t("answer.what_it_buys"), line("answer.buys_alive", "alive"), line("answer.buys_symptoms", "free"));
}

function withInterval(shown: Shown): HTMLElement {
  return h("span", {}, figure(shown), " ", range(shown));
}

function overTime(cell: Cell, question: Asked, answers: Answers): HTMLElement {
  return table(
    t("answer.table_caption"),
    [{ label: t("common.measure") }, ...answers.years.map((year) => ({ label: t("common.years", { n: year }), number: true }))],
    COUNTED.map((measure) => [LABEL[measure](), ...answers.years.map((year, k) => withInterval(shareShown(cell, question, measure, k, year)))]),
  );
}

export async function answer(context: Context): Promise<Node> {
  const answers = here("answers") ?? (await load("answers"));
  const complaints: string[] = [];
  const question = asked(context, answers, complaints);
  const named = answers.years.map(String);
  const k = Math.max(0, named.indexOf(picked(context, "year", t("common.year"), named, named.includes("5") ? "5" : (named[0] ?? ""), complaints)));
  const year = answers.years[k] ?? 0;
  const cell = cellOf(answers, question);
  const top = [
    heading(t("answer.title"), t("answer.lead")),
    complaints.length ? complaint(t("errors.title"), ...complaints) : null,
    questionForm(context, answers, question),
  ];
  if (!cell) return h("div", { class: "page" }, top, complaint(t("errors.title"), t("errors.no_answer"), t("errors.ask_live", { command: "seedsoil explore" })));
  const alive = shareShown(cell, question, "alive", k, year);
  const dead = shareShown(cell, question, "dead", k, year);
  const free = shareShown(cell, question, "free", k, year);
  const cured = shareShown(cell, question, "cured", k, year);
  announce(`${t("answer.alive", { n: alive.text })} ${t("answer.dead", { n: dead.text })}`);
  const rows = (): Row[] =>
    answers.years.flatMap((at, i) =>
      COUNTED.map((measure) => {
        const [low, high] = wilson(countOf(cell, measure, i), cell.n);
        return { ...question, year: at, measure, women: cell.n, count: countOf(cell, measure, i), share: countOf(cell, measure, i) / cell.n, low, high };
      }),
    );
  return h(
    "div",
    { class: "page" },
    top,
    choice(
      "year",
      t("common.year"),
      answers.years.map((at) => ({ value: String(at), label: t("common.years", { n: at }) })),
      String(year),
      (value) => context.change({ year: value === "5" ? null : value }),
    ),
    h(
      "div",
      { class: "said" },
      h("h2", {}, t("answer.icons_title", { n: year })),
      h(
        "p",
        { class: "big" },
        sentence("answer.alive", { n: withInterval(alive) }, Number(alive.text)),
        " ",
        sentence("answer.dead", { n: withInterval(dead) }, Number(dead.text)),
      ),
      h("p", {}, sentence("answer.symptom_free", { n: withInterval(free) }, Number(free.text))),
      h("p", {}, countOf(cell, "cured", k) > 0 ? sentence("answer.cured", { n: withInterval(cured) }, Number(cured.text)) : [t("answer.cured_none"), " ", sentence("uncertainty.no_event", { women: number(cell.n), high: figure({ ...cured, text: ofHundred(cured.high ?? 0) }) })]),
      h("p", { class: "quiet" }, cell.n < FEW ? t("uncertainty.too_few", { least: FEW }) : t("uncertainty.behind", { women: cell.n }), " ", t("answer.not_you")),
    ),
    arrays(cell, question, k, year),
    h("p", { class: "quiet" }, t("answer.both_frames")),
    section(t("answer.is_there_a_cure"), h("p", {}, curedSentence(cell, question, answers.years, k))),
    bought(answers, question, k),
    section(t("answer.over_time"), overTime(cell, question, answers), h("p", { class: "quiet" }, t("answer.ten_years"))),
    folded(
      t("uncertainty.title"),
      h("p", {}, t("uncertainty.range", { value: alive.text, low: ofHundred(alive.low ?? 0), high: ofHundred(alive.high ?? 0) }), " ", howSure(alive.text, alive.low ?? 0, alive.high ?? 0)),
      h("p", {}, t("uncertainty.chance", { low: ofHundred(alive.low ?? 0), high: ofHundred(alive.high ?? 0) })),
      h("p", {}, alive.parameters ? t("uncertainty.parameters", { low: ofHundred(alive.parameters[0]), high: ofHundred(alive.parameters[1]) }) : t("uncertainty.parameters_missing")),
    ),
    wordsRow("metastasis", "cured", "subtype", "de_novo", "recurrent", "strategy", "simulated", "interval"),
    shareRow(`seedsoil-answer-${slug(question.subtype)}`, rows, () => document.querySelector<SVGSVGElement>(".frame-alive .women")),
  );
}
