// The pack comes as scripts, `data/NAME.js`, each one call of `seedsoil_data`: so a page opened as a file, one from
// any web host and one from the live server read the same bytes in the same way.

import { loadScript } from "./strings";
import { SCHEMA, type Data } from "./types";

declare global {
  interface Window {
    seedsoil_data?: (name: string, value: unknown) => void;
  }
}

const arrived = new Map<string, unknown>();
const asked = new Map<string, Promise<unknown>>();

window.seedsoil_data = (name, value) => {
  arrived.set(name, value);
};

export class WrongSchema extends Error {}

/** The part `name` of the pack, loaded the first time that it is asked for. */
export function load<K extends keyof Data>(name: K): Promise<Data[K]> {
  let promise = asked.get(name) as Promise<Data[K]> | undefined;
  if (!promise) {
    promise = loadScript(`data/${name}.js`).then(() => {
      const value = arrived.get(name) as Data[K] | undefined;
      if (!value || value.schema !== SCHEMA) throw new WrongSchema(name);
      return value;
    });
    promise.catch(() => asked.delete(name));
    asked.set(name, promise);
  }
  return promise;
}

/** The part `name` if it has come already. */
export function here<K extends keyof Data>(name: K): Data[K] | undefined {
  const value = arrived.get(name) as Data[K] | undefined;
  return value?.schema === SCHEMA ? value : undefined;
}
