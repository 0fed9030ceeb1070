// One woman's course: her body, what is in it and what she feels, beside the same woman under another strategy.

import { jobOf, picked } from "../asked";
import { body, placeOf, VIEW, type Organ } from "../body";
import { load } from "../data";
import { h, s, type Child } from "../dom";
import { lanes, type Lanes } from "../lanes";
import { beginning, described, events, parting, stateAt, type Happened, type Now, type Stage } from "../life";
import { ask, jobPanel, liveMode, refusalNode } from "../live";
import { wordsRow } from "../glossary";
import type { Context } from "../page";
import { mark } from "../marks";
import { player } from "../player";
import { shareRow, type Row } from "../share";
import { number, t } from "../strings";
import type { Course, Courses, Woman } from "../types";
import { button, complaint, folded, heading, section, select, table } from "../ui";
import { span, term } from "../words";

interface Side {
  strategy: string;
  course: Course;
  events: Happened[];
  lanes: Lanes;
  lesions: SVGGElement;
  figure: SVGSVGElement;
  words: HTMLElement;
  last: HTMLElement;
}

const STAGES: Stage[] = ["asleep", "unseen", "growing", "shrinking"];

function drawLesions(state: Now[]): SVGElement[] {
  const counted = new Map<Organ, number>();
  const placed = state.map((now) => {
    const k = counted.get(now.organ) ?? 0;
    counted.set(now.organ, k + 1);
    return [now, placeOf(now.organ, k)] as const;
  });
  return placed
    .filter(([now]) => now.stage !== "gone")
    .sort(([a], [b]) => b.mm - a.mm)
    .map(([now, [x, y]]) => mark(now.stage, x, y, now.mm, `${term("organ", now.organ)}, ${t(`course.lesions_${now.stage}`)}, ${number(Math.round(now.mm), 0)} mm`));
}

function side(woman: Woman, strategy: string, begin: number, end: number): Side {
  const course = woman.courses[strategy] as Course;
  const lesions = s("g", { class: "lesions" });
  const figure = s("svg", { class: "body", viewBox: `0 0 ${VIEW.width} ${VIEW.height}`, role: "img" }, body((organ) => term("organ", organ)), lesions);
  return {
    strategy,
    course,
    events: events(woman, course),
    lanes: lanes(woman, term("strategy", strategy), course, begin, end),
    lesions,
    figure,
    words: h("p", { class: "quiet places" }),
    last: h("p", { class: "last" }),
  };
}

function show(one: Side, woman: Woman, time: number): void {
  const dead = time >= one.course.died_at - 1e-6;
  const state = stateAt(woman, one.course, Math.min(time, one.course.died_at));
  one.lesions.replaceChildren(...drawLesions(state));
  const places = described(state);
  one.figure.setAttribute("aria-label", t("course.body_label", { places }));
  one.figure.classList.toggle("dead", dead);
  one.words.textContent = places;
  const before = one.events.filter((event) => event.time <= time + 1e-6);
  one.last.textContent = before[before.length - 1]?.words ?? "";
  one.lanes.show(Math.min(time, one.course.died_at));
}

function clock(time: number): string {
  if (Math.abs(time) < 1 / 24) return t("course.time_zero");
  return time < 0 ? t("course.time_before", { time: span(-time) }) : t("course.time_value", { time: span(Math.max(0, time)) });
}

function log(woman: Woman, one: Side, jump: (time: number) => void): HTMLElement {
  return folded(
    `${t("course.log")}: ${term("strategy", one.strategy)}`,
    table(
      t("course.table_caption", { number: String(woman.number) }),
      [{ label: t("course.table_time") }, { label: t("course.table_event") }],
      one.events.map((event) => [button(number(event.time, 2), () => jump(event.time), { class: "number" }), h("span", { "data-text": "" }, event.words)]),
    ),
    one.course.left_out > 0 && h("p", { class: "quiet" }, t("course.hidden", { n: one.course.left_out })),
  );
}

function twins(a: Side, b: Side): string {
  const difference = a.course.died_at - b.course.died_at;
  const values = { a: term("strategy", a.strategy), b: term("strategy", b.strategy), time: span(Math.abs(difference)) };
  if (Math.abs(difference) < 1 / 24) return t("course.twin_equal");
  return difference > 0 ? t("course.twin_longer", values) : t("course.twin_shorter", values);
}

