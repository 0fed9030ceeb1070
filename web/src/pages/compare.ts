// Compare: up to three strategies given to the same simulated women, from the pack or run by the live server.

import { asked, cellOf, jobOf, picked, questionForm } from "../asked";
import { builder, readBuilt } from "../builder";
import { chart, COLOURS, DASHES, lineKey } from "../chart";
import { load } from "../data";
import { h, type Child } from "../dom";
import { figure, range, type Shown } from "../figures";
import { jobPanel } from "../live";
import { setProvenance } from "../origin";
import { wordsRow } from "../glossary";
import type { Context } from "../page";
import { shareRow, type Row } from "../share";
import { number, t } from "../strings";
import type { Answers, Asked, Cell, Pairs } from "../types";
import { announce, button, choice, complaint, folded, heading, section, select, sentence, table, type Option } from "../ui";
import { FEW, meanInterval, wilson } from "../uncertain";
import { nameNode, slug, span, term, writer } from "../words";

const MOST = 3;
const CURVES = ["alive", "free", "on_treatment", "cured"] as const;
type Curve = (typeof CURVES)[number];

interface Column {
  strategy: string;
  cell: Cell;
  question: Asked;
}

function chosen(context: Context, answers: Answers, complaints: string[]): string[] {
  const known = answers.dimensions.strategy;
  const usual = ["none", "pre-2013", answers.default.strategy].filter((name) => known.includes(name));
  const wanted = context.place.query.get("with");
  if (wanted === undefined) return usual.length >= 2 ? usual : known.slice(0, MOST);
  const found: string[] = [];
  for (const one of wanted.split(",")) {
    const match = known.find((name) => slug(name) === one || name === one);
    if (match === undefined) complaints.push(t("errors.bad_state", { field: t("common.strategy"), value: one.slice(0, 60), used: usual.map((name) => term("strategy", name)).join(", ") }));
    else if (found.includes(match)) complaints.push(t("compare.twice"));
    else found.push(match);
  }
  if (found.length > MOST) complaints.push(t("compare.most"));
  return found.length ? found.slice(0, MOST) : usual;
}

function chooser(context: Context, answers: Answers, names: string[]): HTMLElement {
  const options = (own: string): Option[] =>
    answers.dimensions.strategy.filter((name) => name === own || !names.includes(name)).map((name) => ({ value: slug(name), label: term("strategy", name) }));
  const put = (list: string[]): void => context.change({ with: list.map(slug).join(",") });
  const free = answers.dimensions.strategy.find((name) => !names.includes(name));
  return h(
    "fieldset",
    { class: "card plain" },
    h("legend", {}, t("compare.choose")),
    h(
      "div",
      { class: "cards" },
      names.map((name, k) =>
        h(
          "div",
          { class: `slot s${k}` },
          select(`ask-strategy-${k}`, k === 0 ? t("compare.reference") : `${k + 1}.`, options(name), slug(name), (next) =>
            put(names.map((one, i) => (i === k ? (answers.dimensions.strategy.find((known) => slug(known) === next) ?? one) : one))),
          ),
          names.length > 1 && button(t("common.remove"), () => put(names.filter((_, i) => i !== k)), { "aria-label": t("common.remove_named", { name: term("strategy", name) }) }),
        ),
      ),
      names.length < MOST && free && h("div", { class: "slot" }, button(t("compare.add"), () => put([...names, free]))),
    ),
  );
}

/** Difference of `b` from `a` in a measure, paired woman by woman, with its standard error. */
export function paired(pairs: Pairs, a: Asked, b: Asked, measure: string): [number, number] | null {
  const k = pairs.measures.indexOf(measure);
  const key = (first: Asked, second: Asked): string => [first.era, first.strategy, second.strategy, first.subtype, first.age, first.presentation].join("|");
  for (const [row, sign] of [[pairs.pairs[key(a, b)], 1], [pairs.pairs[key(b, a)], -1]] as const) {
    const [difference, error] = [row?.[2 * k], row?.[2 * k + 1]];
    if (k >= 0 && typeof difference === "number" && typeof error === "number") return [sign * difference, error];
  }
  return null;
}

