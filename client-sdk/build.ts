/**
 * `npm run build`: what is published, JavaScript and declarations, into `dist`. The repository itself runs
 * the sources, and needs no build.
 */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = import.meta.dirname;
const compiler = path.join(path.dirname(fileURLToPath(import.meta.resolve("typescript/package.json"))), "bin/tsc");

/** Compiles the sources into a folder, which is emptied first. */
export function build(out: string = path.join(folder, "dist")): void {
  rmSync(out, { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [compiler, "--project", path.join(folder, "tsconfig.build.json"), "--outDir", out], { stdio: "inherit" });
  if (status !== 0) throw new Error("the sources do not compile");
  for (const file of globSync("**/*.d.ts", { cwd: out })) {
    const declarations = path.join(out, file);
    writeFileSync(declarations, withBuiltSpecifiers(readFileSync(declarations, "utf8")));
  }
}

/** The compiler makes `.js` of `.ts` in imports of JavaScript only. */
function withBuiltSpecifiers(declarations: string): string {
  return declarations.replace(/(?<before>(?:from |import\()"\.[^"]*)\.ts"/gu, '$<before>.js"');
}

if (import.meta.main) build();
