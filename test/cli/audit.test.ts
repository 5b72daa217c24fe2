import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { claimsFor, defaultPolicy, recordAssertion } from "../../src/assurance/index.ts";
import { openStorage, sqliteFile } from "../../src/cli/with-storage.ts";
import { administeredConfiguration } from "../../src/config.ts";
import { keepPolicy, policyDigest } from "../../src/provider/index.ts";
import { facts, now } from "../assurance/facts.ts";
import { type Desk, desk } from "./run-cli.ts";

const claims = claimsFor(facts(), ["aal3", "phr"], now, defaultPolicy);
const about = { client: "shop", policy_sha256: policyDigest(defaultPolicy) };
const recorded = recordAssertion(about, facts(), ["aal3", "phr", "urn:unknown"], claims);

/** A desk whose log holds the built-in policy and one assertion; its receipt's id. */
async function log(detail: Readonly<Record<string, unknown>> = recorded, kind = "assertion_issued"): Promise<Desk & { receipt: string; file: string }> {
  const place = desk();
  const configuration = administeredConfiguration(undefined, { JPKI_BRIDGE_DATA: place.directory });
  const storage = await openStorage(configuration);
  await keepPolicy(storage, defaultPolicy, now);
  const receipt = await storage.recordReceipt({ kind, at: now, personId: null, detail });
  await storage.close();
  return { ...place, receipt, file: sqliteFile(configuration) };
}

function tamper(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.close();
}

describe("audit explain", () => {
  test("says what was asserted, what gave it and what capped it", async () => {
    const { run, receipt } = await log();
    const { code, stdout, stderr } = await run("audit", "explain", receipt);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n");
    expect(lines[0]).toBe(`${receipt}  2026-05-28T20:26:40Z  receipt 2, for shop, by policy ${defaultPolicy.version}`);
    expect(lines.some((line) => /^acr +phr +phr$/.test(line))).toBe(true);
    expect(lines).toContain("AAL 2: A passkey was used with a fingerprint, a face or a PIN. (passkey_user_verified) Not higher: The passkey is of a kind that can be copied to other devices. (backup_eligible)");
    expect(lines.at(-2)).toBe("what was asserted follows from the facts");
  });

  test("as JSON, with codes and sentences in both languages", async () => {
    const { json, receipt } = await log();
    const document = await json<{ reasons: object }>("audit", "explain", receipt);
    expect(document).toMatchObject({ receipt, sequence: 2, at: now, intact: true, client: "shop", acr_values: ["aal3", "phr"], asserted: recorded.asserted, computed: recorded.asserted, problems: [], facts: { person: "active" } });
    expect(document.reasons).toMatchObject({ ial: { level: 3, rule: "evidence_current" }, aal: { level: 2, rule: "passkey_user_verified", cap: "backup_eligible", cappedBecause: { ja: expect.stringContaining("パスキー") as string } }, fal: { level: 3, rule: "key_bound_assertion" } });
  });

  const { asserted } = recorded;
  const wrong: [string, object, string[]][] = [
    ["a higher level than the facts give", { asserted: { ...asserted, aal: 3, acr: "aal3" } }, ["other than computed: aal, acr"]],
    ["another time of authentication", { asserted: { ...asserted, auth_time: now } }, ["other than computed: auth_time"]],
    ["a policy nobody knows", { assurance_policy: "unheard-of" }, ["the policy unheard-of is not on record"]],
    ["the same version of another policy", { policy_sha256: "other" }, [`the policy on record as ${defaultPolicy.version} is not the one that decided`]],
  ];
  test.each(wrong)("%s: exit 4, and says so", async (_name, change, problems) => {
    const { run, receipt } = await log({ ...recorded, ...change });
    const asJson = await run("audit", "explain", receipt, "--json");
    expect(asJson.code).toBe(4);
    expect(JSON.parse(asJson.stdout)).toMatchObject({ problems });
    const asText = await run("audit", "explain", receipt);
    expect(asText.code).toBe(4);
    expect(asText.stdout).toContain(problems[0]);
  });

  test("a receipt changed afterwards is told, though its content adds up", async () => {
    const { run, receipt, file } = await log();
    tamper(file, `UPDATE "receipt" SET "detail"=replace("detail",'"shop"','"bank"')`);
    const { code, stdout } = await run("audit", "explain", receipt);
    expect(code).toBe(4);
    expect(stdout).toContain("the receipt was changed after it was written");
  });

  const refused: [string, (receipt: string) => string, Parameters<typeof log>, string][] = [
    ["an unknown receipt", () => "unknown", [], "not_found: no receipt has this id\n"],
    ["a receipt of another kind", (id) => id, [{}, "passkey_bound"], "invalid_request: a receipt of kind passkey_bound records no assertion\n"],
    ["an assertion without its facts", (id) => id, [{ client: "shop" }], "invalid_request: a receipt of kind assertion_issued records no assertion\n"],
  ];
  test.each(refused)("%s: exit 3", async (_name, chosen, written, sentence) => {
    const { run, receipt } = await log(...written);
    expect(await run("audit", "explain", chosen(receipt))).toEqual({ code: 3, stdout: "", stderr: sentence });
  });
});
