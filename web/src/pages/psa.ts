// Your PSA: draws of costs and effects of any model, and what they say about the choice.

import { jobOf } from "../asked";
import { chart, COLOURS, DASHES, lineKey, SHAPES } from "../chart";
import { h, type Child } from "../dom";
import { ask, jobPanel, liveMode, refusalNode } from "../live";
import { wordsRow } from "../glossary";
import type { Context } from "../page";
import { shareRow, type Row } from "../share";
import { money, number, t } from "../strings";
import type { DecisionAnswer, Mode, PackagedThreshold } from "../types";
import { announce, button, complaint, folded, heading, section, sentence, table } from "../ui";
import { slug, term } from "../words";

const CURRENCIES = ["GBP", "EUR", "USD", "CHF", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "JPY"];
const MEGA = 1_000_000;

interface Typed {
  costs: string;
  effects: string;
  parameters: string | null;
}

/** A small example: three choices, 300 draws; the dice are fixed, so that everyone sees the same. */
function example(): Typed {
  let state = 20_261_128;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const costs = ["A,B,C"];
  const effects = ["A,B,C"];
  const parameters = ["gain,price"];
  for (let k = 0; k < 300; k += 1) {
    const gain = 0.5 + 0.15 * normal();
    const price = 12_000 + 2500 * normal();
    const base = 20_000 + 1500 * normal();
    costs.push([base, base + price, base + 1.9 * price + 800 * normal()].map((value) => value.toFixed(0)).join(","));
    effects.push([2, 2 + gain, 2 + 1.25 * gain + 0.08 * normal()].map((value) => value.toFixed(4)).join(","));
    parameters.push(`${gain.toFixed(4)},${price.toFixed(0)}`);
  }
  return { costs: `${costs.join("\n")}\n`, effects: `${effects.join("\n")}\n`, parameters: `${parameters.join("\n")}\n` };
}

function fileField(id: string, label: string): { element: HTMLElement; input: HTMLInputElement } {
  const input = h("input", { id, type: "file", accept: ".csv,text/csv" });
  return { input, element: h("div", { class: "field" }, h("label", { for: id }, label), input) };
}

async function textOf(input: HTMLInputElement, most: number): Promise<string | null> {
  const file = input.files?.[0];
  if (!file) return null;
  if (file.size > most) throw new Error(t("errors.file_size", { name: file.name, size: number(file.size / MEGA, 1), most: number(most / MEGA, 1) }));
  const text = await file.text();
  if (!/[\r\n]/.test(text.trim()) || text.includes("\0")) throw new Error(t("errors.file_type", { name: file.name }));
  return text;
}

/** All currencies; those of a packaged threshold, the page's own first, stand above the others. */
function currencies(mode: Mode): string[] {
  return [...new Set([...mode.thresholds.map((one) => one.currency), ...CURRENCIES])];
}

/** Whose threshold stands in the field, or that none is packaged of the currency. */
function thresholdFrom(packaged: PackagedThreshold | undefined, currency: string): (Node | string)[] {
  if (!packaged) return [t("psa.threshold_none", { currency })];
  const low = money(packaged.value, currency);
  const words = packaged.highest > packaged.value ? t("psa.threshold_from", { low, high: money(packaged.highest, currency) }) : t("psa.threshold_one", { low });
  return [words, " ", h("span", { "data-text": "", lang: "en" }, `${packaged.agency}. ${packaged.sources.join("; ")}.`)];
}

function form(context: Context): HTMLElement {
  const mode = liveMode();
  if (!mode?.limits) return h("div", { class: "card" }, h("p", {}, t("psa.needs_server", { command: "seedsoil explore" })), h("p", { class: "quiet" }, t("psa.or_command", { command: "seedsoil decision costs.csv effects.csv" })));
  const most = mode.limits.upload_bytes;
  const costs = fileField("costs", t("psa.costs"));
  const effects = fileField("effects", t("psa.effects"));
  const parameters = fileField("parameters", t("psa.parameters"));
  const threshold = h("input", { id: "threshold", type: "number", min: 0, step: "any", required: true, "aria-describedby": "threshold-from" });
  const currency = h("select", { id: "currency" }, currencies(mode).map((name) => h("option", { value: name, "data-text": "" }, name)));
  const from = h("p", { class: "quiet", id: "threshold-from" });
  let typed = false; // what was typed stays; what was filled in is of its currency alone
  const fill = (): void => {
    const packaged = mode.thresholds.find((one) => one.currency === currency.value);
    if (!typed) threshold.value = packaged ? String(packaged.value) : "";
    from.replaceChildren(...thresholdFrom(packaged, currency.value));
  };
  threshold.addEventListener("input", () => {
    typed = threshold.value !== "";
  });
  currency.addEventListener("change", fill);
  fill();
  const said = h("div", { "aria-live": "polite" });
  const send = async (draws: Typed): Promise<void> => {
    said.replaceChildren();
    if (!threshold.reportValidity()) return;
    try {
      const job = await ask({ schema: 1, kind: "decision", ...draws, threshold: Number(threshold.value), currency: currency.value, effect: "QALY", reference: null });
      if (context.alive()) context.change({ job: job.id });
    } catch (error) {
      said.replaceChildren(refusalNode(error));
    }
  };
  const run = async (): Promise<void> => {
    try {
      const [c, e, p] = await Promise.all([textOf(costs.input, most), textOf(effects.input, most), textOf(parameters.input, most)]);
      if (c === null || e === null) said.replaceChildren(complaint(t("errors.title"), t("psa.two_files")));
      else await send({ costs: c, effects: e, parameters: p });
    } catch (error) {
      said.replaceChildren(refusalNode(error));
    }
  };
  return h(
    "form",
    {
      class: "card screen",
      onsubmit: (event) => {
        event.preventDefault();
        void run();
      },
    },
    h("p", {}, t("psa.what")),
    h("div", { class: "asked bare" }, costs.element, effects.element, parameters.element),
    h(
      "div",
      { class: "asked bare" },
      h("div", { class: "field" }, h("label", { for: "threshold" }, t("psa.threshold")), threshold),
      h("div", { class: "field" }, h("label", { for: "currency" }, t("psa.currency")), currency),
    ),
    from,
    h("p", { class: "quiet" }, mode.limits.public ? t("psa.stays_public") : t("psa.stays_server")),
    h("div", { class: "row" }, h("button", { type: "submit", class: "main" }, t("psa.run")), button(t("psa.example"), () => void send(example()))),
    said,
  );
}

