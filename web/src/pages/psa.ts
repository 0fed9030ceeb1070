import { h } from "../dom";
export const psa = (): Node => h("p", {}, "psa");
