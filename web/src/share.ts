// Link, print, and what can be saved: numbers as CSV and JSON, pictures as SVG and PNG. Nothing leaves the computer.

import { h } from "./dom";
import { t } from "./strings";
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

const PAINT = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "fill-opacity", "stroke-opacity", "opacity", "font-size", "font-family", "font-weight", "text-anchor"];

/** The picture by itself, with the colours that it has on the page. */
function standalone(picture: SVGSVGElement): { text: string; width: number; height: number } {
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
  const box = picture.viewBox.baseVal;
  const bounds = picture.getBoundingClientRect();
  const width = box?.width || bounds.width;
  const height = box?.height || bounds.height;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of [["x", box?.x ?? 0], ["y", box?.y ?? 0], ["width", width], ["height", height]] as const) paper.setAttribute(name, String(value));
  paper.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
  copy.prepend(paper);
  return { text: new XMLSerializer().serializeToString(copy), width, height };
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
