import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { challengedDevice, expectRefused, openAtAccount, type Setting, startSetting } from "./setting.ts";
import { transactionState, unchangedBy } from "./state.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
});
afterAll(() => setting.close());

interface Bound {
  readonly claimed: object;
  readonly evidence: object;
  readonly levels: object;
}

/** Passkeys of earlier enrolments. */
const seen = new Set<string>();

/** Enrols the persona whose device tells this of itself: what is on record then. */
async function enrolTelling(persona: string, device: object | undefined): Promise<Bound> {
  const { world } = setting;
  const challenged = await challengedDevice(world, await openAtAccount(world, "same"));
  const proof = await challenged.device.proof(challenged.statement, persona);
  const answer = await challenged.device.post("proof", { ...proof, ...(device && { device }) });
  expect(answer.body).toEqual({ next: "passkey" });
  await challenged.device.makePasskey(new SoftwareAuthenticator());
  const { read } = world.bridge.storage;
  const passkeys = await read.passkey.findMany({ include: { boundBy: true } });
  const passkey = passkeys.find(({ id }) => !seen.has(id));
  if (passkey === undefined) throw new Error("a passkey was made");
  seen.add(passkey.id);
  const { boundIal, boundAal, boundBy: { medium, policy } } = passkey;
  const receipts = await read.receipt.findMany({ where: { kind: { startsWith: "evidence_" } }, orderBy: { sequence: "desc" }, take: 1 });
  const detail = JSON.parse(receipts[0]?.detail ?? "{}") as Record<string, unknown>;
  expect(detail["medium"]).toBe(medium);
  const claimed = Object.fromEntries(Object.entries(detail).filter(([name]) => name.startsWith("claimed_")));
  return { claimed, evidence: { medium, policy }, levels: { boundIal, boundAal } };
}

describe("what a device tells of itself changes no level", () => {
  test.each<[string, string, object]>([
    ["good-card", "card", { medium: "smartphone", approval: "biometric" }],
    ["good-card", "card", { medium: "smartphone", approval: "pin" }],
    ["good-card", "card", { medium: "card", approval: "pin" }],
    ["good-phone", "smartphone", { medium: "card", approval: "pin" }],
    ["good-phone", "smartphone", { medium: "smartphone", approval: "biometric" }],
  ])("%s, by its certificate a %s, telling %j", async (persona, medium, device) => {
    const silent = await enrolTelling(persona, undefined);
    const telling = await enrolTelling(persona, device);
    expect(silent.claimed).toEqual({});
    expect(telling.claimed).toEqual(Object.fromEntries(Object.entries(device).map(([name, value]) => [`claimed_${name}`, value])));
    expect(telling.evidence).toEqual({ ...silent.evidence, medium });
    expect(telling.levels).toEqual(silent.levels);
  });
});

describe("anything else is refused, and the nonce is not consumed", () => {
  test.each<[string, unknown]>([
    ["null", null],
    ["a text", "smartphone"],
    ["a list", ["smartphone", "pin"]],
    ["nothing in it", {}],
    ["no approval", { medium: "smartphone" }],
    ["no medium", { approval: "pin" }],
    ["another medium", { medium: "watch", approval: "pin" }],
    ["another approval", { medium: "card", approval: "face" }],
    ["a level", { medium: "card", approval: "pin", aal: 3 }],
  ])("%s", async (_, device) => {
    const { world } = setting;
    const opening = await openAtAccount(world, "same");
    const challenged = await challengedDevice(world, opening);
    const proof = await challenged.device.proof(challenged.statement, "good-phone");
    expectRefused(await unchangedBy(world, () => challenged.device.post("proof", { ...proof, device })), "invalid_request");
    expect(await transactionState(world, opening.transaction)).toBe("challenged");
    expect((await challenged.device.prove(proof)).body).toEqual({ next: "passkey" });
  });
});
