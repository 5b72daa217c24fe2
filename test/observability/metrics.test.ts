import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readMetrics, toldMetrics } from "../../src/observability/index.ts";
import { enrolAndSignIn, newPerson, signInAgain } from "../support/journey.ts";
import { registerRelyingParty, type TestRelyingParty } from "../support/relying-party.ts";
import { startWorld, type World } from "../support/world.ts";
import { type Series, seriesIn, sumOf } from "./exposition.ts";

let world: World;
let party: TestRelyingParty;
let text: string;
let series: Series[];
/** What must be nowhere in the metrics. */
const secrets: string[] = [];

const operatorUrl = (path: string): string => `http://127.0.0.1:${world.bridge.operatorAddress?.port}${path}`;
const scrape = async (): Promise<string> => (await fetch(operatorUrl("/metrics"))).text();

beforeAll(async () => {
  world = await startWorld((file) => ({ ...file, metrics: { port: 0 } }));
  party = await registerRelyingParty(world);
  const person = newPerson();
  const { signIn, callback } = await enrolAndSignIn(world, person, party);
  const first = await party.finish(signIn, callback);
  const again = { ...newPerson(), authenticator: person.authenticator };
  const second = await signInAgain(world, again, party);
  const tokens = await party.finish(second.signIn, second.callback);
  secrets.push(String(first.claims()?.sub), tokens.access_token, String(tokens.id_token), party.clientId, new URL(callback).searchParams.get("code") ?? "no code");
  await fetch(`${world.issuer}/token`, { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "grant_type=urn:evil:hanako" });
  await fetch(`${world.issuer}/account/hanako-mimoto`);
  text = await scrape();
  series = seriesIn(text);
});
afterAll(() => world.close());

describe("what is told", () => {
  const rows: readonly (readonly [string, Record<string, string>, number])[] = [
    ["jpki_bridge_sign_ins_total", { by: "certificate" }, 1],
    ["jpki_bridge_sign_ins_total", { by: "passkey" }, 1],
    ["jpki_bridge_tokens_total", { grant_type: "authorization_code" }, 2],
    ["jpki_bridge_enrolments_total", { purpose: "enrol", state: "open" }, 1],
    ["jpki_bridge_enrolments_total", { purpose: "enrol", state: "proved" }, 1],
    ["jpki_bridge_enrolments_total", { purpose: "enrol", state: "complete" }, 1],
    ["jpki_bridge_enrolments_total", { purpose: "enrol", state: "returned" }, 1],
    ["jpki_bridge_http_requests_total", { method: "POST", route: "/token", status: "2xx" }, 2],
    ["jpki_bridge_http_requests_total", { method: "POST", route: "/enrolment/v1/transactions/:txn/proof", status: "2xx" }, 1],
    ["jpki_bridge_http_requests_total", { method: "GET", route: "unmatched", status: "4xx" }, 1],
    ["jpki_bridge_refusals_total", { code: "not_found" }, 1],
  ];
  test.each(rows)("%s %o: %i", (name, labels, value) => {
    expect(sumOf(series, name, labels)).toBe(value);
  });

  test("a token request of nobody, for nothing that is offered, has no name of its own", () => {
    expect(sumOf(series, "jpki_bridge_token_refusals_total")).toBe(1);
    expect(text).not.toContain("evil");
  });

  test("transactions of the database are timed, and their waiting", () => {
    expect(sumOf(series, "jpki_bridge_storage_transaction_duration_seconds_count")).toBeGreaterThan(3);
    expect(sumOf(series, "jpki_bridge_storage_transaction_wait_seconds_count")).toBeGreaterThan(3);
  });
});

