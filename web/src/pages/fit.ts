// Does it fit? What was published beside what is simulated, misses first.

import { picked } from "../asked";
import { load } from "../data";
import { h, s } from "../dom";
import { figure, range, type Shown } from "../figures";
import { growing } from "../origin";
import { wordsRow } from "../glossary";
import type { Context } from "../page";
import { shareRow, type Row } from "../share";
import { named, number, t } from "../strings";
import type { Fit, TargetRow, TrialRow, Verdict } from "../types";
import { announce, choice, complaint, foldedLater, heading, table } from "../ui";
import { plain, slug, term } from "../words";

interface Line {
  name: string;
  detail: string;
  unit: string;
  published: Shown;
  simulated: Shown | null;
  verdict: Verdict;
  seen: boolean;
  why: string | null;
  distance: number | null;
}

const ORDER: Verdict[] = ["outside", "agrees", "not simulated"];
const Z = 1.959963984540054;

/** Shares are shown of a hundred, ratios and times as they are. */
function scale(unit: string): (value: number) => string {
  return unit === "share" ? (value) => number(100 * value, Math.abs(value) < 0.1 ? 1 : 0) : plain;
}

/** What a trial measured, in words: the event, and how it is counted. */
function endpoint(name: string): string {
  const [, what, kind, months] = /^(.+?)_(median|hr|at|by)(?:_(\d+))?$/.exec(name) ?? [];
  if (what === undefined || kind === undefined || (months === undefined) === (kind === "at" || kind === "by")) return term("endpoint", name.replace(/_\d+$/, ""));
  return t(`fit.kind_${kind}`, { what: term("endpoint", what), n: months ?? "" });
}

function ofTrial(row: TrialRow): Line {
  const write = scale(row.unit);
  const name = `${row.trial}, ${term("arm", row.arm)}`;
  const detail = [endpoint(row.endpoint), row.among].filter(Boolean).join(", ");
  const common = { write, label: `${name}: ${detail}`, behind: `trial.${row.trial}` };
  return {
    name,
    detail,
    unit: row.unit,
    published: { ...common, text: write(row.published), value: row.published, low: row.published_low, high: row.published_high, measure: "published" },
    simulated: row.simulated === null ? null : { ...common, text: write(row.simulated), value: row.simulated, low: row.simulated_low, high: row.simulated_high, measure: "simulated" },
    verdict: row.verdict,
    seen: row.role === "calibration",
    why: null,
    distance: null,
  };
}

function ofTarget(row: TargetRow): Line {
  const write = scale(row.unit);
  const common = { write, label: row.target, behind: row.group };
  const around = (value: number, error: number | null): [number | null, number | null] => (error === null ? [null, null] : [value - Z * error, value + Z * error]);
  const [low, high] = around(row.observed, row.standard_error);
  const [from, to] = row.simulated === null ? [null, null] : around(row.simulated, row.monte_carlo_error);
  return {
    name: named(`terms.target_${slug(row.group)}`, row.group),
    detail: row.what ?? row.target,
    unit: row.unit,
    published: { ...common, text: write(row.observed), value: row.observed, low, high, measure: "published" },
    simulated: row.simulated === null ? null : { ...common, text: write(row.simulated), value: row.simulated, low: from, high: to, measure: "simulated" },
    verdict: row.verdict,
    seen: row.fitted,
    why: row.why,
    distance: row.z,
  };
}