function meanShown(answers: Answers, column: Column, measure: string): Shown | null {
  const found = column.cell.mean[measure];
  if (!found) return null;
  const unit = answers.measures[measure]?.unit ?? "";
  const [mean, error] = found;
  const write = writer(unitOf(answers, measure), mean, answers.money?.currency);
  let [low, high]: [number | null, number | null] = typeof error === "number" ? meanInterval(mean, error) : [null, null];
  if (mean === 0 && error === 0 && unit !== "share") [low, high] = [null, null];
  if (unit === "share" && low !== null) [low, high] = wilson(Math.round(mean * column.cell.n), column.cell.n);
  return {
    text: write(mean),
    value: mean,
    low: low === null ? null : Math.max(low, 0),
    high,
    write,
    women: column.cell.n,
    measure,
    label: term("measure", measure),
    strategy: column.strategy,
    behind: `mean.${measure}`,
    parameters: column.cell.parameter_interval?.[`mean.${measure}`],
  };
}

/** Women alive are counted whole, as on the other pages; rarer events with one decimal. */
function unitOf(answers: Answers, measure: string): string {
  return measure.startsWith("alive_") ? "women" : (answers.measures[measure]?.unit ?? "");
}

function differenceShown(answers: Answers, pairs: Pairs, a: Column, b: Column, measure: string): Shown | null {
  const found = paired(pairs, a.question, b.question, measure);
  if (!found) return null;
  const write = writer(unitOf(answers, measure), found[0], answers.money?.currency);
  const sign = (amount: number): string => (amount > 0 && /[1-9]/.test(write(amount)) ? "+" : "") + write(amount).replace("-", "\u2212");
  const [low, high] = meanInterval(...found);
  return {
    text: sign(found[0]),
    value: found[0],
    low,
    high,
    write: sign,
    women: b.cell.n,
    certain: found[1] === 0,
    measure: `difference.${measure}`,
    label: `${term("measure", measure)}, ${t("compare.difference")}`,
    strategy: b.strategy,
    behind: `mean.${measure}`,
  };
}

function numbers(answers: Answers, pairs: Pairs | undefined, columns: Column[]): HTMLElement {
  const [reference, ...others] = columns;
  const cell = (shown: Shown | null): Child => (shown ? [figure(shown), " ", range(shown)] : t("common.not_known"));
  const rows = Object.keys(answers.measures).map((measure) => [
    term("measure", measure),
    ...columns.map((column) => cell(meanShown(answers, column, measure))),
    ...(reference && pairs ? others.map((column) => cell(differenceShown(answers, pairs, reference, column, measure))) : []),
  ]);
  return table(
    t("compare.table_caption"),
    [
      { label: t("common.measure") },
      ...columns.map((column) => ({ label: term("strategy", column.strategy), number: true })),
      ...(pairs ? others.map((column) => ({ label: `${t("compare.difference")}: ${term("strategy", column.strategy)}`, number: true })) : []),
    ],
    rows,
    { class: "wide" },
  );
}

