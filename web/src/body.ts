// The outline of a body with the organs in which metastases are followed, drawn by hand; lesions are put in the places
// that each organ has for them. Left and right are the woman's: her liver is on the left of the picture.

import { s } from "./dom";

export const ORGANS = ["brain", "lung", "liver", "bone", "nodes", "breast", "other"] as const;
export type Organ = (typeof ORGANS)[number];

/** The picture ends at the knees: below them nothing is followed. */
export const VIEW = { width: 220, height: 330 };
const MIDDLE = 110;

/** Half of the outline, from the neck down to the crotch: curves as offsets from the middle line. */
const HALF: [string, ...number[]][] = [
  ["C", 8, 66, 10, 71, 22, 76],
  ["C", 36, 81, 48, 84, 53, 98],
  ["C", 58, 116, 61, 138, 66, 160],
  ["C", 71, 182, 76, 200, 79, 216],
  ["C", 83, 222, 86, 236, 83, 247],
  ["C", 80, 253, 74, 250, 72, 243],
  ["C", 69, 236, 68, 228, 68, 219],
  ["C", 63, 204, 57, 188, 53, 168],
  ["C", 49, 150, 46, 134, 42, 120],
  ["C", 41, 134, 37, 148, 34, 162],
  ["C", 32, 176, 38, 188, 42, 204],
  ["C", 47, 224, 46, 250, 42, 276],
  ["C", 40, 292, 36, 304, 34, 316],
  ["C", 36, 332, 35, 350, 30, 372],
  ["C", 27, 388, 25, 398, 25, 406],
  ["C", 27, 416, 34, 420, 33, 426],
  ["C", 28, 430, 16, 430, 13, 425],
  ["C", 12, 416, 13, 406, 12, 396],
  ["C", 9, 376, 8, 356, 9, 336],
  ["C", 9, 326, 9, 320, 8, 312],
  ["C", 6, 288, 3, 262, 2, 236],
];

function outline(): string {
  const start: [number, number] = [8, 55];
  const right = `M${MIDDLE + start[0]} ${start[1]}` + HALF.map(([kind, ...v]) => kind + v.map((n, k) => (k % 2 ? n : MIDDLE + n)).join(" ")).join("");
  // The other half backwards: each curve's points in reverse order, mirrored.
  const points: [number, number][] = [start];
  for (const [, ...v] of HALF) for (let k = 0; k < 6; k += 2) points.push([v[k] ?? 0, v[k + 1] ?? 0]);
  const back = [...points].reverse();
  let left = `L${MIDDLE - (back[0]?.[0] ?? 0)} ${back[0]?.[1] ?? 0}`;
  for (let k = 1; k < back.length; k += 3) {
    left += "C" + [0, 1, 2].map((i) => `${MIDDLE - (back[k + i]?.[0] ?? 0)} ${back[k + i]?.[1] ?? 0}`).join(" ");
  }
  return `${right}${left}`;
}

/** Where the lesions of an organ are drawn, in the order in which they are found. */
const PLACES: Record<Organ, [number, number][]> = {
  brain: [[104, 24], [117, 20], [110, 33], [100, 33], [120, 31], [111, 16], [103, 17], [118, 39]],
  lung: [[86, 112], [133, 106], [92, 96], [128, 122], [82, 128], [139, 118], [93, 124], [127, 97], [84, 101], [137, 131], [90, 136], [131, 136]],
  liver: [[92, 158], [104, 154], [85, 165], [97, 167], [113, 156], [90, 150], [106, 163], [82, 156], [119, 152], [98, 150]],
  bone: [[110, 176], [92, 214], [128, 212], [110, 148], [89, 262], [131, 268], [110, 94], [76, 96], [144, 96], [110, 202], [67, 128], [153, 128], [140, 206], [80, 206], [110, 120]],
  nodes: [[75, 112], [72, 104], [97, 82], [123, 82], [110, 106], [105, 114], [145, 112], [110, 186], [115, 98], [103, 194]],
  breast: [[90, 126], [131, 127], [84, 120], [97, 131], [137, 121]],
  other: [[110, 222], [124, 176], [98, 228], [121, 227], [127, 187], [92, 187], [134, 174], [104, 214]],
};

