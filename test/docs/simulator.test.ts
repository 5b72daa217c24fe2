import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { orderSchema } from "../../src/sandbox/simulator/control-schema.ts";
import { faultList } from "../../src/sandbox/simulator/faults/catalogue.ts";
import { freePort } from "../../src/sandbox/sandbox-configuration.ts";
import { codeBlock, readDocument, root, tableUnder } from "./markdown.ts";
import { run } from "./run.ts";

const document = readDocument("docs/simulator.md");
const plain = (cell = ""): string => cell.replaceAll("`", "");

/** A folder in which `npx jpki-bridge` is this program, with all that is installed here. */
function projectFolder(): string {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-simulator-document-"));
  const installed = path.join(root, "node_modules");
  mkdirSync(path.join(directory, "node_modules", ".bin"), { recursive: true });
  for (const name of readdirSync(installed).filter((each) => !each.startsWith("."))) symlinkSync(path.join(installed, name), path.join(directory, "node_modules", name));
  symlinkSync(path.join(root, "src/cli/jpki-bridge.js"), path.join(directory, "node_modules", ".bin", "jpki-bridge"));
  writeFileSync(path.join(directory, "package.json"), "{}");
  return directory;
}

const answers = (port: number): Promise<boolean> => fetch(`http://localhost:${port}/`).then(() => true, () => false);

test("the example for CI runs as it stands: a sign-in, a fault that is noticed, and nothing is left running", async () => {
  const directory = projectFolder();
  const [provider, control] = [await freePort(), await freePort()];
  const onFreePorts = (text: string): string => text.replaceAll("localhost:3000", `localhost:${provider}`).replaceAll("localhost:3001", `localhost:${control}`);
  try {
    writeFileSync(path.join(directory, "sign-in.mjs"), onFreePorts(codeBlock(document, "simulator-client")));
    const script = onFreePorts(codeBlock(document, "simulator-ci")).replace("npx jpki-bridge simulate", `$& --port ${provider} --control-port ${control}`);
    const { code, output } = await run("sh", ["-ec", script], { cwd: directory });
    expect(output).toContain("urn:jpki-bridge:ial3-aal2\n");
    expect(output).toContain('"nonce"');
    expect(code).toBe(0);
    const records = JSON.parse(readFileSync(path.join(directory, "sign-ins.json"), "utf8")) as unknown;
    expect(records).toMatchObject([{ fault: null, outcome: "code" }, { fault: "nonce_wrong", outcome: "code", fault_shown: true }]);
    // The script has printed its last: a process that it left would hold its stderr open, and run() would go on.
    expect(await Promise.all([provider, control].map(answers))).toEqual([false, false]);
    const { data } = JSON.parse(readFileSync(path.join(directory, "simulator.json"), "utf8")) as { data: string };
    expect(existsSync(data)).toBe(false);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("every fault stands in the tables, in the simulator's words", () => {
  const everywhere = document.match(/^At each of (?<endpoints>.*) besides/mu)?.groups?.["endpoints"] ?? "";
  const endpoints = [...everywhere.matchAll(/`(?<name>\w+)`/gu)].map(({ groups }) => groups?.["name"] ?? "");
  const rows = tableUnder(document, "## Faults");
  const single = rows.filter((row) => row.length === 4).map(([name, at, description, expected]) => ({ name: plain(name), at: plain(at), description, expected }));
  const general = rows.filter(([name]) => name?.startsWith("`*_")).flatMap(([name]) => endpoints.map((endpoint) => plain(name).replace("*", endpoint)));
  expect(single).toEqual(faultList.filter(({ name }) => !general.includes(name)));
  expect(faultList.map(({ name }) => name).toSorted()).toEqual([...single.map(({ name }) => name), ...general].toSorted());
  expect(document).toContain(`${faultList.length} faults`);
});

test("every member of an order stands in its table, with what is usual", () => {
  const usual = Object.entries(orderSchema.parse({})).map(([member, value]) => [member, String(value)]);
  expect(tableUnder(document, "## Orders").map(([member, value]) => [plain(member), plain(value)])).toEqual(usual);
});
