// Three scenarios: how long the luckiest tenth live, the middle half, the unluckiest tenth.

import { asked, cellOf, questionForm } from "../asked";
import { load } from "../data";
import { h, s, type Child } from "../dom";
import { figure, type Shown } from "../figures";
import { wordsRow } from "../glossary";
import type { Context } from "../page";
import { shareRow, type Row } from "../share";
import { number, t } from "../strings";
import type { Answers, Asked, Cell, Percentile } from "../types";
import { announce, complaint, folded, heading, section, sentence, table } from "../ui";
import { FEW } from "../uncertain";
import { narrow } from "../plot";
import { commonUnit, slug, span, spanRange } from "../words";

const PERCENTILES: Percentile[] = ["p10", "p25", "p50", "p75", "p90"];

function shownAt(cell: Cell, question: Asked, percentile: Percentile, unit: "months" | "years", horizon: number): Shown {
  const [value, low, high] = cell.scenario[percentile];
  return {
    text: value === null ? `>\u2009${span(horizon)}` : span(value, unit),
    value,
    low,
    high,
    write: (years) => span(years, unit),
    women: cell.n,
    measure: percentile,
    label: t(`scenarios.percentile_${percentile.slice(1)}`),
    strategy: question.strategy,
    behind: "scenario",
    parameters: cell.parameter_interval?.[`scenario.${percentile}`],
  };
}

function withGive(shown: Shown, unit: "months" | "years"): Child {
  const { low, high } = shown;
  const words =
    typeof low === "number" &&
    (typeof high === "number" ? spanRange(low, high, unit) : t("common.range", { low: span(low, unit), high: t("common.not_reached") }));
  return h("span", {}, figure(shown), " ", words && h("span", { class: "range" }, `(${words})`));
}

