// The state of the page is its address: `#/answer?subtype=tnbc&theme=dark`. Nothing is kept anywhere else.

export interface Place {
  page: string;
  query: ReadonlyMap<string, string>;
}

/** The longest address that is read; longer ones were not made here. */
const LONGEST = 4000;

export function read(hash: string): Place {
  const [path = "", search = ""] = hash.slice(0, LONGEST).replace(/^#\/?/, "").split("?", 2);
  const query = new Map<string, string>();
  for (const [key, value] of new URLSearchParams(search)) query.set(key, value);
  return { page: path.replace(/\/+$/, ""), query };
}

export function write(place: Place): string {
  const search = new URLSearchParams([...place.query].sort(([a], [b]) => (a < b ? -1 : 1))).toString();
  return `#/${place.page}${search ? `?${search}` : ""}`;
}

/** The place with these values in its query; null takes one out. */
export function changed(place: Place, values: Record<string, string | null>): Place {
  const query = new Map(place.query);
  for (const [key, value] of Object.entries(values)) {
    if (value === null) query.delete(key);
    else query.set(key, value);
  }
  return { page: place.page, query };
}

/** What follows the reader from page to page: who is asked about, language and theme. */
export const CARRIED = ["subtype", "age", "presentation", "strategy", "era", "lang", "theme"];

export function onPage(place: Place, page: string, values: Record<string, string> = {}): Place {
  const query = new Map([...place.query].filter(([key]) => CARRIED.includes(key)));
  for (const [key, value] of Object.entries(values)) query.set(key, value);
  return { page, query };
}
