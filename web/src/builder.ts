// A strategy built on the page, line by line, and the question that the live server is asked with it.

import { h } from "./dom";
import { ask, check, liveMode, refusalNode } from "./live";
import type { Context } from "./page";
import { number, t } from "./strings";
import type { BuiltLine, BuiltStrategy, Lists } from "./types";
import { button, complaint, folded, select } from "./ui";
import { slug, term } from "./words";

const SUBTYPES = ["HR+/HER2-", "HR+/HER2+", "HR-/HER2+", "TNBC"];
const LINES = ["1", "2", "3", "4", "1-4"];
const LEAST_WOMEN = 200;
const LONGEST_NAME = 60;
const MOST_LINES = 20;

const isText = (value: unknown): value is string => typeof value === "string";

/** The strategy that the address holds, if it is one. */
export function readBuilt(context: Context): BuiltStrategy | null {
  try {
    const read = JSON.parse(context.place.query.get("built") ?? "null") as BuiltStrategy | null;
    if (!read || !isText(read.name) || !Array.isArray(read.lines)) return null;
    const lines = read.lines
      .filter((line) => line && isText(line.line) && isText(line.regimen) && Array.isArray(line.subtypes))
      .slice(0, MOST_LINES)
      .map((line) => ({ line: line.line, subtypes: line.subtypes.filter(isText), regimen: line.regimen, months: Number(line.months) || null, then: isText(line.then) ? line.then : null }));
    return { name: read.name.slice(0, LONGEST_NAME), base: isText(read.base) ? read.base : null, lines };
  } catch {
    return null;
  }
}

function numberField(id: string, label: string, value: number | null, low: number, high: number, changed: (value: number | null) => void): HTMLElement {
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("input", {
      id,
      type: "number",
      min: low,
      max: high,
      value: value ?? "",
      onchange: (event) => {
        const typed = (event.target as HTMLInputElement).value;
        changed(typed === "" ? null : Number(typed));
      },
    }),
  );
}