function chooser(context: Context, courses: Courses, woman: Woman, kind: string): HTMLElement {
  const kinds = [...new Set(courses.women.map((one) => one.teaches))].sort();
  const women = courses.women.filter((one) => kind === "" || one.teaches === kind);
  return h(
    "form",
    { class: "asked", onsubmit: (event) => event.preventDefault() },
    select(
      "ask-kind",
      t("course.choose_kind"),
      [{ value: "", label: t("course.kind_all") }, ...kinds.map((one) => ({ value: one, label: term("teaches", one) }))],
      kind,
      (value) => {
        context.change({ kind: value || null, woman: null, t: null, a: null, b: null });
      },
    ),
    select(
      "ask-woman",
      t("course.choose"),
      women.map((one) => ({
        value: String(one.number),
        label: `${one.number}: ${t("course.woman_line", { age: String(Math.round(one.age)), subtype: term("subtype", one.subtype), stage: term("stage", one.stage) })}`,
      })),
      String(woman.number),
      (value) => context.change({ woman: value, t: null, a: null, b: null }),
    ),
  );
}

function keyOf(): HTMLElement {
  return h(
    "ul",
    { class: "key across" },
    STAGES.map((stage) => h("li", {}, s("svg", { class: "body sample", viewBox: "0 0 20 20", "aria-hidden": "true" }, mark(stage, 10, 10, 33)), h("span", {}, t(`course.lesions_${stage}`)))),
  );
}

/** Whether her first course is the longer one by a year or more, and not of the long tail: what a newcomer sees first. */
function helped(woman: Woman): boolean {
  const [first, second] = Object.values(woman.courses);
  const lived = (first?.died_at ?? 0) - (woman.metastatic_at ?? 0);
  return first !== undefined && second !== undefined && lived < 10 && first.died_at - second.died_at >= 1;
}

/** Any woman by her number, simulated by the live server. */
function anyWoman(context: Context, woman: Woman): HTMLElement | null {
  if (!liveMode()) return null;
  const said = h("div", { "aria-live": "polite" });
  const field = h("input", { id: "any-number", type: "number", min: 0, step: 1, value: woman.number });
  const run = async (): Promise<void> => {
    said.replaceChildren();
    try {
      const job = await ask({ schema: 1, kind: "course", number: Number(field.value), seed: woman.seed, era: woman.era, strategies: Object.keys(woman.courses) });
      if (context.alive()) context.change({ job: job.id, woman: null, kind: null, t: null });
    } catch (error) {
      said.replaceChildren(refusalNode(error));
    }
  };
  return h(
    "form",
    {
      class: "card plain screen inline",
      onsubmit: (event) => {
        event.preventDefault();
        void run();
      },
    },
    h("div", { class: "field" }, h("label", { for: "any-number" }, t("course.any_woman")), field),
    h("div", { class: "row" }, h("button", { type: "submit" }, t("compare.run"))),
    said,
  );
}

export async function course(context: Context): Promise<Node> {
  const complaints: string[] = [];
  const job = jobOf(context, complaints);
  const courses = await load("courses");
  if (!job) return drawn(context, courses, complaints);
  const place = h("div", { class: "page" });
  const panel = jobPanel(
    job,
    (answer) => {
      if (answer.kind === "course" && context.alive())
        place.replaceChildren(h("div", { class: "row screen" }, button(t("compare.stored"), () => context.change({ job: null, t: null }))), drawn(context, { ...courses, women: [answer.woman] }, []));
    },
    () => context.change({ job: null }),
  );
  context.leaving(panel.stop);
  place.append(heading(t("course.title"), t("course.lead")), panel.element);
  return place;
}

