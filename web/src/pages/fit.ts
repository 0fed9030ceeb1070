import { h } from "../dom";
export const fit = (): Node => h("p", {}, "fit");
