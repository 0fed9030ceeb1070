// A number on the page: a button that opens where it is from. Its attributes carry the number itself, not rounded.

import { h, type Child } from "./dom";
import { openSource } from "./origin";
import { t } from "./strings";

export interface Shown {
  /** What is on the page, rounded. */
  text: string;
  /** Null where it is beyond what was followed. */
  value: number | null;
  low?: number | null;
  high?: number | null;
  /** How the ends of the interval are written. */
  write?: (value: number) => string;
  women?: number;
  measure: string;
  /** What the number is, in words: the title of its panel. */
  label: string;
  year?: number;
  strategy?: string;
  group?: string;
  /** Key in `Sources.behind`, or of one entry. */
  behind: string;
  parameters?: [number, number] | null | undefined;
  /** A share of women: its interval is also told in words. */
  share?: boolean;
}

/** The number as a button. */
export function figure(shown: Shown): HTMLButtonElement {
  return h(
    "button",
    {
      type: "button",
      class: "number",
      "data-value": shown.value === null ? "" : shown.value,
      "data-open": shown.value === null && "true",
      "data-measure": shown.measure,
      "data-year": shown.year,
      "data-strategy": shown.strategy,
      "data-group": shown.group,
      "data-low": shown.low,
      "data-high": shown.high,
      "data-women": shown.women,
      "aria-haspopup": "dialog",
      title: t("common.where_from"),
      onclick: () => openSource(shown),
    },
    shown.text,
  );
}

export function range(shown: Shown): HTMLElement | null {
  if (shown.low === null || shown.low === undefined || shown.high === null || shown.high === undefined) return null;
  const write = shown.write ?? String;
  return h("span", { class: "range" }, `(${t("common.range", { low: write(shown.low), high: write(shown.high) })})`);
}

/** The number and its interval behind it. */
export function withRange(shown: Shown): Child[] {
  return [figure(shown), " ", range(shown)];
}
