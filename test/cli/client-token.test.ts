import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { sandboxConfigurationFile } from "../../src/config.ts";
import { cleanEnvironment, type Desk, desk, issuer, program } from "./run-cli.ts";

function open(): Desk {
  const opened = desk();
  const file = path.join(opened.directory, sandboxConfigurationFile);
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), registration: {} }));
  return opened;
}

describe("initial access tokens", () => {
  test("issued, listed without the token, revoked", async () => {
    const { run, json } = open();
    const issued = await json<{ id: string; initial_access_token: string; registration_endpoint: string; uses: number }>("client", "token", "--uses", "3", "--host", "rp.example", "--profile", "fapi2", "--minimum-ial", "3");
    expect(issued).toMatchObject({ registration_endpoint: `${issuer}/register`, uses: 3 });
    const listed = await run("client", "tokens");
    expect([listed.stdout.includes(issued.id), listed.stdout.includes(issued.initial_access_token)]).toEqual([true, false]);
    expect(await json("client", "tokens")).toMatchObject([{ id: issued.id, uses_left: 3, policy: { hosts: ["rp.example"], profile: "fapi2", minimumIal: 3 } }]);
    expect((await run("client", "revoke-token", issued.id)).stdout).toBe(`${issued.id} was revoked\n`);
    expect(await json("client", "tokens")).toEqual([]);
  });

  const refused: [string, () => Desk, string[], number, RegExp][] = [
    ["where relying parties cannot register themselves", desk, ["client", "token"], 3, /^operation_not_possible: .*set registration in the configuration first/],
    ["for no use", open, ["client", "token", "--uses", "0"], 3, /uses: 1 to/],
    ["for ever", open, ["client", "token", "--life", "91d"], 3, /--life: at most 90d/],
    ["under an unknown profile", open, ["client", "token", "--profile", "x"], 2, /--profile: must be fapi2/],
    ["with a level that is none", open, ["client", "token", "--minimum-ial", "4"], 2, /--minimum-ial: must be 1, 2 or 3/],
    ["that is none, revoked", open, ["client", "revoke-token", "none"], 3, /no such initial access token/],
  ];
  test.each(refused)("%s: refused", async (_name, at, parameters, expected, sentence) => {
    const { code, stderr } = await at().run(...parameters);
    expect(stderr).toMatch(sentence);
    expect(code).toBe(expected);
  });
});

test("console prints an address on loopback, answers there, and stops when it is told to", async () => {
  const { directory } = desk();
  const child = spawn(process.execPath, [program, "console", "--json"], { cwd: directory, env: { ...cleanEnvironment(), JPKI_BRIDGE_DATA: directory } });
  const { address } = await new Promise<{ address: string }>((resolve, reject) => {
    let told = "";
    child.stdout.on("data", (chunk: Buffer) => {
      told += chunk.toString();
      if (told.includes("}")) resolve(JSON.parse(told) as { address: string });
    });
    child.once("close", () => reject(new Error(told)));
  });
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[A-Za-z0-9_-]{43}$/);
  expect((await fetch(address)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(0);
});
