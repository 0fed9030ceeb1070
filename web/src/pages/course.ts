import { h } from "../dom";
export const course = (): Node => h("p", {}, "course");
