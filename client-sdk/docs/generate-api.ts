/** `npm run docs`: docs/api.md, from the declarations that are published and their comments. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "../build.ts";
import { declarationsOf, exportsOf, textOf, type Declaration, type Exported } from "./declarations.ts";

const folder = path.join(import.meta.dirname, "..");
const { exports } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as { exports: Readonly<Record<string, string>> };

/** A sub-path of the package, and what is imported from it. */
export interface EntryPoint {
  /** As it is imported. */
  readonly specifier: string;
  /** The comment at the top of its module. */
  readonly comment: string;
  readonly symbols: readonly Symbol[];
}

export interface Symbol extends Declaration {
  /** What it extends and is not exported itself, such as a common base class. */
  readonly bases: readonly Declaration[];
  readonly isType: boolean;
}

/** The sub-paths in the order of the manifest, from declarations built for this. */
export function readEntryPoints(): EntryPoint[] {
  const built = mkdtempSync(path.join(tmpdir(), "client-sdk-api-"));
  try {
    build(built);
    return Object.entries(exports).map(([subPath, source]) => entryPointOf(path.posix.join("@jpki-bridge/client-sdk", subPath), path.join(built, source.replace(/^\.\/src\//u, "").replace(/\.ts$/u, ".d.ts"))));
  } finally {
    rmSync(built, { recursive: true });
  }
}

function entryPointOf(specifier: string, file: string): EntryPoint {
  const exported = exportsOf(file);
  const symbols = [...exported].map(([name, where]) => symbolOf(name, where, exported));
  return { specifier, comment: textOf(/^\/\*\*[^]*?\*\//u.exec(readFileSync(file, "utf8"))?.[0] ?? ""), symbols };
}

function symbolOf(name: string, { file, isType }: Exported, exported: ReadonlyMap<string, Exported>): Symbol {
  const declarations = declarationsOf(file);
  const declaration = declarations.get(name);
  if (declaration === undefined) throw new Error(`${path.basename(file)} does not declare ${name}`);
  const bases = [...declaration.code.matchAll(/\bextends (?<base>\w+)/gu)].map(({ groups }) => groups?.["base"] ?? "");
  return { ...declaration, isType, bases: bases.filter((base) => !exported.has(base)).flatMap((base) => declarations.get(base) ?? []) };
}

/** The page, in Markdown. What several sub-paths export is described at the first layer that has it. */
export function apiPage(entryPoints: readonly EntryPoint[]): string {
  const [whole, ...layers] = entryPoints;
  if (whole === undefined) throw new Error("there is no entry point");
  const described = new Map<string, string>();
  const sections = layers.map((entryPoint) => sectionOf(entryPoint, described));
  return [introduction, wholeSection(whole, described), ...sections].join("\n");
}

const introduction = `# API

Made from the declarations by \`npm run docs -w client-sdk\`; do not edit.

Times are seconds since the epoch, unless a name or comment says milliseconds; bytes are \`Uint8Array\`.
`;

function wholeSection({ specifier, comment, symbols }: EntryPoint, described: ReadonlyMap<string, string>): string {
  const layers = Map.groupBy(symbols, ({ name }) => described.get(name));
  const rows = [...layers].map(([layer, members]) => `| \`${layer}\` | ${members.map(({ name }) => linkTo(name)).join(", ")} |`);
  return [`## ${specifier}\n`, `${comment}\n`, "| layer | exports |", "|---|---|", ...rows, ""].join("\n");
}

function linkTo(name: string): string {
  return `[\`${name}\`](#${name.toLowerCase()})`;
}

function sectionOf({ specifier, comment, symbols }: EntryPoint, described: Map<string, string>): string {
  const isNew = ({ name }: Symbol): boolean => !described.has(name);
  const own = symbols.filter(isNew);
  const others = symbols.filter((symbol) => !isNew(symbol)).map(({ name }) => linkTo(name));
  for (const { name } of own) described.set(name, specifier);
  const also = others.length > 0 ? [`Besides ${others.join(", ")}.\n`] : [];
  return [`## ${specifier}\n`, `${comment}\n`, ...also, ...own.map(symbolSection)].join("\n");
}

function symbolSection({ name, comment, code, bases, isType }: Symbol): string {
  const shown = [code, ...bases.map((base) => base.code)].map((each) => publicPart(each, isType));
  return [`### ${name}\n`, `${comment}\n`, "```ts", shown.join("\n\n"), "```\n"].join("\n");
}

/** Without what nobody outside can use. */
function publicPart(code: string, isType: boolean): string {
  const shown = code.replace(/(?:^ {4}\/\*\*(?:(?!\*\/)[^])*\*\/\n)?^ {4}(?:#private|private constructor\(\)|protected [^\n]*);\n/gmu, "");
  return isType ? shown.replace(/^ {4}constructor\([^\n]*\);\n/gmu, "") : shown;
}

if (import.meta.main) writeFileSync(path.join(import.meta.dirname, "api.md"), apiPage(readEntryPoints()));
