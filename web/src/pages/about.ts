// About these pages, and the words of the field.

import { here } from "../data";
import { h } from "../dom";
import type { Context } from "../page";
import { currentProvenance } from "../origin";
import { number, t } from "../strings";
import { button, heading, section } from "../ui";

export function about(context: Context): Node {
  const from = currentProvenance();
  const mode = here("mode");
  const said = (title: string, ...lines: string[]): HTMLElement => section(title, lines.map((line) => h("p", {}, line)));
  return h(
    "div",
    { class: "page" },
    heading(t("about.title"), t("about.lead")),
    h(
      "div",
      { class: "said" },
      h("h2", {}, t("about.not_title")),
      h("ul", { class: "list" }, [t("about.not_prognosis"), t("about.not_advice"), t("about.not_complete"), t("about.not_validated")].map((line) => h("li", {}, line))),
      h("p", {}, h("a", { href: context.link("fit") }, t("nav.fit"))),
    ),
    said(t("about.is_title"), t("about.is_text")),
    said(t("about.sure_title"), t("about.sure_text")),
    said(t("about.help_title"), t("about.help_text")),
    said(t("about.data_title"), t("about.data_text")),
    said(t("about.access_title"), t("about.access_text")),
    said(t("about.keyboard_title"), t("about.keyboard_text")),
    said(t("about.open_title"), t("about.open_text")),
    section(
      t("about.cite_title"),
      h("p", {}, t("about.cite_text")),
      mode && h("p", {}, t("about.version", { version: mode.version })),
      from && h("p", { class: "hash" }, t("app.provenance", { version: from.version, hash: from.parameters_hash, women: number(from.women), seed: String(from.seed) })),
    ),
  );
}

const WORDS = [
  "adjuvant", "catalog", "chemotherapy", "colony", "cured", "de_novo", "dormancy", "hazard_ratio", "her2", "hormone_sensitive", "icer", "interval", "line", "lymph", "median",
  "metastasis", "model", "monte_carlo", "prognosis", "progression", "psa", "qaly", "recurrent", "resistance", "seed", "simulated", "strategy", "subtype", "targeted", "triple_negative", "twin",
];

export function glossary(context: Context): Node {
  const entries = WORDS.map((word) => ({ word, name: t(`glossary.${word}`), text: t(`glossary.${word}_text`) })).sort((a, b) => a.name.localeCompare(b.name, document.documentElement.lang));
  return h(
    "div",
    { class: "page" },
    heading(t("glossary.title"), t("glossary.lead")),
    context.cameFrom() && h("p", { class: "screen" }, button(t("glossary.back"), () => window.history.back())),
    h("dl", { class: "cards glossary" }, entries.map((entry) => h("div", { class: "card", id: `word-${entry.word}` }, h("dt", {}, entry.name), h("dd", {}, entry.text)))),
  );
}
