import { h } from "../dom";
export const about = (): Node => h("p", {}, "about");
export const glossary = (): Node => h("p", {}, "glossary");