function curves(answers: Answers, columns: Column[], which: Curve): HTMLElement {
  const names = columns.map((column) => term("strategy", column.strategy));
  const points = columns.flatMap((column, k) =>
    answers.times.map((time, i) => {
      const count = column.cell.curve[which][i] ?? 0;
      const [low, high] = wilson(count, column.cell.n);
      return { time, group: names[k], share: (100 * count) / column.cell.n, low: 100 * low, high: 100 * high };
    }),
  );
  const colour = { field: "group", type: "nominal", scale: { domain: names, range: COLOURS.slice(0, names.length) }, legend: null };
  const spec = {
    data: { values: points },
    encoding: {
      x: { field: "time", type: "quantitative", title: t("scenarios.axis"), scale: { domain: [0, answers.times[answers.times.length - 1]], nice: false }, axis: { grid: false, titleAnchor: "end" } },
      y: { type: "quantitative", scale: { domain: [0, 100] } },
    },
    layer: [
      { mark: { type: "area", opacity: 0.18 }, encoding: { y: { field: "low", title: axisOf(which) }, y2: { field: "high" }, color: colour } },
      {
        mark: { type: "line", strokeWidth: 2.5 },
        encoding: {
          y: { field: "share", title: axisOf(which) },
          color: colour,
          strokeDash: { field: "group", type: "nominal", scale: { domain: names, range: DASHES.slice(0, names.length) }, legend: null },
        },
      },
    ],
  };
  const yearly = answers.times.map((time, i) => ({ time, i })).filter(({ time }) => [0, 0.5].includes(time) || Number.isInteger(time));
  return h(
    "figure",
    { class: "card" },
    lineKey(columns.map((column) => nameNode("strategy", column.strategy))),
    chart(spec, `${axisOf(which)}. ${names.join(", ")}`),
    h("figcaption", { class: "quiet" }, t("compare.survival_note")),
    folded(
      t("common.show_table"),
      table(
        axisOf(which),
        [{ label: t("scenarios.axis") }, ...names.map((name) => ({ label: name, number: true }))],
        yearly.map(({ time, i }) => [
          number(time, Number.isInteger(time) ? 0 : 1),
          ...columns.map((column) => {
            const count = column.cell.curve[which][i] ?? 0;
            const [low, high] = wilson(count, column.cell.n);
            const write = (share: number): string => number(Math.round(100 * share), 0);
            return [write(count / column.cell.n), " ", h("span", { class: "range" }, `(${t("common.range", { low: write(low), high: write(high) })})`)];
          }),
        ]),
      ),
    ),
  );
}

function axisOf(which: Curve): string {
  return t(`compare.curve_${which}`);
}

/** In words: of a hundred women, how many more are alive at five years, and whether that can be chance. */
function said(answers: Answers, pairs: Pairs | undefined, columns: Column[]): HTMLElement | null {
  const [reference, ...others] = columns;
  if (!reference || !pairs || others.length === 0) return null;
  const lines = others.map((column) => {
    const shown = differenceShown(answers, pairs, reference, column, "alive_5");
    const of = meanShown(answers, column, "alive_5");
    const first = meanShown(answers, reference, "alive_5");
    if (!shown || !of || !first) return null;
    const clear = (shown.low ?? 0) > 0 || (shown.high ?? 0) < 0;
    return h(
      "p",
      { class: "big" },
      sentence("compare.alive_5", { a: nameNode("strategy", column.strategy), n: figure(of), b: nameNode("strategy", reference.strategy), m: figure(first) }),
      " ",
      h("span", { class: "quiet" }, t("compare.difference"), ": ", figure(shown), " ", range(shown), ". ", clear ? t("uncertainty.difference_clear") : t("uncertainty.difference_unclear")),
    );
  });
  return h("div", { class: "said" }, lines);
}

/** Years lived, in words: each strategy, then each beside the first. */
function inWords(answers: Answers, pairs: Pairs | undefined, columns: Column[]): HTMLElement {
  const [reference, ...others] = columns;
  const name = (column: Column): Node => nameNode("strategy", column.strategy);
  const ends = (shown: Shown): Record<string, Child> => ({ low: shown.write?.(shown.low ?? 0) ?? "", high: shown.write?.(shown.high ?? 0) ?? "" });
  const lines = columns.map((column) => {
    const shown = meanShown(answers, column, "life_years");
    return shown && h("p", {}, sentence("compare.summary", { a: name(column), value: figure(shown), ...ends(shown) }));
  });
  for (const column of reference && pairs ? others : []) {
    const shown = differenceShown(answers, pairs as Pairs, reference as Column, column, "life_years");
    if (!shown || shown.value === null) continue;
    const values = { a: name(column), b: name(reference as Column) };
    const sure = (shown.low ?? 0) > 0 || (shown.high ?? 0) < 0;
    const turned: Shown = shown.value < 0 ? { ...shown, text: span(-shown.value, "years"), low: -(shown.high ?? 0), high: -(shown.low ?? 0) } : { ...shown, text: span(shown.value, "years") };
    const plainEnds = { low: number(turned.low ?? 0, 1), high: number(turned.high ?? 0, 1) };
    lines.push(h("p", {}, sure ? sentence(shown.value > 0 ? "compare.better" : "compare.worse", { ...values, value: figure(turned), ...plainEnds }) : sentence("compare.same", { ...values, ...ends(shown) })));
  }
  return h("div", {}, lines);
}