/** Published (a ring with its interval) above simulated (a full square with its range), on one scale of their own. */
function picture(line: Line): SVGSVGElement {
  const width = 240;
  const numbers = [line.published, line.simulated].flatMap((one) => (one ? [one.value, one.low, one.high] : [])).filter((one) => typeof one === "number");
  const least = Math.min(...numbers);
  const most = Math.max(...numbers);
  const room = (most - least) * 0.12 || Math.abs(most) * 0.2 || 1;
  const x = (value: number): number => 8 + ((width - 16) * (value - least + room)) / (most - least + 2 * room);
  const row = (shown: Shown | null, y: number, kind: string): SVGElement[] => {
    if (!shown || shown.value === null) return [];
    const parts: SVGElement[] = [];
    if (typeof shown.low === "number" || typeof shown.high === "number") parts.push(s("line", { class: `whisker ${kind}`, x1: x(shown.low ?? shown.value), x2: x(shown.high ?? shown.value), y1: y, y2: y }));
    parts.push(kind === "published" ? s("circle", { class: kind, cx: x(shown.value), cy: y, r: 5 }) : s("rect", { class: kind, x: x(shown.value) - 4.5, y: y - 4.5, width: 9, height: 9 }));
    return parts;
  };
  return s("svg", { class: "plot pair", viewBox: `0 0 ${width} 40`, "aria-hidden": "true" }, s("line", { class: "grid", x1: 8, x2: width - 8, y1: 37, y2: 37 }), row(line.published, 11, "published"), row(line.simulated, 27, "simulated"));
}

function card(line: Line): HTMLElement {
  const kind = line.verdict === "agrees" ? "good" : line.verdict === "outside" ? "bad" : "";
  const sign = line.verdict === "agrees" ? "✓ " : line.verdict === "outside" ? "✗ " : "– ";
  const unit = line.unit === "share" ? t("fit.unit_share") : named(`units.${slug(line.unit)}`, line.unit);
  return h(
    "article",
    { class: `card row-fit ${kind}`, "data-verdict": line.verdict },
    h("div", {}, h("h3", { "data-text": "" }, line.name), h("p", { class: "quiet" }, h("span", { "data-text": "" }, line.detail), " · ", h("span", { "data-text": "" }, unit))),
    picture(line),
    h(
      "dl",
      { class: "facts" },
      h("dt", {}, h("span", { class: "dot published", "aria-hidden": "true" }), t("fit.published")),
      h("dd", {}, figure(line.published), " ", range(line.published)),
      h("dt", {}, h("span", { class: "dot simulated", "aria-hidden": "true" }), t("fit.simulated")),
      h("dd", {}, line.simulated ? [figure(line.simulated), " ", range(line.simulated)] : t("common.not_known")),
      line.distance !== null && [h("dt", {}, t("fit.distance")), h("dd", {}, t("fit.distance_value", { n: number(Math.abs(line.distance), 1) }))],
    ),
    h(
      "div",
      {},
      h("div", { class: "row" }, h("span", { class: `tag ${kind}` }, sign, term("verdict", line.verdict)), h("span", { class: "tag" }, line.seen ? t("fit.fitted") : t("fit.held_out"))),
      line.why !== null && h("p", { class: "quiet" }, t("fit.why"), ": ", h("span", { "data-text": "" }, line.why)),
    ),
  );
}

/** Misses among what can be compared, and how many cannot. */
function counted(lines: Line[]): string {
  const judged = lines.filter((line) => line.verdict !== "not simulated");
  const misses = t("fit.count_misses", { n: judged.filter((line) => line.verdict === "outside").length, all: judged.length });
  const apart = lines.length - judged.length;
  return apart > 0 ? `${misses} ${t("fit.count_apart", { n: apart })}` : misses;
}

function summary(lines: Line[], trials: boolean): HTMLElement {
  const judged = lines.filter((line) => line.verdict !== "not simulated");
  const inside = judged.filter((line) => line.verdict === "agrees").length;
  return h("div", { class: "said" }, h("p", { class: "big" }, t("fit.count", { inside, all: judged.length }), " ", t("fit.count_misses", { n: judged.length - inside, all: judged.length })), h("p", {}, trials ? t("fit.meaning") : t("fit.distance_text")));
}

const SHOWN = ["all", "misses", "held_out"] as const;

