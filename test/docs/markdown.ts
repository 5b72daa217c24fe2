import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The project's documents, as the tests read them. */
export const root = path.join(import.meta.dirname, "../..");

export const readDocument = (file: string): string => readFileSync(path.join(root, file), "utf8");

/** Every Markdown document of the project. */
export function documents(): string[] {
  const within = (directory: string): string[] => readdirSync(path.join(root, directory)).filter((name) => name.endsWith(".md")).map((name) => path.posix.join(directory, name));
  return [".", "docs", "client-sdk"].flatMap(within);
}

/** The fenced block of a document with this label after its language: ```js relying-party. */
export function codeBlock(document: string, label: string): string {
  const found = new RegExp(`^\`\`\`[a-z]+ ${label}\\n(?<code>[^]*?)^\`\`\`$`, "mu").exec(document)?.groups?.["code"];
  if (found === undefined) throw new Error(`no block labelled ${label}`);
  return found;
}

/** The document without its code, where nothing is a link. */
export const withoutCode = (document: string): string => document.replace(/^```[^]*?^```$/gmu, "").replace(/`[^`\n]*`/gu, "");

/** The cells of the table rows under a heading, without the table's own heading. */
export function tableUnder(document: string, heading: string): string[][] {
  const section = document.split(/^(?=#+ )/mu).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`no section ${heading}`);
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) => row.slice(1, -1).split(/(?<!\\)\|/u).map((cell) => cell.trim()));
}