describe("what is read", () => {
  const rows: readonly (readonly [string, Record<string, string>, (value: number) => boolean])[] = [
    ["jpki_bridge_build_info", {}, (value) => value === 1],
    ["jpki_bridge_ready", {}, (value) => value === 5],
    ["jpki_bridge_status_answers_total", { status: "good" }, (value) => value > 0],
    ["jpki_bridge_status_source_up", { source: "responder 0" }, (value) => value === 1],
    ["jpki_bridge_status_source_answer_age_seconds", { source: "crl 0" }, (value) => value >= 0 && value < 120],
    ["jpki_bridge_crl_next_update_seconds", { crl: "0" }, (value) => value > 0],
    ["jpki_bridge_outbox_oldest_seconds", {}, (value) => value === 0],
    ["jpki_bridge_lease_held", { lease: "signals" }, (value) => value === 1],
    ["jpki_bridge_signing_key_age_seconds", { algorithm: "ES256" }, (value) => value >= 0 && value < 120],
    ["jpki_bridge_signing_key_change_seconds", { algorithm: "ES256" }, (value) => value > 86_400],
    ["jpki_bridge_trust_anchor_expiry_timestamp_seconds", { use: "userAuthentication", index: "0" }, (value) => value > 1_700_000_000],
    ["jpki_bridge_metadata_refused", {}, (value) => value === 0],
    ["jpki_bridge_data_directory_available_bytes", {}, (value) => value > 0],
    ["jpki_bridge_certificates_expiring", { days: "90" }, (value) => value >= 0],
    ["process_start_time_seconds", {}, (value) => value > 1_700_000_000],
    ["nodejs_eventloop_lag_p99_seconds", {}, (value) => value >= 0],
  ];
  test.each(rows)("%s %o", (name, labels, holds) => {
    const found = series.filter((each) => each.name === name && Object.entries(labels).every(([label, value]) => each.labels[label] === value));
    expect(found).not.toEqual([]);
    expect(holds(sumOf(series, name, labels))).toBe(true);
  });

  test("one metric of the catalogue each, and no other", () => {
    const declared = [...text.matchAll(/^# TYPE (?<name>jpki_bridge_\w+)/gmu)].map(({ groups }) => groups?.["name"]);
    expect(declared.toSorted()).toEqual([...Object.keys(toldMetrics), ...Object.keys(readMetrics)].toSorted());
  });
});

describe("what is not in them", () => {
  test("no subject, token, client, code or persona", () => {
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(6);
      expect(text).not.toContain(secret);
    }
    expect(text).not.toMatch(/hanako/iu);
  });

  test("many clients, paths, methods, languages and addresses make no more series", async () => {
    const attack = async (round: number): Promise<void> => {
      const requests = Array.from({ length: 40 }, async (_, index) => {
        const word = `w${"abcdefghij"[index % 10]}${"klmnopqrst"[round % 10]}${"uvwxyz"[index % 6]}`;
        const init = { headers: { "accept-language": word, "x-forwarded-for": `192.0.2.${index}` } };
        await fetch(`${world.issuer}/${word}/${index}`, init);
        await fetch(`${world.issuer}/authorize/${word}`, init);
        await fetch(`${world.issuer}/interaction/${word}`, init);
        await fetch(`${world.issuer}/`, { ...init, method: word.toUpperCase().slice(0, 3) === "WAK" ? "PROPFIND" : "OPTIONS" });
        await fetch(`${world.issuer}/token`, { method: "POST", body: new URLSearchParams({ grant_type: word, client_id: word }) });
      });
      await Promise.all(requests);
    };
    await attack(0);
    const before = seriesIn(await scrape()).filter(({ name }) => name.startsWith("jpki_bridge_"));
    for (let round = 1; round < 4; round += 1) await attack(round);
    const other = await registerRelyingParty(world);
    const person = newPerson("good-card");
    const { signIn, callback } = await enrolAndSignIn(world, person, other);
    await other.finish(signIn, callback);
    const after = seriesIn(await scrape()).filter(({ name }) => name.startsWith("jpki_bridge_"));
    expect(after.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`).filter((key) => !before.some(({ name, labels }) => `${name} ${JSON.stringify(labels)}` === key))).toEqual([]);
    expect(after.length).toBeLessThan(1500);
  });
});

describe("the operator's port", () => {
  test("is bound to the loopback interface", () => {
    expect(world.bridge.operatorAddress?.address).toBe("127.0.0.1");
  });

  test.each([["GET", "/", 404], ["GET", "/account", 404], ["POST", "/metrics", 405]])("%s %s: %i", async (method, path, status) => {
    expect((await fetch(operatorUrl(path), { method })).status).toBe(status);
  });

  test("is not the public one: that has no metrics", async () => {
    expect((await fetch(`${world.issuer}/metrics`)).status).toBe(404);
  });

  test("says what readiness rests on; the public answer only whether", async () => {
    const told = (await (await fetch(operatorUrl("/readyz"))).json()) as Record<string, unknown>;
    expect(told).toMatchObject({
      ready: true,
      checks: { database: true, keys: true, digest_keys: true, status_source: true, not_draining: true },
      status_sources: { "responder 0": { up: true, answer_age_seconds: expect.any(Number) }, "crl 0": { up: true } },
      crl_next_update_seconds: { "0": expect.any(Number) },
      database_ping_seconds: expect.any(Number),
      data_directory_available_bytes: expect.any(Number),
    });
    expect(Object.keys((await (await fetch(`${world.issuer}/readyz`)).json()) as object)).toEqual(["status", "checks"]);
  });
});
