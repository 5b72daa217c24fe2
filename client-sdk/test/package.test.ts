import { readFileSync } from "node:fs";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EnrolmentServer } from "./support/enrolment-server.ts";
import { imageOf, newKeyPair } from "./support/fixtures.ts";
import { installPackage, type InstalledPackage } from "./support/installed-package.ts";
import { run } from "./support/run.ts";

interface Manifest {
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly dependencies?: unknown;
  readonly scripts?: unknown;
}

const folder = path.join(import.meta.dirname, "..");
const subPaths = Object.keys((JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as Manifest).exports);
const compiler = path.join(folder, "../node_modules/typescript/bin/tsc");

let sdk: InstalledPackage;
beforeAll(async () => {
  sdk = await installPackage();
  // What /rp needs beside it: found by the project, yet none of its packages.
  await mkdir(path.join(sdk.project, "../node_modules"));
  await symlink(path.join(folder, "../node_modules/jose"), path.join(sdk.project, "../node_modules/jose"));
});
afterAll(() => sdk.remove());

async function manifest(): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(sdk.installed, "package.json"), "utf8")) as Manifest;
}

describe("the package in an empty project", () => {
  test("leads to what was built, and to nothing else", async () => {
    const { exports, bin, dependencies, scripts } = await manifest();
    expect(Object.keys(exports)).toEqual(subPaths);
    const files = [...Object.values(exports).flatMap(({ types, default: script }) => [types, script]), ...Object.values(bin)];
    expect(files.filter((file) => !/^\.\/dist\/.*(?:\.d\.ts|\.js)$/u.test(file))).toEqual([]);
    expect({ dependencies, scripts }).toEqual({});
  });

  test("brings its licence, its documents and examples, and neither sources nor tests", async () => {
    expect((await readdir(sdk.installed)).sort()).toEqual(["LICENSE", "README.md", "dist", "docs", "examples", "package.json"]);
  });

  test("brings no other package with it", async () => {
    const { output } = await run("npm", ["ls", "--all", "--parseable"], { directory: sdk.project });
    expect(output.trim().split("\n").filter((line) => line.includes("node_modules"))).toEqual([sdk.installed]);
  });

  test.for(subPaths)("%s is imported by plain JavaScript", async (subPath) => {
    const specifier = path.posix.join("@jpki-bridge/client-sdk", subPath);
    const { code, output } = await run(process.execPath, ["--input-type=module", "-e", `console.log(Object.keys(await import("${specifier}")).length > 0)`], { directory: sdk.project });
    expect({ code, output }).toEqual({ code: 0, output: "true\n" });
  });

  test("has the card simulator as a command", async () => {
    const { code, output } = await run("npx", ["--offline", "jpki-card-simulator", "--help"], { directory: sdk.project });
    expect(output).toContain("--vpcd");
    expect(code).toBe(0);
  });
});

describe("types, as a project sees them", () => {
  const rows: [resolution: string, module: string][] = [
    ["node16", "node16"],
    ["bundler", "esnext"],
  ];

  test.for(rows)("with moduleResolution %s", async ([moduleResolution, module]) => {
    const imports = subPaths.map((subPath, index) => `import * as layer${index} from "${path.posix.join("@jpki-bridge/client-sdk", subPath)}";`);
    const use = `
      import { JpkiApplet, type Transport } from "@jpki-bridge/client-sdk";
      import { PcscTransport } from "@jpki-bridge/client-sdk/transports/pcsc";
      const transport: Transport = new PcscTransport({ wait: true });
      export const tries: Promise<number> = JpkiApplet.select(transport).then((applet) => applet.triesLeft("authentication"));
      export const refused: "encryption" extends Parameters<JpkiApplet["triesLeft"]>[0] ? never : "encryption" = "encryption";
      export const layers = [${imports.map((_, index) => `layer${index}`).join(", ")}];`;
    await writeFile(path.join(sdk.project, "consumer.ts"), [...imports, use].join("\n"));
    const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--module", module, "--moduleResolution", moduleResolution, "--types", ""];
    const { code, output } = await run(process.execPath, [compiler, "--ignoreConfig", ...options, "consumer.ts"], { directory: sdk.project });
    expect({ code, output }).toEqual({ code: 0, output: "" });
  });
});

describe("programs in the documents agree with the types", () => {
  test.for(["README.md", "docs/approval.md", "docs/message-bridge.md"])("%s", async (document) => {
    const text = await readFile(path.join(sdk.installed, document), "utf8");
    const programs = [...text.matchAll(/```ts\n(?<program>[^]*?)```/gu)].map(({ groups }) => groups?.["program"] ?? "");
    const files = programs.map((_, index) => `document-${path.basename(document, ".md")}-${index}.ts`);
    expect(files).not.toEqual([]);
    await Promise.all(programs.map((program, index) => writeFile(path.join(sdk.project, files[index] ?? ""), program)));
    const nodeTypes = ["--types", "node", "--typeRoots", path.join(folder, "../node_modules/@types")];
    const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2024", "--lib", "es2024,dom,dom.iterable", "--module", "nodenext", ...nodeTypes];
    expect(await run(process.execPath, [compiler, "--ignoreConfig", ...options, ...files], { directory: sdk.project })).toEqual({ code: 0, output: "" });
  });
});

test("the README's example runs in it as plain JavaScript", async () => {
  const pair = await newKeyPair();
  const server = await EnrolmentServer.start({ publicKey: pair.publicKey, device: "other" });
  const readme = await readFile(path.join(sdk.installed, "README.md"), "utf8");
  await writeFile(path.join(sdk.project, "secure-element.json"), JSON.stringify(imageOf(pair.privateJwk)));
  await writeFile(path.join(sdk.project, "enrol.js"), /```ts\n(?<program>[^]*?)```/u.exec(readme)?.groups?.["program"] ?? "");
  const environment = { LINK: server.link, ISSUER: server.issuer, IMAGE: "secure-element.json", NUMBER: "42", PIN: "1234" };
  const output = `カフェ (shop.example) asks you to enrol\nMake your passkey at ${server.issuer}/continue#secret\n`;
  try {
    expect(await run(process.execPath, ["enrol.js"], { directory: sdk.project, environment })).toEqual({ code: 0, output });
  } finally {
    server.close();
  }
});

describe("packing", () => {
  test("leaves package.json as it was", async () => {
    expect(await readFile(path.join(sdk.packed, "package.json"), "utf8")).toBe(await readFile(path.join(folder, "package.json"), "utf8"));
  });

  test("after one that was interrupted begins with the repository's own again", async () => {
    const before = await readFile(path.join(sdk.packed, "package.json"), "utf8");
    const interrupted = await run("npm", ["run", "prepack"], { directory: sdk.packed });
    expect(interrupted.code).toBe(0);
    const published = await readFile(path.join(sdk.packed, "package.json"), "utf8");
    expect(JSON.parse(published)).toEqual(await manifest());
    const again = await run(process.execPath, ["build-package.ts"], { directory: sdk.packed });
    expect(again).toEqual({ code: 0, output: "" });
    expect(await readFile(path.join(sdk.packed, "package.json"), "utf8")).toBe(published);
    await run(process.execPath, ["build-package.ts", "restore"], { directory: sdk.packed });
    expect(await readFile(path.join(sdk.packed, "package.json"), "utf8")).toBe(before);
  });
});
