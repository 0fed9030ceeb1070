// Parts that every page uses: controls, tables, figures with their table, sentences with numbers in them.

import { append, h, unique, type Child } from "./dom";
import { has, t } from "./strings";

export interface Option {
  value: string;
  label: string;
  /** The words are data, not a text of the page. */
  data?: boolean;
  /** The heading under which it stands. */
  group?: string;
}

function optionsOf(options: Option[], chosen: string): Node[] {
  const made: Node[] = [];
  let group: HTMLOptGroupElement | undefined;
  for (const one of options) {
    const item = h("option", { value: one.value, selected: one.value === chosen, "data-text": one.data && "" }, one.label);
    if (one.group === undefined) made.push(item);
    else {
      if (group?.label !== one.group) made.push((group = h("optgroup", { label: one.group })));
      group.append(item);
    }
  }
  return made;
}

/** A list to choose from; `id` stays the same from drawing to drawing, so that the focus can be put back. */
export function select(id: string, label: string, options: Option[], chosen: string, changed: (value: string) => void): HTMLElement {
  const list = h(
    "select",
    { id, onchange: (event) => changed((event.target as HTMLSelectElement).value) },
    optionsOf(options, chosen),
  );
  return h("div", { class: "field" }, h("label", { for: id }, label), list);
}

export function choice(name: string, label: string, options: Option[], chosen: string, changed: (value: string) => void): HTMLElement {
  return h(
    "fieldset",
    { class: "choice" },
    h("legend", {}, label),
    h(
      "div",
      { class: "options" },
      options.map((one) =>
        h(
          "label",
          {},
          h("input", {
            type: "radio",
            name,
            id: `${name}-${one.value}`,
            value: one.value,
            checked: one.value === chosen,
            onchange: () => changed(one.value),
          }),
          one.label,
        ),
      ),
    ),
  );
}

export function button(label: string, pressed: () => void, attributes: Record<string, string | boolean> = {}): HTMLButtonElement {
  return h("button", { type: "button", ...attributes, onclick: pressed }, label);
}

/** The words of `key` as nodes, each `{name}` replaced by the node or words of that name; for `count` 1 those of `key_one`. */
export function sentence(key: string, values: Record<string, Child>, count?: number): DocumentFragment {
  const marks: Record<string, string | number> = {};
  for (const name of Object.keys(values)) marks[name] = `\u0001${name}\u0002`;
  const words = t(count === 1 && has(`${key}_one`) ? `${key}_one` : key, marks);
  const fragment = document.createDocumentFragment();
  for (const piece of words.split(/(\u0001\w+\u0002)/)) {
    const name = /^\u0001(\w+)\u0002$/.exec(piece)?.[1];
    if (name) append(fragment, [values[name] ?? ""]);
    else if (piece) fragment.append(piece);
  }
  return fragment;
}

export interface Column {
  label: string;
  number?: boolean;
  /** The label is data, not a text of the page. */
  data?: boolean;
}

/** A table that can be moved sideways by keyboard where it is wider than its place. */
export function table(caption: string, columns: Column[], rows: Child[][], attributes: Record<string, string> = {}): HTMLElement {
  return h(
    "div",
    { class: "scroll", role: "group", tabindex: 0, "aria-label": caption },
    h(
      "table",
      attributes,
      h("caption", {}, caption),
      h("thead", {}, h("tr", {}, columns.map((column) => h("th", { scope: "col", class: column.number ? "n" : null, "data-text": column.data && "" }, column.label)))),
      h(
        "tbody",
        {},
        rows.map((cells) =>
          h(
            "tr",
            {},
            cells.map((cell, k) => (k === 0 ? h("th", { scope: "row" }, cell) : h("td", { class: columns[k]?.number ? "n" : null }, cell))),
          ),
        ),
      ),
    ),
  );
}

/** What is folded away under a picture: its table. */
export function folded(label: string, ...content: Child[]): HTMLDetailsElement {
  return h("details", {}, h("summary", {}, label), content);
}

/** The same, made when it is first opened: for long tables. */
export function foldedLater(label: string, content: () => Node): HTMLDetailsElement {
  const details = folded(label);
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(content());
  });
  return details;
}

export function heading(title: string, lead?: string): HTMLElement {
  return h("header", {}, h("h1", { id: "title", tabindex: -1 }, title), lead && h("p", { class: "lead" }, lead));
}

export function section(title: string, ...content: Child[]): HTMLElement {
  const id = unique("section");
  return h("section", { "aria-labelledby": id }, h("h2", { id }, title), content);
}

export function complaint(title: string, ...lines: string[]): HTMLElement {
  return h("div", { class: "complaint", role: "alert" }, h("strong", {}, title), lines.map((line) => h("p", {}, line)));
}

/** Says something to those who hear the page. */
export function announce(words: string): void {
  const live = document.getElementById("live");
  if (live && live.textContent !== words) live.textContent = words;
}
