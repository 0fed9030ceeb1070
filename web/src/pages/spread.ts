// How it spreads: the story in steps, each with a picture and the model's own numbers.

import { load } from "../data";
import { h, type Child } from "../dom";
import { figure, range, type Shown } from "../figures";
import { landing, scene } from "../scenes";
import { wordsRow } from "../glossary";
import type { Context } from "../page";
import { shareRow, type Row } from "../share";
import { has, number, t } from "../strings";
import type { Named, Spread } from "../types";
import { announce, button, complaint, folded, heading, section, sentence, table } from "../ui";
import { plain, slug, term } from "../words";

const STEPS = 10;
const ORGAN_NUMBERS = { arrest: "arrest_of_100", lesions: "lesions_of_100", found: "found_of_100", first: "first_of_100" } as const;

/** Every number of the story by the name that the texts give it. */
function numbersOf(data: Spread): Map<string, Shown> {
  const all = new Map<string, Shown>();
  const label = (name: string): string => {
    const [first = "", subtype] = name.split(".");
    return has(`spread.n_${slug(first)}`) ? t(`spread.n_${slug(first)}`, { subtype: subtype ? term("subtype", subtype) : "" }) : t("spread.title");
  };
  const put = (name: string, one: Named, words: string): void => {
    all.set(slug(name), {
      text: told(one.value, one.unit),
      value: one.value,
      low: one.low,
      high: one.high,
      write: (value) => told(value, one.unit),
      ...(one.source === null ? { women: data.provenance.women } : {}),
      measure: name,
      label: words,
      behind: one.source ?? `spread.${name}`,
    });
  };
  for (const [organ, row] of Object.entries(data.by_organ))
    for (const [short, key] of Object.entries(ORGAN_NUMBERS))
      put(`${short}_${organ}`, { value: row[key], low: null, high: null, unit: "of 100", source: short === "arrest" ? "circulation.output_share" : null }, has(`spread.n_${key}`) ? t(`spread.n_${key}`, { organ: term("organ", organ) }) : term("organ", organ));
  // A number of its own has an interval, and the label that the table of organs gives it.
  for (const [name, one] of Object.entries(data.numbers)) put(name, one, all.get(slug(name))?.label ?? label(name));
  return all;
}

/** Years with one decimal, all else as it is plain; millimetres and shares of a hundred whole. */
function told(value: number, unit: string): string {
  if (unit === "years") return number(value, 1);
  if (unit === "mm" || unit.startsWith("of 100")) return number(Math.round(value), 0);
  return plain(value);
}

function story(step: number, numbers: Map<string, Shown>): DocumentFragment {
  const values: Record<string, Child> = {};
  for (const [name, shown] of numbers) values[name] = h("span", {}, figure(shown), " ", range(shown));
  return sentence(`spread.s${step}_text`, values);
}

export async function spread(context: Context): Promise<Node> {
  const data = await load("spread");
  const numbers = numbersOf(data);
  const wanted = Number(context.place.query.get("step") ?? 1);
  const valid = Number.isInteger(wanted) && wanted >= 1 && wanted <= STEPS;
  let step = valid ? wanted : 1;
  const place = h("div", { class: "card story" });
  const go = (next: number, focus: string): void => {
    step = Math.min(STEPS, Math.max(1, next));
    context.note({ step: step === 1 ? null : String(step) });
    draw();
    document.getElementById(focus)?.focus();
    announce(`${t("spread.step", { n: step, of: STEPS })}: ${t(`spread.s${step}_title`)}`);
  };
  const draw = (): void => {
    place.replaceChildren(
      h(
        "div",
        { class: "row steps-row screen", role: "group", "aria-label": t("spread.title") },
        Array.from({ length: STEPS }, (_, k) =>
          button(String(k + 1), () => go(k + 1, `step-${k + 1}`), { id: `step-${k + 1}`, class: "step", "aria-label": `${t("spread.step", { n: k + 1, of: STEPS })}: ${t(`spread.s${k + 1}_title`)}`, ...(k + 1 === step ? { "aria-current": "step" } : {}) }),
        ),
      ),
      h(
        "div",
        { class: "told" },
        h("figure", {}, scene(step, data, `${t("spread.animation")}. ${t("spread.animation_label")}`)),
        h(
          "div",
          { class: "words" },
          h("p", { class: "quiet" }, t("spread.step", { n: step, of: STEPS })),
          h("h2", {}, t(`spread.s${step}_title`)),
          h("p", { class: "story-text" }, story(step, numbers)),
          h(
            "div",
            { class: "row screen" },
            button(t("common.back"), () => go(step - 1, "story-back"), { id: "story-back", disabled: step === 1 }),
            button(t("common.next"), () => go(step + 1, step + 1 >= STEPS ? "story-back" : "story-next"), { id: "story-next", class: "main", disabled: step === STEPS }),
          ),
        ),
      ),
    );
  };
  draw();
  const organs = Object.entries(data.by_organ);
  const rows = (): Row[] => [...numbers.values()].map((shown) => ({ number: shown.measure, value: shown.value, low: shown.low ?? null, high: shown.high ?? null }));
  const cell = (short: string, organ: string): Child => {
    const shown = numbers.get(slug(`${short}_${organ}`));
    return shown ? figure(shown) : t("common.not_known");
  };
  return h(
    "div",
    { class: "page" },
    heading(t("spread.title"), t("spread.lead")),
    !valid && complaint(t("errors.title"), t("errors.bad_state", { field: t("spread.step", { n: "", of: STEPS }), value: String(context.place.query.get("step")).slice(0, 60), used: "1" })),
    place,
    h("p", { class: "quiet" }, t("spread.assumed"), " ", window.matchMedia("(prefers-reduced-motion: reduce)").matches ? t("spread.motion_off") : ""),
    section(
      t("spread.chart_title"),
      h(
        "figure",
        { class: "card" },
        landing(data),
        h("figcaption", { class: "quiet" }, t("spread.chart_text")),
        folded(
          t("common.show_table"),
          table(
            t("spread.table_caption"),
            [{ label: t("common.group") }, { label: t("spread.flow_label"), number: true }, { label: t("spread.founded_label"), number: true }, { label: t("spread.seen_label"), number: true }],
            organs.map(([organ]) => [term("organ", organ), cell("arrest", organ), cell("lesions", organ), cell("found", organ)]),
          ),
        ),
      ),
    ),
    h("section", { class: "on-paper" }, Array.from({ length: STEPS }, (_, k) => [h("h3", {}, t(`spread.s${k + 1}_title`)), h("p", {}, story(k + 1, numbers))])),
    wordsRow("colony", "dormancy", "lymph", "seed", "adjuvant"),
    shareRow("seedsoil-spread", rows, () => document.querySelector<SVGSVGElement>("svg.landing")),
  );
}
