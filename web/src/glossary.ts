// The words of the field that a page uses: each opens its meaning where the reader is.

import { h } from "./dom";
import { openDialog } from "./origin";
import { t } from "./strings";
import { button } from "./ui";

export function wordsRow(...words: string[]): HTMLElement {
  return h(
    "div",
    { class: "row words screen", role: "group", "aria-label": t("nav.glossary") },
    h("span", { class: "quiet" }, t("nav.glossary"), ":"),
    words.map((word) => button(t(`glossary.${word}`), () => openDialog(t(`glossary.${word}`), [h("p", {}, t(`glossary.${word}_text`))]), { class: "term", "aria-haspopup": "dialog" })),
  );
}
