/** Reads declaration files as the compiler writes them: one statement after another, each beginning at the margin. */
import { readFileSync } from "node:fs";
import path from "node:path";

/** Something that a file declares, exported or not. */
export interface Declaration {
  readonly name: string;
  /** Text of its doc comment, `""` if there is none. */
  readonly comment: string;
  /** The declaration itself, without `export` and `declare`. */
  readonly code: string;
}

const beginning = /^(?:export )?(?:declare )?(?<kind>abstract class|class|interface|type|const|function) (?<name>\w+)/u;

/** All declarations of a file, by name. */
export function declarationsOf(file: string): ReadonlyMap<string, Declaration> {
  const declarations = new Map<string, Declaration>();
  for (const { comment, code } of statementsOf(readFileSync(file, "utf8"))) {
    const name = beginning.exec(code)?.groups?.["name"];
    if (name !== undefined) declarations.set(name, { name, comment, code: code.replace(/^(?:export )?(?:declare )?/u, "") });
  }
  return declarations;
}

/** Something that a module exports. */
export interface Exported {
  /** The file that declares it. */
  readonly file: string;
  /** Exported as a type: a class of which others make no instances. */
  readonly isType: boolean;
}

/** What a module exports, by name, in order. */
export function exportsOf(file: string): ReadonlyMap<string, Exported> {
  const exported = new Map<string, Exported>();
  for (const { code } of statementsOf(readFileSync(file, "utf8"))) {
    const { type, names, from } = /^export (?<type>type )?\{(?<names>[^}]*)\}(?: from "(?<from>[^"]+)")?/u.exec(code)?.groups ?? {};
    const all = /^export \* from "(?<from>[^"]+)"/u.exec(code)?.groups?.["from"];
    if (all !== undefined) for (const [name, where] of exportsOf(fileOf(file, all))) exported.set(name, where);
    for (const name of namesIn(names)) {
      const declared = from === undefined ? file : declaringFile(fileOf(file, from), name);
      exported.set(name, { file: declared, isType: type !== undefined });
    }
    const own = code.startsWith("export ") ? beginning.exec(code)?.groups?.["name"] : undefined;
    if (own !== undefined) exported.set(own, { file, isType: false });
  }
  return exported;
}

/** Follows a name through files that pass it on. */
function declaringFile(file: string, name: string): string {
  return declarationsOf(file).has(name) ? file : (exportsOf(file).get(name)?.file ?? file);
}

function fileOf(importer: string, specifier: string): string {
  return path.resolve(path.dirname(importer), specifier.replace(/\.js$/u, ".d.ts"));
}

function namesIn(list: string | undefined): string[] {
  return (list ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
}

interface Statement {
  readonly comment: string;
  readonly code: string;
}

/** A statement goes on while its lines are indented, or close a bracket, or continue a union. */
function statementsOf(text: string): Statement[] {
  const statements: Statement[] = [];
  let comment = "";
  let code = "";
  for (const part of text.match(/^\/\*\*[^]*?\*\/\n|^.*\n/gmu) ?? []) {
    const isOpen = code !== "" && !isWhole(code);
    if (isOpen) code += part;
    else if (part.startsWith("/**")) comment = part;
    else code = part;
    if (code === "" || !isWhole(code)) continue;
    statements.push({ comment: textOf(comment), code: code.trimEnd() });
    comment = "";
    code = "";
  }
  return statements;
}

/** Statements end with a semicolon, or with the bracket that closes the one that was opened. */
function isWhole(code: string): boolean {
  const bare = code.replace(/\/\*[^]*?\*\//gu, "").trimEnd();
  const depth = [...bare.replace(/=>/gu, "")].reduce((sum, character) => sum + ("{(<[".includes(character) ? 1 : "})>]".includes(character) ? -1 : 0), 0);
  return depth === 0 && (bare.endsWith(";") || bare.endsWith("}") || bare === "");
}

/** The text of a doc comment, for Markdown. */
export function textOf(comment: string): string {
  return comment
    .replace(/^\s*\/\*\*\s?|\s*\*\/\s*$/gu, "")
    .replace(/^[ \t]*\* ?/gmu, "")
    .replace(/\{@link (?<name>[^}]+)\}/gu, "`$<name>`")
    .replace(/^@(?<tag>\w+) /gmu, "- *$<tag>* ")
    .trim();
}