/** The bar of all scenarios: the tails thin, the middle half thick, the median a line; its words are in the cards. */
function picture(cell: Cell, answers: Answers): SVGSVGElement {
  const width = narrow() ? 340 : 640;
  const height = 96;
  const left = 14;
  const right = 24;
  const last = answers.horizon;
  const at = (percentile: Percentile): number => Math.min(cell.scenario[percentile][0] ?? last, last);
  const end = Math.min(last, Math.max(2, Math.ceil(at("p90") * 1.12)));
  const x = (years: number): number => left + ((width - left - right) * Math.min(years, end)) / end;
  const step = [0.25, 0.5, 1, 2, 5, 10].find((one) => end / one <= (narrow() ? 5 : 8)) ?? 10;
  const ticks: number[] = [];
  for (let tick = 0; tick <= end + 1e-9; tick += step) ticks.push(tick);
  const open = cell.scenario.p90[0] === null;
  return s(
    "svg",
    { class: "plot scenario", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${t("scenarios.axis")}. ${PERCENTILES.map((one) => `${t(`scenarios.percentile_${one.slice(1)}`)}: ${cell.scenario[one][0] === null ? t("common.not_reached") : span(cell.scenario[one][0])}`).join(". ")}` },
    ticks.map((tick) => [
      s("line", { class: "grid", x1: x(tick), x2: x(tick), y1: 8, y2: 62 }),
      s("text", { x: x(tick), y: 78, "text-anchor": "middle" }, number(tick, Number.isInteger(tick) ? 0 : step < 0.5 ? 2 : 1)),
    ]),
    s("line", { class: "tail worst", x1: x(at("p10")), x2: x(at("p25")), y1: 36, y2: 36 }),
    s("line", { class: "tail best", x1: x(at("p75")), x2: x(at("p90")), y1: 36, y2: 36 }),
    s("rect", { class: "middle", x: x(at("p25")), width: Math.max(1, x(at("p75")) - x(at("p25"))), y: 22, height: 28, rx: 3 }),
    s("line", { class: "median", x1: x(at("p50")), x2: x(at("p50")), y1: 18, y2: 54 }),
    s("circle", { class: "end worst", cx: x(at("p10")), cy: 36, r: 6 }),
    open
      ? s("path", { class: "end best", d: `M${x(at("p90")) - 4} 28L${x(at("p90")) + 8} 36L${x(at("p90")) - 4} 44Z` })
      : s("rect", { class: "end best", x: x(at("p90")) - 6, y: 30, width: 12, height: 12, transform: `rotate(45 ${x(at("p90"))} 36)` }),
    s("text", { x: (width + left - right) / 2, y: 94, "text-anchor": "middle", class: "axis" }, t("scenarios.axis")),
  );
}

export async function scenarios(context: Context): Promise<Node> {
  const answers = await load("answers");
  const complaints: string[] = [];
  const question = asked(context, answers, complaints);
  const cell = cellOf(answers, question);
  const top = [
    heading(t("scenarios.title"), t("scenarios.lead")),
    complaints.length ? complaint(t("errors.title"), ...complaints) : null,
    questionForm(context, answers, question),
  ];
  if (!cell) return h("div", { class: "page" }, top, complaint(t("errors.title"), t("errors.no_answer"), t("errors.ask_live", { command: "seedsoil explore" })));
  const years = (percentile: Percentile): number | null => cell.scenario[percentile][0];
  const at = (percentile: Percentile, unit = commonUnit([years(percentile)])): Child =>
    withGive(shownAt(cell, question, percentile, unit, answers.horizon), unit);
  const middle = commonUnit([years("p25"), years("p75")]);
  const best = sentence(years("p90") === null ? "scenarios.best_open" : "scenarios.best_text", {
    // "Longer than" is in the sentence: the sign before the number would say it twice.
    value: years("p90") === null ? figure({ ...shownAt(cell, question, "p90", "years", answers.horizon), text: span(answers.horizon) }) : at("p90"),
  });
  const typical =
    years("p75") === null
      ? sentence("scenarios.typical_open", { low: at("p25") })
      : sentence("scenarios.typical_text", { low: at("p25", middle), high: at("p75", middle) });
  const worst = sentence("scenarios.worst_text", { value: at("p10") });
  announce([best, typical, worst].map((one) => one.textContent ?? "").join(" "));
  const rows = (): Row[] =>
    PERCENTILES.map((one) => ({ ...question, percentile: Number(one.slice(1)), women: cell.n, years: cell.scenario[one][0], low: cell.scenario[one][1], high: cell.scenario[one][2] }));
  const card = (kind: string, title: string, words: DocumentFragment): HTMLElement =>
    h("div", { class: `card scenario-card ${kind}` }, h("h2", {}, title), h("p", {}, words));
  return h(
    "div",
    { class: "page" },
    top,
    h("div", { class: "cards" }, card("best", t("scenarios.best"), best), card("typical", t("scenarios.typical"), typical), card("worst", t("scenarios.worst"), worst)),
    h(
      "figure",
      { class: "card" },
      picture(cell, answers),
      h("figcaption", { class: "quiet" }, t("scenarios.between"), " ", t("scenarios.all_causes"), " ", cell.n < FEW ? t("uncertainty.too_few", { least: FEW }) : t("uncertainty.behind", { women: cell.n })),
      folded(
        t("common.show_table"),
        table(
          t("scenarios.table_caption"),
          [{ label: t("common.group") }, { label: t("common.value"), number: true }],
          PERCENTILES.map((one) => [t(`scenarios.percentile_${one.slice(1)}`), at(one)]),
        ),
      ),
    ),
    h("p", { class: "quiet" }, t("answer.not_you"), " ", t("answer.ten_years")),
    section(t("scenarios.why"), h("p", {}, t("scenarios.why_text"))),
    folded(t("uncertainty.title"), h("p", {}, t("uncertainty.parameters_missing"))),
    wordsRow("simulated", "interval", "prognosis"),
    shareRow(`seedsoil-scenarios-${slug(question.subtype)}`, rows, () => document.querySelector<SVGSVGElement>("svg.scenario")),
  );
}

