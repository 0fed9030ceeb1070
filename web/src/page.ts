import type { Place } from "./state";

/** What a page is given: where the reader is, and how to go elsewhere. */
export interface Context {
  place: Place;
  /** Puts these values into the address and draws the page again; null takes one out. */
  change(values: Record<string, string | null>): void;
  /** Puts these values into the address without drawing: for what moves on the page itself. */
  note(values: Record<string, string | null>): void;
  /** The address of another page, with who is asked about carried along. */
  link(page: string, values?: Record<string, string>): string;
  /** Whether another page of these was on the screen before. */
  cameFrom(): boolean;
  /** True while this drawing is the one on the screen. */
  alive(): boolean;
  /** Called when the page is left or drawn again. */
  leaving(stop: () => void): void;
}

export type Page = (context: Context) => Node | Promise<Node>;
