import { h } from "../dom";
export const sources = (): Node => h("p", {}, "sources");