export async function fit(context: Context): Promise<Node> {
  const data: Fit = await load("fit");
  const query = context.place.query;
  const complaints: string[] = [];
  const list = picked(context, "list", t("common.group"), ["trials", "targets"] as const, data.trials.length ? "trials" : "targets", complaints, (one) => t(`fit.${one}`));
  const show = picked(context, "show", t("fit.filter"), SHOWN, "all", complaints, (one) => t(`fit.filter_${one}`));
  const all = list === "trials" ? data.trials.map(ofTrial) : data.targets.map(ofTarget);
  const kept = all
    .filter((line) => show === "all" || (show === "misses" ? line.verdict === "outside" : !line.seen))
    .sort((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || Math.abs(b.distance ?? 0) - Math.abs(a.distance ?? 0));
  const place = h("div", { class: "cards fits" });
  const found = h("p", { class: "quiet" });
  let timer = 0;
  const draw = (text: string): void => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const lines = kept.filter((line) => words.every((word) => `${line.name} ${line.detail}`.toLowerCase().includes(word)));
    found.textContent = lines.length ? counted(lines) : t("fit.empty");
    place.replaceChildren(...growing(lines, card));
  };
  const text = (query.get("find") ?? "").slice(0, 200);
  draw(text);
  const rows = (): Row[] =>
    all.map((line) => ({ name: line.name, measure: line.detail, unit: line.unit, published: line.published.value, simulated: line.simulated?.value ?? null, low: line.simulated?.low ?? null, high: line.simulated?.high ?? null, verdict: line.verdict, used_to_build: line.seen ? "yes" : "no" }));
  const from = data.trials_provenance;
  return h(
    "div",
    { class: "page" },
    heading(t("fit.title"), t("fit.lead")),
    complaints.length ? complaint(t("errors.title"), ...complaints) : null,
    choice(
      "list",
      t("common.group"),
      [
        { value: "trials", label: t("fit.trials") },
        { value: "targets", label: t("fit.targets") },
      ],
      list,
      (value) => context.change({ list: value === "trials" ? null : value }),
    ),
    list === "trials" && data.trials.length === 0 && complaint(t("errors.title"), t("errors.no_answer")),
    summary(all, list === "trials"),
    choice("show", t("fit.filter"), SHOWN.map((name) => ({ value: name, label: t(`fit.filter_${name}`) })), show, (value) => context.change({ show: value === "all" ? null : value })),
    h(
      "form",
      { class: "asked", role: "search", onsubmit: (event) => event.preventDefault() },
      h(
        "div",
        { class: "field" },
        h("label", { for: "find" }, t("fit.search")),
        h("input", {
          id: "find",
          type: "text",
          maxlength: 200,
          value: text,
          autocomplete: "off",
          oninput: (event) => {
            const typed = (event.target as HTMLInputElement).value;
            draw(typed);
            window.clearTimeout(timer);
            timer = window.setTimeout(() => {
              context.note({ find: typed || null });
              announce(found.textContent ?? "");
            }, 400);
          },
        }),
      ),
    ),
    h("p", { class: "quiet" }, t("fit.chart_text")),
    h("h2", { class: "unseen" }, t("fit.chart_title")),
    found,
    place,
    foldedLater(t("common.show_table"), () =>
      table(
        t("fit.table_caption"),
        [{ label: list === "trials" ? t("fit.arm") : t("common.group") }, { label: t("fit.measure") }, { label: t("fit.published"), number: true }, { label: t("fit.simulated"), number: true }, { label: t("fit.verdict") }],
        kept.map((line) => [
          h("span", { "data-text": "" }, line.name),
          h("span", { "data-text": "" }, line.detail),
          [line.published.text, " ", range(line.published)],
          line.simulated ? [line.simulated.text, " ", range(line.simulated)] : t("common.not_known"),
          term("verdict", line.verdict),
        ]),
      ),
    ),
    list === "trials" && from && h("p", { class: "quiet" }, t("fit.made", { version: from.version, hash: from.parameters_hash.slice(0, 12), command: from.command })),
    wordsRow("median", "hazard_ratio", "progression", "interval"),
    shareRow("seedsoil-fit", rows),
  );
}
