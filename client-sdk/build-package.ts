/**
 * `package.json` while `npm pack` is at work. In the repository it leads to the sources, which Node runs as
 * they are; in a package it must lead to what was built, for Node runs no TypeScript below node_modules. npm
 * calls this before (`prepack`) and after (`postpack`). What is published is the packed file: `npm publish`
 * of the folder would tell the registry what `package.json` says once it is restored.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "./build.ts";

const manifest = path.join(import.meta.dirname, "package.json");
/** The repository's own, meanwhile. */
const kept = path.join(import.meta.dirname, "package.json.kept");

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly scripts?: unknown;
}

/** The manifest of the package: the same, with what was built in place of the sources. */
export function publishedManifest(source: Manifest): object {
  const entries = Object.entries(source.exports).map(([name, file]) => [name, { types: builtFile(file, ".d.ts"), default: builtFile(file, ".js") }]);
  const commands = Object.entries(source.bin).map(([name, file]) => [name, builtFile(file, ".js")]);
  return { ...source, exports: Object.fromEntries(entries), bin: Object.fromEntries(commands), scripts: undefined };
}

function builtFile(source: string, extension: ".js" | ".d.ts"): string {
  return source.replace(/^\.\/src\//u, "./dist/").replace(/\.ts$/u, extension);
}

function restore(): void {
  if (existsSync(kept)) renameSync(kept, manifest);
}

function replace(): void {
  // An earlier one that was interrupted left the repository's own behind.
  restore();
  build();
  const source = readFileSync(manifest, "utf8");
  writeFileSync(kept, source);
  writeFileSync(manifest, `${JSON.stringify(publishedManifest(JSON.parse(source) as Manifest), null, 2)}\n`);
}

if (import.meta.main) {
  if (process.argv[2] === "restore") restore();
  else replace();
}
