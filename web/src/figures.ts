// A number on the page: a button that opens where it is from. Its attributes carry the number itself, not rounded.

import { h } from "./dom";
import { openSource } from "./origin";
import { number, t } from "./strings";
import { plain } from "./words";

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
  /** The interval is a point, of which nothing is to be said: no woman differed. */
  certain?: boolean;
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

/** The ends of the interval in words; a lower end that is less than one of a hundred is nought. */
export function ends(shown: Shown): { low: string; high: string } | null {
  const { low, high, write = plain } = shown;
  if (typeof low !== "number" || typeof high !== "number" || shown.certain) return null;
  return { low: write(low) === t("common.less_than_one") ? number(0) : write(low), high: write(high) };
}

export function range(shown: Shown): HTMLElement | null {
  const words = ends(shown);
  return words && h("span", { class: "range" }, `(${t("common.range", words)})`);
}
