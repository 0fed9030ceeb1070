import { h } from "../dom";
export const spread = (): Node => h("p", {}, "spread");