function results(context: Context, answers: Answers, pairs: Pairs | undefined, question: Asked, names: string[]): Node {
  const columns: Column[] = [];
  for (const strategy of names) {
    const own = { ...question, strategy };
    const cell = cellOf(answers, own);
    if (cell) columns.push({ strategy, cell, question: own });
  }
  if (columns.length === 0) return complaint(t("errors.title"), t("errors.no_answer"), t("errors.ask_live", { command: "seedsoil explore" }));
  const complaints: string[] = [];
  const which = picked(context, "curve", t("common.measure"), CURVES, "alive", complaints, axisOf);
  const few = columns.some((column) => column.cell.n < FEW);
  const money = answers.money;
  const rows = (): Row[] =>
    columns.flatMap((column) =>
      Object.keys(column.cell.mean).map((measure) => {
        const [mean, error] = column.cell.mean[measure] ?? [null, null];
        return { ...column.question, measure, women: column.cell.n, mean, standard_error: error };
      }),
    );
  const words = said(answers, pairs, columns);
  if (words) announce(words.textContent ?? "");
  return h(
    "div",
    { class: "page" },
    complaints.length ? complaint(t("errors.title"), ...complaints) : null,
    words,
    section(
      t("compare.survival"),
      choice("curve", t("common.measure"), CURVES.map((one) => ({ value: one, label: t(`compare.curve_${one}`) })), which, (next) => context.change({ curve: next === "alive" ? null : next })),
      curves(answers, columns, which),
    ),
    section(
      t("compare.table_caption"),
      numbers(answers, pairs, columns),
      inWords(answers, pairs, columns),
      h("p", { class: "quiet" }, few ? t("uncertainty.too_few", { least: FEW }) : t("uncertainty.behind", { women: columns[0]?.cell.n ?? 0 }), " ", t("compare.long_tail"), " ", t("compare.qaly_text"), " ", money ? t("compare.cost_text", { payer: t(`compare.payer_${slug(money.perspective)}`), currency: money.currency, year: String(money.price_year) }) : t("compare.cost_none")),
    ),
    folded(t("uncertainty.title"), h("p", {}, t("uncertainty.parameters_missing"))),
    wordsRow("strategy", "line", "qaly", "interval", "monte_carlo"),
    shareRow("seedsoil-compare", rows, () => document.querySelector<SVGSVGElement>(".chart svg")),
  );
}

export async function compare(context: Context): Promise<Node> {
  const [answers, pairs, lists] = await Promise.all([load("answers"), load("pairs"), load("lists")]);
  const complaints: string[] = [];
  const question = asked(context, answers, complaints);
  const names = chosen(context, answers, complaints);
  const place = h("div", { class: "page results" });
  const job = jobOf(context, complaints);
  if (job) {
    const panel = jobPanel(
      job,
      (answer, cached) => {
        if (answer.kind !== "compare" || !context.alive()) return;
        setProvenance(answer.answers.provenance);
        const live = { ...question, era: answer.answers.dimensions.era[0] ?? question.era };
        place.replaceChildren(
          h("p", { class: "tag good" }, cached ? t("jobs.done_cached") : t("jobs.done", { seconds: number(answer.seconds, 1) })),
          results(context, answer.answers, answer.pairs, live, answer.answers.dimensions.strategy),
          h("div", { class: "row screen" }, button(t("compare.stored"), () => context.change({ job: null }))),
        );
        document.dispatchEvent(new Event("seedsoil:provenance"));
      },
      () => context.change({ job: null }),
    );
    context.leaving(panel.stop);
    place.append(panel.element);
  } else place.append(results(context, answers, pairs, question, names));
  return h(
    "div",
    { class: "page" },
    heading(t("compare.title"), t("compare.lead")),
    complaints.length ? complaint(t("errors.title"), ...complaints) : null,
    chooser(context, answers, names),
    questionForm(context, answers, question, ["strategy"]),
    builder(context, lists, readBuilt(context), names, question.era),
    place,
  );
}
