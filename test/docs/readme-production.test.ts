import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { checkConfiguration, type ConfigurationFile } from "../../src/config.ts";
import { jpkiAuthority } from "../certificates/jpki.ts";
import { codeBlock, readDocument, root } from "./markdown.ts";
import { run } from "./run.ts";

const readme = readDocument("README.md");
const example = codeBlock(readme, "production");
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-production-"));
  writeFileSync(path.join(directory, "bridge.yaml"), example);
  mkdirSync(path.join(directory, "trust"));
  const { trust } = parse(example) as ConfigurationFile;
  for (const [index, file] of trust.user_authentication.entries()) writeFileSync(path.join(directory, file), jpkiAuthority("authentication", index + 1).certificate);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const serve = (...parameters: string[]) => run(process.execPath, [path.join(root, "src/cli/jpki-bridge.js"), "serve", "--config", "bridge.yaml", ...parameters], { cwd: directory });

describe("the README's production configuration", () => {
  test("is refused while its keys are missing, and says so", async () => {
    const { code, output } = await serve("--check");
    expect(output).toContain("keys/sealing-2026-1.key: cannot be read");
    expect(output).toContain("keys/digest.key: cannot be read");
    expect(code).toBe(3);
  });

  test("is complete once the README's commands made them", async () => {
    const made = await run("sh", ["-ec", codeBlock(readme, "keys")], { cwd: directory });
    expect(made).toEqual({ code: 0, output: "" });
    expect(await serve("--check")).toEqual({ code: 0, output: "the configuration is complete\n" });
    const configuration = checkConfiguration(parse(example), directory, "production");
    expect(configuration.anchors.userAuthentication).toHaveLength(2);
    expect(configuration.sealing.keys.map(({ id }) => id)).toEqual(["2026-1"]);
  });
});
