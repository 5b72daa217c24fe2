import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";

const ownPackages = "@jpki-bridge";

/**
 * An earlier version as it was released, in an empty directory, with the packages that are installed for this one.
 * @returns its `src`.
 * @throws where its tag is not there, as in a shallow clone, or it needs other packages than are installed.
 */
export async function unpackVersion(tag: string, directory: string): Promise<string> {
  const archive = git("archive", "--format=tar", tag);
  execFileSync("tar", ["-x", "-C", directory], { input: archive });
  const installed = path.resolve("node_modules");
  const modules = path.join(directory, "node_modules");
  mkdirSync(path.join(modules, ownPackages), { recursive: true });
  for (const name of readdirSync(installed)) if (name !== ownPackages) symlinkSync(path.join(installed, name), path.join(modules, name));
  symlinkSync(path.join(directory, "client-sdk"), path.join(modules, ownPackages, "client-sdk"));
  const { dependencies } = JSON.parse(readFileSync(path.join(directory, "package.json"), "utf8")) as { dependencies: Readonly<Record<string, string>> };
  for (const [name, version] of Object.entries(dependencies)) if (versionOf(name, installed) !== version) throw new Error(`${tag} needs ${name} ${version}, which is not installed`);
  execFileSync(process.execPath, ["prisma/generate.ts"], { cwd: directory, stdio: "pipe" });
  return path.join(directory, "src");
}

function git(...parameters: string[]): Buffer {
  try {
    return execFileSync("git", parameters, { maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "pipe"] });
  } catch (cause) {
    throw new Error(`git ${parameters.join(" ")} fails here: the tag is missing, or git is`, { cause });
  }
}

function versionOf(name: string, installed: string): string | null {
  try {
    return (JSON.parse(readFileSync(path.join(installed, name, "package.json"), "utf8")) as { version: string }).version;
  } catch {
    return null;
  }
}
