import { h } from "../dom";
export const compare = (): Node => h("p", {}, "compare");
