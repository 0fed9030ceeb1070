// The panel that says where a number is from: how sure it is, what was counted, which entries of the catalog it rests on.

import { h, type Child } from "./dom";
import { here, load } from "./data";
import { ends, range, type Shown } from "./figures";
import { named, number, t } from "./strings";
import { button } from "./ui";
import { FEW } from "./uncertain";
import type { Entry, Provenance, Sources } from "./types";
import { plain, slug } from "./words";

let provenance: Provenance | undefined;

/** Of which pack the numbers on the page are: another for what the server has run. */
export function setProvenance(of: Provenance | undefined): void {
  provenance = of;
}

export function currentProvenance(): Provenance | undefined {
  return provenance ?? here("answers")?.provenance;
}

export function openDialog(title: string, content: Child[]): HTMLDialogElement {
  const before = document.activeElement;
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" });
  const close = button(t("common.close"), () => dialog.close());
  dialog.append(h("h2", { id: "dialog-title" }, title), h("div", { class: "dialog-body" }, content), h("div", { class: "row" }, close));
  dialog.addEventListener("close", () => {
    dialog.remove();
    if (before instanceof HTMLElement) before.focus();
  });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

export function openSource(shown: Shown): void {
  const write = shown.write ?? plain;
  const place = h("div", { class: "entries", "aria-live": "polite" }, h("p", { class: "quiet" }, t("app.loading")));
  openDialog(t("common.where_from"), [
    h("p", { class: "big-number" }, h("span", {}, shown.label), " ", h("strong", {}, shown.text, " ", range(shown))),
    certainty(shown, write).map((line) => h("p", {}, line)),
    place,
  ]);
  load("sources").then(
    (sources) => place.replaceChildren(...behind(shown, sources)),
    () => place.replaceChildren(h("p", {}, t("errors.pack", { reason: "sources" }))),
  );
}

/** How much of a share is chance, in words, by the width of its interval in women of a hundred. */
export function howSure(value: string, low: number, high: number): string {
  const half = 50 * (high - low);
  return half <= 2 ? t("uncertainty.exact") : half <= 6 ? t("uncertainty.fair", { value }) : t("uncertainty.rough");
}

function certainty(shown: Shown, write: (value: number) => string): string[] {
  const lines: string[] = [];
  const { low, high, women } = shown;
  const words = ends(shown);
  if (women !== undefined) {
    if (women < FEW) lines.push(t("uncertainty.few", { women: number(women) }));
    else lines.push(t("uncertainty.behind", { women: number(women) }));
  }
  if (words && typeof low === "number" && typeof high === "number" && women !== undefined) {
    lines.push(t("uncertainty.chance_plain", words));
    if (shown.share) lines.push(howSure(shown.text, low, high));
    if (shown.parameters) lines.push(t("uncertainty.parameters", { low: write(shown.parameters[0]), high: write(shown.parameters[1]) }));
    else lines.push(t("uncertainty.parameters_missing"));
  } else if (words) lines.push(t("common.range", words));
  return lines;
}

function behind(shown: Shown, sources: Sources): Node[] {
  const nodes: Node[] = [];
  const from = currentProvenance();
  if (shown.women !== undefined && from)
    nodes.push(h("p", { class: "quiet" }, t("sources.simulated_text", { women: number(from.women), seed: String(from.seed), command: from.made })));
  const keys = new Set(sources.behind[shown.behind] ?? (shown.behind in sources.entries ? [shown.behind] : []));
  if (shown.strategy && `strategy.${shown.strategy}` in sources.entries) keys.add(`strategy.${shown.strategy}`);
  // The strategy that is shown counts; the others, which the number could rest on as well, do not.
  const own = shown.strategy === undefined ? undefined : `strategy.${shown.strategy}`;
  const entries = [...keys]
    .filter((key) => own === undefined || !key.startsWith("strategy.") || key === own)
    .sort((a, b) => Number(b === own) - Number(a === own))
    .map((key) => sources.entries[key])
    .filter((entry) => entry !== undefined);
  if (entries.length) {
    nodes.push(h("p", {}, t("sources.of_shown")), h("p", { class: "quiet" }, counts(entries)));
    nodes.push(...growing(entries, (entry) => (entries.length === 1 ? entryCard(entry, sources) : entryFolded(entry, sources))));
  } else if (shown.women === undefined) nodes.push(h("p", {}, t("sources.no_source")));
  return nodes;
}

/** How many of the entries were checked, and so on; each is counted once. */
export function counts(entries: Entry[]): string {
  const kinds = { verified: 0, derived: 0, fitted: 0, unverified: 0, assumption: 0 };
  for (const entry of entries) {
    if (entry.fitted) kinds.fitted += 1;
    else if (entry.verified) kinds.verified += 1;
    else if (entry.status.startsWith("derived")) kinds.derived += 1;
    else if (entry.status.startsWith("assumption")) kinds.assumption += 1;
    else kinds.unverified += 1;
  }
  return t("sources.counts", kinds);
}

const AT_ONCE = 12;

/** The first of many, and a button for more. */
export function growing<T>(items: T[], draw: (item: T) => Node): Node[] {
  const nodes: Node[] = items.slice(0, AT_ONCE).map(draw);
  let at = AT_ONCE;
  if (items.length > at) {
    const more = button(t("fit.more", { n: items.length - at }), () => {
      const next = items.slice(at, at + 4 * AT_ONCE).map(draw);
      at += 4 * AT_ONCE;
      more.before(...next);
      more.textContent = t("fit.more", { n: items.length - at });
      const first = next[0];
      if (first instanceof HTMLElement) first.querySelector<HTMLElement>("summary, a, button")?.focus();
      if (at >= items.length) more.remove();
    });
    nodes.push(more);
  }
  return nodes;
}

function entryFolded(entry: Entry, sources: Sources): HTMLElement {
  const place = h("details", { class: "entry-line" }, h("summary", {}, h("span", { "data-text": "" }, entry.description || entry.key), " ", statusTag(entry)));
  place.addEventListener("toggle", () => {
    if (place.open && place.childElementCount === 1) place.append(entryCard(entry, sources));
  });
  return place;
}

export function statusTag(entry: Pick<Entry, "status" | "verified">): HTMLElement {
  const first = entry.status.split(",")[0] ?? entry.status;
  const kind = entry.verified ? "good" : first === "assumption" || first === "unverified" ? "warn" : "";
  return h("span", { class: `tag ${kind}`, "data-verified": String(entry.verified) }, entry.verified ? "✓ " : "○ ", named(`terms.status_${slug(first)}`, first));
}

export function entryValue(entry: Entry): string | null {
  if (entry.value === null) return null;
  if (typeof entry.value === "number") return plain(entry.value);
  if (typeof entry.value === "string") return entry.value;
  return Object.entries(entry.value)
    .map(([key, one]) => `${named(`terms.subtype_${key}`, named(`terms.organ_${key}`, key))}: ${typeof one === "number" ? plain(one) : String(one)}`)
    .join("; ");
}

/** One entry of the catalog with its sources. */
export function entryCard(entry: Entry, sources: Sources): HTMLElement {
  const fact = (label: string, content: Child, data = true): Child => content !== null && content !== undefined && content !== "" && [h("dt", {}, label), h("dd", data ? { "data-text": "" } : {}, content)];
  return h(
    "article",
    { class: "entry", "data-entry": entry.key },
    h("h3", { "data-text": "" }, entry.description || entry.key),
    h("div", { class: "row" }, statusTag(entry), entry.fitted && h("span", { class: "tag" }, t("terms.status_fitted"))),
    h(
      "dl",
      { class: "facts" },
      fact(t("sources.key"), h("a", { href: `#/sources?key=${encodeURIComponent(entry.key)}` }, entry.key)),
      fact(t("sources.status"), named(`terms.status_${slug(entry.status.split(",")[0] ?? "")}`, entry.status), false),
      fact(t("sources.value"), entryValue(entry)),
      fact(t("sources.unit"), entry.unit),
      fact(t("sources.population"), entry.population),
      fact(
        t("sources.source"),
        entry.sources.length
          ? entry.sources.map((key) => {
              const source = sources.sources[key];
              const safe = source?.url && /^https:\/\//.test(source.url) ? source.url : null;
              return h("span", { class: "citation" }, h("span", { "data-text": "" }, source?.citation ?? key, source?.says ? `. ${source.says}` : ""), " ", safe && h("a", { href: safe, rel: "noreferrer noopener", target: "_blank" }, t("sources.open_link")));
            })
          : t("sources.no_source"),
        false,
      ),
      fact(t("sources.note"), entry.note),
    ),
  );
}