function plane(answer: DecisionAnswer): HTMLElement {
  const names = answer.strategies;
  const spec = {
    data: { values: answer.frontier },
    encoding: {
      x: { field: "effect", type: "quantitative", title: t("psa.axis_effect"), scale: { zero: false, padding: 20 } },
      y: { field: "cost", type: "quantitative", title: t("psa.axis_cost", { currency: answer.currency }), scale: { zero: false, padding: 20 } },
    },
    layer: [
      { transform: [{ filter: "datum.verdict == 'frontier' || datum.verdict == 'reference'" }], mark: { type: "line", color: "var(--edge)", strokeWidth: 2 } },
      {
        mark: { type: "point", filled: true, size: 130, opacity: 1 },
        encoding: {
          color: { field: "strategy", type: "nominal", scale: { domain: names, range: names.map((_, k) => COLOURS[k % COLOURS.length]) }, legend: null },
          shape: { field: "strategy", type: "nominal", scale: { domain: names, range: names.map((_, k) => SHAPES[k % SHAPES.length]) }, legend: null },
        },
      },
      { mark: { type: "text", align: "left", dx: 10, dy: -8, color: "var(--ink)" }, encoding: { text: { field: "strategy" } } },
    ],
  };
  const pay = (amount: number): string => money(amount, answer.currency);
  const ratio = (row: DecisionAnswer["frontier"][number]): Child =>
    row.icer === null ? "" : [pay(row.icer), " ", row.icer_low !== null && row.icer_high !== null && h("span", { class: "range" }, `(${t("common.range", { low: pay(row.icer_low), high: pay(row.icer_high) })})`)];
  return section(
    t("psa.frontier"),
    h("figure", { class: "card" }, chart(spec, t("psa.frontier")), h("figcaption", { class: "quiet" }, t("psa.frontier_text"))),
    table(
      t("psa.table_caption"),
      [{ label: t("psa.choice") }, { label: t("psa.mean_cost"), number: true }, { label: t("psa.mean_effect"), number: true }, { label: t("psa.icer"), number: true }, { label: t("fit.verdict") }],
      answer.frontier.map((row) => [h("span", { "data-text": "" }, row.strategy), pay(row.cost), number(row.effect, 2), ratio(row), term("frontier", row.verdict)]),
    ),
  );
}

/** Where the best choice changes, on the chart and beyond it. */
function changesOf(answer: DecisionAnswer): Child[] {
  const end = answer.thresholds[answer.thresholds.length - 1] ?? 0;
  const on: string[] = [];
  const off: string[] = [];
  for (const row of answer.frontier) if (row.icer !== null) (row.icer <= end ? on : off).push(`${money(row.icer, answer.currency)} (${row.strategy})`);
  const told = (key: string, ratios: string[]): Child[] => (ratios.length ? [" ", sentence(key, { changes: h("span", { "data-text": "" }, ratios.join(", ")) })] : []);
  return [...told("psa.changes", on), ...told("psa.changes_beyond", off)];
}

