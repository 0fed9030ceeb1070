// Builds what ships: src/ and css/ bundled, strings/ as scripts, index.html as it is, and a record of the
// sources' hashes. `--verify` builds in memory and fails where what is committed differs.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "src", "seedsoil", "explorer", "static");
const common = { bundle: true, minify: true, write: false, charset: "utf8", legalComments: "none", target: "es2022" };

function files(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const made = new Map();

const app = await build({ ...common, entryPoints: [join(here, "src/main.ts")], format: "iife" });
made.set("app.js", Buffer.from(app.outputFiles[0].contents));
const css = await build({ ...common, entryPoints: [join(here, "css/app.css")] });
made.set("app.css", Buffer.from(css.outputFiles[0].contents));
made.set("index.html", readFileSync(join(here, "index.html")));
for (const file of files(join(here, "strings")).filter((name) => name.endsWith(".json"))) {
  const language = /([a-z]+)\.json$/.exec(file)[1];
  const words = JSON.stringify(JSON.parse(readFileSync(file, "utf8")));
  const script = `(window.seedsoilStrings??={}).${language}=${words.replaceAll("</", "<\\/")};\n`;
  made.set(`strings.${language}.js`, Buffer.from(script));
}
const sources = ["build.mjs", "index.html", "package-lock.json", "tsconfig.json"].map((name) => join(here, name));
for (const folder of ["src", "css", "strings"]) sources.push(...files(join(here, folder)));
const record = {
  sources: Object.fromEntries(
    sources.map((file) => [relative(here, file).split(sep).join("/"), sha256(readFileSync(file))]).sort(([a], [b]) => (a < b ? -1 : 1)),
  ),
  built: Object.fromEntries([...made].map(([name, bytes]) => [name, sha256(bytes)])),
};
made.set("built.json", Buffer.from(JSON.stringify(record, null, 1) + "\n"));

if (process.argv.includes("--verify")) {
  const wrong = [...made].filter(([name, bytes]) => {
    const path = join(target, name);
    return !existsSync(path) || !readFileSync(path).equals(bytes);
  });
  const strangers = files(target).map((file) => relative(target, file)).filter((name) => !made.has(name));
  for (const [name] of wrong) console.error(`${name}: what is committed is not what the sources build; run npm run build`);
  for (const name of strangers) console.error(`${name}: nothing in web/ builds this file`);
  if (wrong.length || strangers.length) process.exit(1);
  console.log(`${made.size} files are as built from the sources`);
} else {
  mkdirSync(target, { recursive: true });
  for (const file of files(target)) if (!made.has(relative(target, file))) rmSync(file);
  for (const [name, bytes] of made) writeFileSync(join(target, name), bytes);
  for (const [name, bytes] of made) console.log(`${name.padEnd(16)} ${(bytes.length / 1000).toFixed(1)} kB`);
}