export function placeOf(organ: Organ, k: number): [number, number] {
  const places = PLACES[organ];
  const [x, y] = places[k % places.length] ?? [MIDDLE, 200];
  const ring = Math.floor(k / places.length);
  return ring === 0 ? [x, y] : [x + 5 * Math.cos(2.4 * k), y + 5 * Math.sin(2.4 * k)];
}

const bones = (): SVGElement[] => {
  const parts: SVGElement[] = [];
  for (let y = 72; y <= 196; y += 7) parts.push(s("rect", { x: 107, y, width: 6, height: 4.6, rx: 1.6 }));
  for (let k = 0; k < 6; k += 1) {
    const y = 90 + 9 * k;
    const out = 25 + 2.2 * k - 0.5 * k * k * 0.3;
    for (const side of [-1, 1])
      parts.push(s("path", { class: "line", d: `M${MIDDLE + side * 3} ${y - 3}C${MIDDLE + side * out * 0.6} ${y - 6} ${MIDDLE + side * out} ${y} ${MIDDLE + side * out} ${y + 8}` }));
  }
  for (const side of [-1, 1]) {
    const x = (offset: number): number => MIDDLE + side * offset;
    parts.push(
      s("path", { class: "line", d: `M${x(4)} 78C${x(18)} 74 ${x(30)} 80 ${x(42)} 86` }),
      s("path", { class: "thick", d: `M${x(46)} 94L${x(56)} 152` }),
      s("path", { class: "line", d: `M${x(58)} 160L${x(71)} 214` }),
      s("path", { d: `M${x(3)} 200C${x(14)} 190 ${x(30)} 192 ${x(36)} 202C${x(37)} 212 ${x(28)} 218 ${x(22)} 224C${x(14)} 226 ${x(8)} 222 ${x(3)} 214Z` }),
      s("path", { class: "thick", d: `M${x(30)} 220L${x(24)} 308` }),
      s("path", { class: "line", d: `M${x(22)} 322L${x(19)} 398` }),
    );
  }
  return parts;
};

/** The drawing without lesions; `words` names each organ for readers of its title. */
export function body(words: (organ: Organ) => string): SVGGElement {
  const part = (organ: Organ, ...children: SVGElement[]): SVGGElement =>
    s("g", { class: `organ ${organ}`, "data-organ": organ }, s("title", {}, words(organ)), ...children);
  return s(
    "g",
    { class: "anatomy" },
    s("path", { class: "skin", d: outline() }),
    s("path", { class: "skin", d: "M110 6C124 6 132 17 131 31C131 44 122 57 110 58C98 57 89 44 89 31C88 17 96 6 110 6Z" }),
    part("bone", ...bones()),
    part(
      "lung",
      s("path", { d: "M104 86C98 84 88 90 82 104C76 120 74 136 78 142C84 146 98 142 103 136C106 124 106 98 104 86Z" }),
      s("path", { d: "M116 86C122 84 132 90 138 104C144 120 146 136 142 142C136 146 126 143 120 138C116 130 114 98 116 86Z" }),
    ),
    part("liver", s("path", { d: "M77 150C84 144 104 145 118 147C126 148 128 152 122 157C112 164 104 172 92 174C80 174 74 166 77 150Z" })),
    part(
      "brain",
      s("path", { d: "M110 12C121 12 127 21 126 30C125 38 118 42 110 42C102 42 95 38 94 30C93 21 99 12 110 12Z" }),
      s("path", { class: "fold", d: "M110 12V42M100 18C104 21 102 26 97 27M120 18C116 21 118 26 123 27M103 38C105 34 102 31 99 33M117 38C115 34 118 31 121 33" }),
    ),
    part(
      "breast",
      s("path", { class: "line", d: "M78 116C76 130 84 138 94 137C101 136 105 130 105 124" }),
      s("path", { class: "line", d: "M142 116C144 130 136 138 126 137C119 136 115 130 115 124" }),
    ),
    part(
      "nodes",
      ...([[75, 112], [72, 104], [97, 82], [123, 82], [145, 112], [148, 104], [110, 106], [105, 114], [110, 186], [103, 194], [116, 194]] as const).map(
        ([cx, cy]) => s("ellipse", { cx, cy, rx: 2.3, ry: 1.7 }),
      ),
    ),
  );
}
