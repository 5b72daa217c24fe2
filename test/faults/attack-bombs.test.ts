import { readFileSync } from "node:fs";
import path from "node:path";
import { DpopKey } from "@jpki-bridge/client-sdk";
import { describe, expect, test } from "vitest";
import { concatBytes, toBase64Url } from "../../src/bytes.ts";
import { openStorage } from "../../src/cli/with-storage.ts";
import { systemClock } from "../../src/clock.ts";
import { loadConfiguration } from "../../src/config.ts";
import type { ErrorCode } from "../../src/errors.ts";
import type { TransactionState } from "../../src/enrolment/transaction.ts";
import { asIdentifier, newIdentifier, type TransactionId } from "../../src/identifiers.ts";
import { creationOptions } from "../../src/passkeys/index.ts";
import { endpoints } from "../attacks/endpoints.ts";
import { jpkiCertificate } from "../certificates/jpki.ts";
import { frame } from "../enrolment/transactions.ts";
import { sha256, SoftwareAuthenticator, type Tampering } from "../passkeys/software-authenticator.ts";
import { afterTest } from "../storage/temporary.ts";
import { type Attack, type AttackAnswer, attackerOf, expectHarmless, flood, watched, otherWork } from "./attack-stage.ts";
import { attestations, certificates, extensions, registrations, signatures } from "./bombs.ts";
import { prepareStage, type Stage } from "./double-uses.ts";
import { type NodeProcess, nodePlace, startNode } from "./node-process.ts";

/** Octets that are expensive to read, brought as far as whatever reads them: a bridge of its own, whose health is asked for meanwhile. */

const issuer = "https://login.example.jp";
const rpId = "login.example.jp";
const life = 300;
/** Of each, so that the event loop has no rest between them. */
const times = 5;

interface Place {
  readonly node: NodeProcess;
  readonly stage: Stage;
  readonly key: DpopKey;
  ask(attack: Attack): Promise<AttackAnswer>;
}

async function bridge(): Promise<Place> {
  const place = nodePlace();
  const storage = await openStorage(loadConfiguration(path.join(place.directory, "bridge.yaml")));
  afterTest(() => storage.close());
  const stage = await prepareStage(storage, issuer, systemClock());
  const node = await startNode(place);
  return { node, stage, key: await DpopKey.generate(), ask: attackerOf(node.origin) };
}

const csrf = "c".repeat(43);
const json = { "content-type": "application/json", accept: "application/json" };
const asPage = { ...json, "x-csrf-token": csrf, cookie: `__Host-jpki_csrf=${csrf}` };

/** Asks as the device of a transaction in this state, and of no other. */
async function askAsDevice({ stage: { storage }, key, ask }: Place, state: TransactionState, step: string, body: object): Promise<AttackAnswer> {
  const [id, now] = [asIdentifier<TransactionId>(newIdentifier()), systemClock()];
  await storage.artifacts.insert("EnrolmentTransaction", id, { ...frame({ id, device: "same", number: null, openedAt: now, expiresAt: now + life }), ...state }, { expiresAt: now + life });
  const where = `/enrolment/v1/transactions/${id}/${step}`;
  return ask({ method: "POST", path: where, headers: { ...json, dpop: await key.prove({ method: "POST", url: `${issuer}${where}`, now }) }, body: JSON.stringify(body) });
}

