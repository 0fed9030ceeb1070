// Where from: the entries of the catalog behind the numbers, each with its source and whether it was checked.

import { picked } from "../asked";
import { load } from "../data";
import { h } from "../dom";
import { counts, entryCard, growing } from "../origin";
import { wordsRow } from "../glossary";
import type { Context } from "../page";
import { shareRow, type Row } from "../share";
import { t } from "../strings";
import type { Entry, Sources } from "../types";
import { announce, choice, complaint, heading } from "../ui";

const KINDS = ["all", "verified", "not_verified", "fitted", "no_source"] as const;
type Kind = (typeof KINDS)[number];

const IS: Record<Kind, (entry: Entry) => boolean> = {
  all: () => true,
  verified: (entry) => entry.verified,
  not_verified: (entry) => !entry.verified,
  fitted: (entry) => entry.fitted,
  no_source: (entry) => entry.sources.length === 0,
};

function matches(entry: Entry, words: string[], all: Sources): boolean {
  const text = [entry.key, entry.description, entry.population ?? "", entry.note ?? "", ...entry.sources.map((key) => all.sources[key]?.citation ?? key)].join(" ").toLowerCase();
  return words.every((word) => text.includes(word));
}

export async function sources(context: Context): Promise<Node> {
  const all = await load("sources");
  const query = context.place.query;
  const key = query.get("key");
  const one = key === undefined ? undefined : all.entries[key];
  const complaints: string[] = [];
  const kind = picked(context, "kind", t("fit.filter"), KINDS, "all", complaints, (name) => t(`sources.kind_${name}`));
  const place = h("div", { class: "entries" });
  const found = h("p", { class: "quiet" });
  let timer = 0;
  let shown: Entry[] = [];
  const draw = (text: string): void => {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    shown = Object.values(all.entries).filter((entry) => IS[kind](entry) && matches(entry, words, all));
    found.textContent = shown.length ? `${t("sources.found", { n: shown.length })} ${counts(shown)}` : t("sources.empty");
    place.replaceChildren(...growing(shown, (entry) => entryCard(entry, all)));
  };
  const text = (query.get("find") ?? "").slice(0, 200);
  draw(text);
  const rows = (): Row[] =>
    shown.map((entry) => ({
      key: entry.key,
      description: entry.description,
      value: typeof entry.value === "object" && entry.value !== null ? JSON.stringify(entry.value) : entry.value,
      unit: entry.unit,
      population: entry.population,
      status: entry.status,
      sources: entry.sources.map((name) => all.sources[name]?.citation ?? name).join("; "),
    }));
  return h(
    "div",
    { class: "page" },
    heading(t("sources.title"), t("sources.lead")),
    complaints.length ? complaint(t("errors.title"), ...complaints) : null,
    key !== undefined && !one && complaint(t("errors.title"), t("errors.bad_state", { field: t("sources.key"), value: key.slice(0, 80), used: t("sources.table_caption") })),
    one && [h("h2", { class: "unseen" }, t("common.where_from")), h("div", { class: "card" }, entryCard(one, all))],
    h(
      "form",
      { class: "asked", role: "search", onsubmit: (event) => event.preventDefault() },
      h(
        "div",
        { class: "field" },
        h("label", { for: "find" }, `${t("sources.search")} (${t("sources.search_hint")})`),
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
    choice("kind", t("fit.filter"), KINDS.map((name) => ({ value: name, label: t(`sources.kind_${name}`) })), kind, (value) => context.change({ kind: value === "all" ? null : value })),
    h("h2", { class: "unseen" }, t("sources.table_caption")),
    found,
    place,
    wordsRow("catalog", "model"),
    shareRow("seedsoil-sources", rows),
  );
}
