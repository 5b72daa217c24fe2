import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { run } from "./run.ts";

const folder = path.join(import.meta.dirname, "../..");
const repository = path.join(folder, "..");

/** An empty project with nothing but the package in it, as `npm pack` makes it. */
export interface InstalledPackage {
  /** The project's folder. */
  readonly project: string;
  /** The package in it. */
  readonly installed: string;
  /** The folder in which it was packed: a copy, for packing writes into it. */
  readonly packed: string;
  remove(): Promise<void>;
}

/** Packs the SDK, and installs it without a network. */
export async function installPackage(): Promise<InstalledPackage> {
  const directory = await mkdtemp(path.join(tmpdir(), "client-sdk-package-"));
  const packed = path.join(directory, "repository/client-sdk");
  const project = path.join(directory, "project");
  await copyRepository(packed);
  await mkdir(project);
  await writeFile(path.join(project, "package.json"), JSON.stringify({ name: "project", private: true, type: "module" }));
  await mustRun("npm", ["pack", "--offline", "--pack-destination", directory], packed);
  const tarball = (await readdir(directory)).find((name) => name.endsWith(".tgz")) ?? "";
  await mustRun("npm", ["install", "--offline", "--no-audit", "--no-fund", path.join(directory, tarball)], project);
  return { project, packed, installed: path.join(project, "node_modules/@jpki-bridge/client-sdk"), remove: () => rm(directory, { recursive: true }) };
}

/** What packing needs: the SDK, the compiler, and the compiler's settings. */
async function copyRepository(copy: string): Promise<void> {
  const isOurs = (file: string): boolean => !["node_modules", "dist"].includes(path.basename(file));
  await cp(folder, copy, { recursive: true, filter: isOurs });
  await cp(path.join(repository, "tsconfig.json"), path.join(copy, "../tsconfig.json"));
  await symlink(path.join(repository, "node_modules"), path.join(copy, "../node_modules"));
}

async function mustRun(command: string, parameters: readonly string[], directory: string): Promise<void> {
  const { code, output } = await run(command, parameters, { directory });
  if (code !== 0) throw new Error(`${command} ${parameters.join(" ")} ended with ${code}:\n${output}`);
}