function acceptability(answer: DecisionAnswer): HTMLElement {
  const names = answer.strategies;
  const points = names.flatMap((name) => answer.thresholds.map((at, k) => ({ at, name, share: 100 * (answer.ceac[name]?.[k] ?? 0) })));
  const scale = <T>(range: T[]): object => ({ domain: names, range: names.map((_, k) => range[k % range.length]) });
  const spec = {
    data: { values: points },
    encoding: {
      x: { field: "at", type: "quantitative", title: t("psa.axis_threshold", { currency: answer.currency }), axis: { grid: false, format: "~s" } },
      y: { field: "share", type: "quantitative", title: t("psa.axis_probability"), scale: { domain: [0, 100] } },
    },
    layer: [
      { mark: { type: "line", strokeWidth: 2.5 }, encoding: { color: { field: "name", type: "nominal", scale: scale(COLOURS), legend: null }, strokeDash: { field: "name", type: "nominal", scale: scale(DASHES), legend: null } } },
      { data: { values: [{ at: answer.threshold }] }, mark: { type: "rule", color: "var(--edge)", strokeDash: [3, 3] }, encoding: { x: { field: "at", type: "quantitative" }, y: { value: 0 } } },
    ],
  };
  const step = Math.max(1, Math.floor(answer.thresholds.length / 12));
  const shown = answer.thresholds.map((at, k) => ({ at, k })).filter(({ k }) => k % step === 0);
  return section(
    t("psa.ceac"),
    h(
      "figure",
      { class: "card" },
      lineKey(names.map((name) => h("span", { "data-text": "" }, name))),
      chart(spec, t("psa.ceac")),
      h("figcaption", { class: "quiet" }, t("psa.ceac_text"), ...changesOf(answer)),
      folded(
        t("common.show_table"),
        table(
          t("psa.ceac"),
          [{ label: t("psa.axis_threshold", { currency: answer.currency }) }, ...names.map((name) => ({ label: name, number: true, data: true }))],
          shown.map(({ at, k }) => [money(at, answer.currency), ...names.map((name) => number(Math.round(100 * (answer.ceac[name]?.[k] ?? 0)), 0))]),
        ),
      ),
    ),
  );
}

function learning(answer: DecisionAnswer): HTMLElement {
  if (answer.evppi.length === 0) return section(t("psa.evppi"), h("p", { class: "quiet" }, t("psa.evppi_needs", { command: "seedsoil explore" })));
  const most = Math.max(...answer.evppi.map((row) => row.value), 1e-9);
  return section(
    t("psa.evppi"),
    h("p", {}, t("psa.evppi_text")),
    table(
      t("psa.evppi"),
      [{ label: t("common.measure") }, { label: t("common.value"), number: true }, { label: t("common.interval"), number: true }],
      answer.evppi.map((row) => [
        [h("span", { "data-text": "" }, row.parameters), bar(row.value / most)],
        money(row.value, answer.currency),
        row.standard_error === null ? t("common.not_known") : t("common.range", { low: money(Math.max(0, row.value - 1.96 * row.standard_error), answer.currency), high: money(row.value + 1.96 * row.standard_error, answer.currency) }),
      ]),
    ),
  );
}

function bar(share: number): HTMLElement {
  const inner = h("span", { class: "bar-in" });
  inner.style.setProperty("inline-size", `${Math.round(100 * Math.max(0, share))}%`);
  return h("span", { class: "bar-out", "aria-hidden": "true" }, inner);
}

function bestOf(answer: DecisionAnswer): Child {
  const k = answer.thresholds.reduce((best, at, i) => (Math.abs(at - answer.threshold) < Math.abs((answer.thresholds[best] ?? 0) - answer.threshold) ? i : best), 0);
  const name = answer.ceaf[k] ?? answer.strategies[0] ?? "";
  return sentence("psa.best", { threshold: money(answer.threshold, answer.currency), name: h("span", { "data-text": "" }, name), share: number(Math.round(100 * (answer.ceac[name]?.[k] ?? 0)), 0) });
}

function results(answer: DecisionAnswer): HTMLElement {
  const rows = (): Row[] => answer.frontier.map((row) => ({ ...row }));
  announce(answer.sentence);
  return h(
    "div",
    { class: "page" },
    h("div", { class: "said" }, h("p", { class: "big" }, bestOf(answer)), h("p", { "data-text": "" }, answer.sentence), h("p", {}, t("psa.rows", { n: number(answer.draws), choices: String(answer.strategies.length) }))),
    plane(answer),
    acceptability(answer),
    learning(answer),
    answer.notes.length > 0 && h("ul", { class: "list quiet", "data-text": "" }, answer.notes.map((note) => h("li", {}, note))),
    wordsRow("psa", "icer", "qaly"),
    shareRow(`seedsoil-psa-${slug(answer.currency)}`, rows, () => document.querySelector<SVGSVGElement>(".chart svg")),
  );
}

export function psa(context: Context): Node {
  const place = h("div", { class: "page results" });
  const complaints: string[] = [];
  const job = jobOf(context, complaints);
  if (complaints.length) place.append(complaint(t("errors.title"), ...complaints));
  if (job) {
    const panel = jobPanel(
      job,
      (answer) => {
        if (answer.kind === "decision" && context.alive()) place.replaceChildren(results(answer));
      },
      () => context.change({ job: null }),
    );
    context.leaving(panel.stop);
    place.append(panel.element);
  }
  return h("div", { class: "page" }, heading(t("psa.title"), t("psa.lead")), form(context), place);
}
