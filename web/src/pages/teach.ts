import { h } from "../dom";
export const teach = (): Node => h("p", {}, "teach");