function drawn(context: Context, courses: Courses, complaints: string[]): Node {
  const query = context.place.query;
  const kinds = new Set(courses.women.map((one) => one.teaches));
  let kind = query.get("kind") ?? "";
  if (kind && !kinds.has(kind)) {
    complaints.push(t("errors.bad_state", { field: t("course.choose_kind"), value: kind.slice(0, 60), used: t("course.kind_all") }));
    kind = "";
  }
  const first = courses.women.find((one) => one.teaches === (kind || "late_bone") && helped(one)) ?? courses.women.find((one) => kind === "" || one.teaches === kind);
  const wanted = query.get("woman");
  const woman = wanted === undefined ? first : (courses.women.find((one) => String(one.number) === wanted) ?? first);
  const top = [heading(t("course.title"), t("course.lead"))];
  if (!woman) return h("div", { class: "page" }, top, complaint(t("errors.title"), t("errors.no_answer")));
  if (wanted !== undefined && String(woman.number) !== wanted)
    complaints.push(t("errors.bad_state", { field: t("course.choose"), value: wanted.slice(0, 60), used: String(woman.number) }));
  const strategies = Object.keys(woman.courses);
  const known = (name: string, otherwise: string): string => picked(context, name, t("common.strategy"), strategies, otherwise, complaints, (one) => term("strategy", one));
  const nameA = known("a", strategies[0] as string);
  const nameB = known("b", strategies.find((name) => name !== nameA) ?? nameA);
  const both = [...new Set([nameA, nameB])];
  const end = Math.max(...both.map((name) => (woman.courses[name] as Course).died_at));
  const begin = beginning(both.map((name) => woman.courses[name] as Course));
  const sides = both.map((name) => side(woman, name, begin, end));
  const moments = [...new Set(sides.flatMap((one) => one.events.map((event) => event.time)))].sort((a, b) => a - b);
  const asked = Number(query.get("t") ?? woman.metastatic_at ?? 0);
  if (!Number.isFinite(asked)) complaints.push(t("errors.number", { field: t("course.time"), value: String(query.get("t")).slice(0, 60), low: begin, high: end }));
  const parted = sides[0] && sides[1] ? parting(sides[0].events, sides[1].events) : Infinity;
  const same = h("p", { class: "quiet same" });
  const control = player({
    begin,
    end,
    moments,
    start: Number.isFinite(asked) ? Math.min(end, Math.max(begin, asked)) : 0,
    clock,
    moved: (time) => {
      sides.forEach((one) => show(one, woman, time));
      same.textContent = sides.length > 1 && time < parted ? t("course.twin_same") : "";
    },
    settled: (time) => context.alive() && context.note({ t: String(Math.round(time * 100) / 100) }),
  });
  context.leaving(control.stop);
  const columns = (draw: (one: Side, k: number) => Child): HTMLElement => h("div", { class: `twins n${sides.length}` }, sides.map((one, k) => h("div", { class: "twin" }, draw(one, k))));
  const rows = (): Row[] =>
    sides.flatMap((one) => one.events.map((event) => ({ woman: woman.number, seed: woman.seed, strategy: one.strategy, years_from_diagnosis: event.time, kind: event.kind, event: event.words })));
  const [a, b] = sides;
  return h(
    "div",
    { class: "page" },
    top,
    complaints.length ? complaint(t("errors.title"), ...complaints) : null,
    chooser(context, courses, woman, kind),
    anyWoman(context, woman),
    h(
      "section",
      { class: "card stage", "data-woman": woman.number },
      h(
        "div",
        {},
        h("h2", {}, t("course.woman_number", { number: String(woman.number) })),
        h("p", { class: "quiet" }, t("course.woman_line", { age: String(Math.round(woman.age)), subtype: term("subtype", woman.subtype), stage: term("stage", woman.stage) }), ". ", t("course.teaches"), ": ", term("teaches", woman.teaches), "."),
      ),
      control.element,
      same,
      columns((one, k) => [
        select(
          `ask-${"ab"[k]}`,
          t("common.strategy"),
          strategies.map((name) => ({ value: name, label: term("strategy", name) })),
          one.strategy,
          (value) => context.change({ [k === 0 ? "a" : "b"]: value }),
        ),
        one.figure,
        one.last,
        one.words,
      ]),
      keyOf(),
    ),
    a && b && h("div", { class: "said" }, h("h2", {}, t("course.twin")), h("p", { class: "big" }, twins(a, b)), h("p", {}, t("course.twin_text"), " ", t("course.single_not_average"))),
    section(
      t("course.size_axis"),
      columns((one) => [h("h3", {}, term("strategy", one.strategy)), h("figure", {}, one.lanes.picture), log(woman, one, control.jump)]),
    ),
    wordsRow("twin", "simulated", "dormancy", "line", "progression", "resistance"),
    shareRow(`seedsoil-woman-${woman.number}`, rows, () => document.querySelector<SVGSVGElement>("svg.lanes")),
  );
}
