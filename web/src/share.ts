// Link, print, and what can be saved: numbers as CSV and JSON, pictures as SVG and PNG. Nothing leaves the computer.

import { h, s } from "./dom";
import { currentProvenance } from "./origin";
import { number, t } from "./strings";
import { announce, button } from "./ui";

export type Row = Record<string, string | number | null>;

function save(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function csvField(value: string | number | null): string {
  if (value === null) return "";
  // A field that a spreadsheet would read as a formula is kept text.
  const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csv(rows: Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? null))].map((line) => line.map(csvField).join(",")).join("\r\n") + "\r\n";
}

const PAINT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "fill-opacity", "stroke-opacity", "opacity", "font-size", "font-family", "font-weight", "text-anchor", "paint-order"];

/** A copy with the colours that the picture has on the page, in attributes of its own. */
function painted(picture: SVGSVGElement): SVGSVGElement {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const from = [picture, ...picture.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((element, k) => {
    const style = getComputedStyle(element);
    for (const name of PAINT) {
      const value = style.getPropertyValue(name);
      if (value && element instanceof SVGElement) to[k]?.setAttribute(name, value);
    }
  });
  return copy;
}

function set(element: Element, values: Record<string, string | number>): void {
  for (const [name, value] of Object.entries(values)) element.setAttribute(name, String(value));
}

/** The picture by itself, with the title of its page, its key, and the notice that stands on every page. */
function standalone(picture: SVGSVGElement): { text: string; width: number; height: number } {
  const box = picture.viewBox.baseVal;
  const bounds = picture.getBoundingClientRect();
  const width = box?.width || bounds.width;
  const height = box?.height || bounds.height;
  const letter = Math.min(width / 46, 14);
  const ink = getComputedStyle(document.body).color;
  const key = [...(picture.closest("figure")?.querySelectorAll(".key li") ?? [])];
  const title = document.querySelector("h1")?.textContent ?? "";
  const whole = s("svg", { xmlns: "http://www.w3.org/2000/svg", fill: ink, "font-family": "system-ui, sans-serif", "font-size": letter });
  let y = letter * 1.6;
  const line = (words: string, x: number, values: Record<string, string | number> = {}): void => {
    whole.append(s("text", { x, y, ...values }, words));
    y += letter * 1.6;
  };
  line(title, letter, { "font-weight": 600 });
  const said = (picture.closest("[role='img']:not(svg)") ?? picture).getAttribute("aria-label")?.split(". ")[0];
  if (said) line(said, letter);
  // Who is asked about: what the lists of the question show.
  const asked = [...document.querySelectorAll<HTMLSelectElement>("form.asked select")].map((list) => list.selectedOptions[0]?.textContent ?? "").filter(Boolean);
  if (asked.length) line(asked.join(" · "), letter, { "font-size": letter * 0.8 });
  const copy = painted(picture);
  set(copy, { x: 0, y, width, height });
  if (!box?.width) copy.setAttribute("viewBox", `0 0 ${width} ${height}`);
  whole.append(copy);
  y += height + letter * 1.6;
  for (const item of key) {
    const sample = item.querySelector("svg");
    if (sample) {
      const mark = painted(sample);
      set(mark, { x: letter, y: y - letter, width: letter * 2.2, height: letter * 1.3 });
      whole.append(mark);
    }
    line((item.textContent ?? "").replace(/\s+/g, " ").trim(), letter * 4);
  }
  line(t("app.disclaimer"), letter, { "font-weight": 600 });
  const from = currentProvenance();
  if (from) line(t("app.provenance", { version: from.version, hash: from.parameters_hash.slice(0, 12), women: number(from.women), seed: String(from.seed) }), letter, { "font-size": letter * 0.8 });
  set(whole, { viewBox: `0 0 ${width} ${y}`, width, height: y });
  const paper = s("rect", { x: 0, y: 0, width, height: y, fill: getComputedStyle(document.body).backgroundColor });
  whole.prepend(paper);
  return { text: new XMLSerializer().serializeToString(whole), width, height: y };
}

function savePng(name: string, picture: SVGSVGElement): void {
  const { text, width, height } = standalone(picture);
  const scale = Math.max(2, 1200 / width);
  const image = new Image();
  image.onload = () => {
    const canvas = h("canvas", { width: Math.round(width * scale), height: Math.round(height * scale) });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob((blob) => blob && save(`${name}.png`, blob), "image/png");
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

/** The row of buttons under a page: `rows` are the numbers on it, `picture` finds the picture when it is asked for. */
export function shareRow(name: string, rows: () => Row[], picture?: () => SVGSVGElement | null): HTMLElement {
  const drawn = (use: (svg: SVGSVGElement) => void) => () => {
    const found = picture?.();
    if (found) use(found);
  };
  return h(
    "div",
    { class: "row share screen", role: "group", "aria-label": t("common.share") },
    copyButton(),
    button(t("common.print"), () => window.print()),
    button(t("common.download_csv"), () => save(`${name}.csv`, new Blob([csv(rows())], { type: "text/csv;charset=utf-8" }))),
    button(t("common.download_json"), () => save(`${name}.json`, new Blob([JSON.stringify(rows(), null, 1)], { type: "application/json" }))),
    picture && button(t("common.download_svg"), drawn((svg) => save(`${name}.svg`, new Blob([standalone(svg).text], { type: "image/svg+xml" })))),
    picture && button(t("common.download_png"), drawn((svg) => savePng(name, svg))),
  );
}

function copyButton(): HTMLButtonElement {
  const made = button(t("common.copy_link"), () => copyLink((words) => {
    made.textContent = words;
    announce(words);
    window.setTimeout(() => {
      made.textContent = t("common.copy_link");
    }, 3000);
  }));
  return made;
}

function copyLink(say: (words: string) => void): void {
  const done = (): void => say(t("common.link_copied"));
  const failed = (): void => say(t("common.link_not_copied"));
  if (navigator.clipboard) navigator.clipboard.writeText(window.location.href).then(done, failed);
  else failed();
}