/** Processor time of a bridge so far, in milliseconds; 0 where nobody tells. */
function processorTime({ child }: NodeProcess): number {
  try {
    const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
}

type Row = readonly [name: string, ask: () => Promise<AttackAnswer>, code: ErrorCode];

/** Each is answered with its code, and costs no more processor time than this. */
async function expectRefusals({ node }: Place, rows: readonly Row[], mostMs: number): Promise<void> {
  const costs: Record<string, number> = {};
  const answers = await watched(node, async () => {
    const all: [Row, AttackAnswer[]][] = [];
    for (const row of rows) {
      const before = processorTime(node);
      all.push([row, await flood(Array.from({ length: times }, () => row[1]), 1)]);
      const cost = (processorTime(node) - before) / times;
      if (cost > mostMs) costs[row[0]] = cost;
    }
    return all;
  });
  for (const [[name], list] of answers) expectHarmless(list, name);
  const codes = answers.map(([[name], list]) => [name, ...new Set(list.map(({ text }) => (JSON.parse(text) as { error?: string }).error))]);
  expect(codes).toEqual(rows.map(([name, _ask, code]) => [name, code]));
  expect(costs, `more than ${mostMs} ms of processor time for a request`).toEqual({});
}

describe("certificates and signatures of an enrolment", () => {
  test("each is refused by its code, and nobody else waits", { timeout: 60_000, retry: otherWork }, async () => {
    const place = await bridge();
    const challenged: TransactionState = { state: "challenged", deviceKey: place.key.thumbprint, nonce: "n".repeat(43), issuedAt: systemClock() };
    const prove = (certificate: Uint8Array, signature: Uint8Array, code: ErrorCode, name: string): Row => {
      const body = { certificate: toBase64Url(certificate), signature: toBase64Url(signature) };
      return [name, () => askAsDevice(place, challenged, "proof", body), code];
    };
    const good = jpkiCertificate();
    await expectRefusals(place, [
      ...certificates.map(([name, certificate, code]) => prove(certificate(), new Uint8Array(256).fill(0x7f), code, `a certificate ${name}`)),
      ...signatures.map(([name, signature, code]) => prove(good, signature(), code, `a signature ${name}`)),
    ], 60);
  });
});

describe("passkeys", () => {
  test("registrations: each is refused by its code, and nobody else waits", { timeout: 60_000, retry: otherWork }, async () => {
    const place = await bridge();
    const [bound] = await place.stage.storage.read.evidence.findMany();
    if (bound === undefined) throw new Error("nobody is there");
    const challenge = "h".repeat(43);
    const proved: TransactionState = { state: "proved", deviceKey: place.key.thumbprint, personId: asIdentifier(bound.personId), evidenceId: asIdentifier(bound.id), provedAt: systemClock(), challenge, continuation: null };
    const options = creationOptions({ rp: { id: rpId, name: "Bridge" }, user: { handle: new Uint8Array(32), name: "", displayName: "" }, exclude: [], challenge });
    const register = (name: string, change: (authenticator: SoftwareAuthenticator) => object): Row => [name, () => askAsDevice(place, proved, "passkey", { credential: change(new SoftwareAuthenticator()) }), "passkey_response_invalid"];
    await expectRefusals(place, [
      ...registrations.map(([name, tampering]) => register(name, (authenticator) => authenticator.create(options, issuer, tampering))),
      ...attestations.map(([name, octets]) => register(`an attestation of ${name}`, (authenticator) => {
        const made = authenticator.create(options, issuer);
        return { ...made, response: { ...made.response, attestationObject: toBase64Url(octets) } };
      })),
    ], 60);
  });

  test("assertions: each is refused by its code, and nobody else waits", { timeout: 60_000, retry: otherWork }, async () => {
    const place = await bridge();
    const { storage, authenticator } = place.stage;
    const sign = (name: string, tampering: Tampering): Row => [name, async () => {
      const [id, challenge] = [newIdentifier(), toBase64Url(sha256(new Uint8Array(32)))];
      await storage.artifacts.insert("PasskeyChallenge", id, { challenge, purpose: "account" }, { expiresAt: systemClock() + life });
      const credential = authenticator.get({ challenge, rpId, userVerification: "required" }, issuer, tampering);
      return place.ask({ method: "POST", path: "/account/passkey", headers: asPage, body: JSON.stringify({ challenge_id: id, credential }) });
    }, "passkey_response_invalid"];
    await expectRefusals(place, [
      ...extensions.map(([name, tampering]) => sign(`extensions of ${name}`, tampering)),
      sign("a megabyte of extensions", { authenticatorData: (bytes) => concatBytes(bytes, new Uint8Array(30_000)) }),
    ], 60);
  });
});

describe("JSON that is nested as deep as 64 KiB can be", () => {
  const lists = "[".repeat(31_000) + "]".repeat(31_000);
  const objects = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;

  test("at each endpoint and member: refused or left unread, and nobody else waits", { timeout: 90_000, retry: otherWork }, async () => {
    const place = await bridge();
    const { node, ask } = place;
    const routes = endpoints.filter(({ kind }) => kind === "json");
    const at = (pattern: string): string => pattern.replace(/:\w+/g, "A".repeat(22));
    const bodies = (members: readonly string[], nest: string): string[] => [...members, "a"].map((name) => `{${members.filter((other) => other !== name).map((other) => `"${other}":"A",`).join("")}"${name}":${nest}}`);
    const attack = async (nests: readonly string[]): Promise<{ answers: AttackAnswer[]; cost: number }> => {
      const before = processorTime(node);
      const attacks = routes.flatMap(({ pattern, caller, members }) => nests.flatMap((nest) => bodies(Object.keys(members), nest)).map((body) => async () => {
        const dpop = caller === "device" ? await place.key.prove({ method: "POST", url: `${issuer}${at(pattern)}`, now: systemClock() }) : "";
        return ask({ method: "POST", path: at(pattern), headers: caller === "device" ? { ...json, dpop } : asPage, body });
      }));
      const answers = await flood(attacks, 2);
      return { answers, cost: (processorTime(node) - before) / attacks.length };
    };
    const { shallow, deep } = await watched(node, async () => ({ shallow: await attack(["[]", "{}"]), deep: await attack([lists, objects]) }));
    expectHarmless(deep.answers);
    expect(deep.answers.filter(({ status }) => status === 0 || status >= 500)).toEqual([]);
    expect(deep.cost - shallow.cost).toBeLessThan(20);
  });
});