export function builder(context: Context, lists: Lists, before: BuiltStrategy | null, chosen: string[], era: string): HTMLElement {
  const mode = liveMode();
  if (!mode?.limits) return h("p", { class: "quiet" }, t("compare.build_needs_server", { command: "seedsoil explore" }));
  const limits = mode.limits;
  const built: BuiltStrategy = before ?? { name: t("terms.strategy_own"), base: chosen[chosen.length - 1] ?? null, lines: [] };
  const kept = Number(context.place.query.get("women") ?? 10_000);
  let women = Math.min(Number.isInteger(kept) && kept >= LEAST_WOMEN ? kept : 10_000, limits.women);
  let costs = context.place.query.get("costs") === "1";
  const said = h("div", { "aria-live": "polite" });
  const place = h("div", { class: "page" });
  const keep = (): void => context.note({ built: built.lines.length ? JSON.stringify(built) : null });
  const regimens = lists.regimens
    .map((one) => ({
      value: one.name,
      label: one.description ? `${one.name}: ${one.description}` : one.name,
      data: true,
      group: one.classes.map((name) => term("class", name)).join(" + "),
    }))
    .sort((a, b) => a.group.localeCompare(b.group) || a.value.localeCompare(b.value));

  function lineCard(line: BuiltLine, k: number): HTMLElement {
    const update = (values: Partial<BuiltLine>): void => {
      Object.assign(line, values);
      keep();
    };
    return h(
      "fieldset",
      { class: "card plain" },
      h("legend", {}, t("compare.line", { n: line.line })),
      h(
        "div",
        { class: "asked bare" },
        select(`line-${k}`, t("compare.line", { n: "" }).trim(), LINES.map((one) => ({ value: one, label: one })), line.line, (value) => {
          update({ line: value });
          draw();
        }),
        select(`regimen-${k}`, t("compare.regimen"), regimens, String(line.regimen), (value) => update({ regimen: value })),
        numberField(`months-${k}`, t("compare.months"), line.months, 1, 120, (value) => update({ months: value })),
        select(`then-${k}`, t("compare.then"), [{ value: "", label: t("compare.then_stop") }, ...regimens], line.then ?? "", (value) => update({ then: value || null })),
      ),
      h(
        "fieldset",
        { class: "choice" },
        h("legend", {}, t("compare.for_whom")),
        h(
          "div",
          { class: "options" },
          SUBTYPES.map((subtype) =>
            h(
              "label",
              {},
              h("input", {
                type: "checkbox",
                id: `who-${k}-${slug(subtype)}`,
                checked: line.subtypes.includes(subtype),
                onchange: (event) => {
                  const on = (event.target as HTMLInputElement).checked;
                  update({ subtypes: SUBTYPES.filter((one) => (one === subtype ? on : line.subtypes.includes(one))) });
                },
              }),
              term("subtype", subtype),
            ),
          ),
        ),
      ),
      h("div", {}, button(t("common.remove"), () => {
        built.lines.splice(k, 1);
        keep();
        draw();
      }, { "aria-label": t("common.remove_named", { name: t("compare.line", { n: line.line }) }) })),
    );
  }

  function add(): void {
    const next = String(Math.min(4, built.lines.length + 1));
    built.lines.push({ line: next, subtypes: [...SUBTYPES], regimen: regimens[0]?.value ?? "", months: null, then: null });
    keep();
    draw();
    document.getElementById(`regimen-${built.lines.length - 1}`)?.focus();
  }

  /** What is wrong with the built strategy that the page can tell by itself. */
  function problems(): string[] {
    const found = built.lines.filter((line) => line.subtypes.length === 0).map((line) => t("compare.whom_none", { n: line.line }));
    if (built.lines.length && !built.name.trim()) found.push(t("errors.name", { most: LONGEST_NAME }));
    return found;
  }

  async function look(): Promise<void> {
    said.replaceChildren();
    const wrong = problems();
    if (wrong.length) {
      said.replaceChildren(complaint(t("errors.title"), ...wrong));
      return;
    }
    try {
      const { warnings } = await check(built);
      said.replaceChildren(h("p", { class: "tag good" }, t("compare.check_ok")), ...warnings.map((one) => h("p", { class: "quiet", "data-text": "" }, one)));
    } catch (error) {
      said.replaceChildren(refusalNode(error));
    }
  }

  async function run(): Promise<void> {
    said.replaceChildren();
    const wrong = problems();
    if (!(women >= LEAST_WOMEN && women <= limits.women)) wrong.push(t("errors.number", { field: t("compare.women"), value: String(women), low: LEAST_WOMEN, high: limits.women }));
    if (wrong.length) {
      said.replaceChildren(complaint(t("errors.title"), ...wrong));
      return;
    }
    const strategies: (string | BuiltStrategy)[] = built.lines.length ? [...chosen.slice(0, limits.strategies - 1), built] : [...chosen];
    try {
      const job = await ask({ schema: 1, kind: "compare", women, seed: 1, era, strategies, costs });
      if (context.alive()) context.change({ job: job.id, women: String(women), costs: costs ? "1" : null, built: built.lines.length ? JSON.stringify(built) : null });
    } catch (error) {
      said.replaceChildren(refusalNode(error));
    }
  }

  function draw(): void {
    const focused = document.activeElement?.id;
    place.replaceChildren(
      h("p", {}, t("compare.build_text")),
      h(
        "div",
        { class: "asked bare" },
        h(
          "div",
          { class: "field" },
          h("label", { for: "built-name" }, t("compare.name")),
          h("input", {
            id: "built-name",
            type: "text",
            maxlength: LONGEST_NAME,
            value: built.name,
            onchange: (event) => {
              built.name = (event.target as HTMLInputElement).value;
              keep();
            },
          }),
        ),
        select(
          "built-base",
          t("compare.base"),
          [{ value: "", label: t("compare.then_stop") }, ...lists.strategies.map((one) => ({ value: one.name, label: t("compare.then_strategy", { name: term("strategy", one.name) }) }))],
          built.base ?? "",
          (value) => {
            built.base = value || null;
            keep();
          },
        ),
      ),
      ...built.lines.map(lineCard),
      h("div", {}, built.lines.length < MOST_LINES && button(t("compare.add_line"), add)),
      h(
        "div",
        { class: "asked bare" },
        numberField("women", `${t("compare.women")} (${t("compare.women_hint", { least: LEAST_WOMEN, most: number(limits.women) })})`, women, LEAST_WOMEN, limits.women, (value) => {
          women = value ?? LEAST_WOMEN;
        }),
        h(
          "div",
          { class: "field" },
          h(
            "label",
            { class: "check" },
            h("input", {
              type: "checkbox",
              id: "with-costs",
              checked: costs,
              onchange: (event) => {
                costs = (event.target as HTMLInputElement).checked;
              },
            }),
            t("compare.with_costs"),
          ),
        ),
      ),
      h("div", { class: "row" }, button(t("compare.run"), () => void run(), { class: "main", id: "run" }), built.lines.length > 0 && button(t("compare.check"), () => void look(), { id: "check" })),
      said,
    );
    if (focused) document.getElementById(focused)?.focus();
  }
  draw();
  const details = folded(t("compare.build"), place);
  details.classList.add("card", "builder", "screen");
  details.open = before !== null;
  return details;
}
