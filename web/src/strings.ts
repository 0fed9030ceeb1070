// Every visible word comes from a file of strings, one a language. A key that a language lacks falls back to
// English; one that English lacks shows as the key itself, which a test finds.

type Words = Record<string, Record<string, string>>;
export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

declare global {
  interface Window {
    seedsoilStrings?: Partial<Record<Language, Words>>;
  }
}

let language: Language = "en";
export const missing = new Set<string>();

export function currentLanguage(): Language {
  return language;
}

export function isLanguage(name: string | undefined): name is Language {
  return LANGUAGES.some((known) => known === name);
}

/** Chooses the language; its file is loaded once, by a script tag, since pages opened as files may not fetch. */
export async function useLanguage(wanted: Language): Promise<void> {
  const needed = [...new Set<Language>(["en", wanted])].filter((name) => !window.seedsoilStrings?.[name]);
  await Promise.all(needed.map((name) => loadScript(`strings.${name}.js`)));
  language = wanted;
  document.documentElement.lang = wanted;
}

export function loadScript(source: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(source));
    document.head.append(script);
  });
}

function find(key: string): string | undefined {
  const [group = "", ...rest] = key.split(".");
  for (const name of [language, "en"] as const) {
    const words = window.seedsoilStrings?.[name]?.[group]?.[rest.join(".")];
    if (words !== undefined) return words;
  }
  return undefined;
}

export function has(key: string): boolean {
  return find(key) !== undefined;
}

/** The words of `key` with `{name}` filled in; for `n` = 1 those of `key_one` where there are such. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  const words = (values["n"] === 1 || values["n"] === "1" ? find(`${key}_one`) : undefined) ?? find(key);
  if (words === undefined) {
    missing.add(key);
    return key;
  }
  return words.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    if (value === undefined) return hole;
    return typeof value === "number" ? number(value) : value;
  });
}

/** The words of `key`, or `otherwise` where no language has them: for names that come from data. */
export function named(key: string, otherwise: string): string {
  return find(key) ?? otherwise;
}

export function number(value: number, digits = Number.isInteger(value) ? 0 : 1): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
}

export function money(value: number, currency: string): string {
  return new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 0 }).format(value);
}
