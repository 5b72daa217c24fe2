import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ErrorCode } from "../../src/errors.ts";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import type { World } from "../support/world.ts";
import { expectRefused, openAtAccount, provedDevice, type Setting, startSetting } from "./setting.ts";
import { reach, type Staged, type StepName, steps } from "./stages.ts";
import { transactionState, unchangedBy } from "./state.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
});
afterAll(() => setting.close());

/** What may befall the person between the proof and the passkey. */
const falls: readonly [string, { person?: string; status?: string }, ErrorCode][] = [
  ["held", { person: "held" }, "person_on_hold"],
  ["erased", { person: "erased" }, "person_erased"],
  ["revoked", { status: "revoked" }, "certificate_revoked"],
  ["on hold", { status: "hold" }, "certificate_on_hold"],
  ["unknown to its issuer", { status: "unknown" }, "certificate_unknown"],
];

async function set(world: World, { person = "active", status = "good" }: { person?: string; status?: string }): Promise<void> {
  await world.bridge.storage.transaction(async ({ data }) => {
    await data.person.updateMany({ data: { state: person } });
    await data.evidence.updateMany({ data: { status } });
  });
}

/** The steps that bind or activate, each where it is in order. */
const binding = [["passkey", "offered"], ["continue/passkey", "continued"], ["confirm", "passkey_pending"]] as const satisfies readonly (readonly [StepName, Parameters<typeof reach>[1]])[];

describe.each(binding)("%s", (step, stage) => {
  test.each(falls)("binds no passkey once the person or the certificate is %s", async (_name, fall, code) => {
    const { world } = setting;
    const staged: Staged = await reach(world, stage);
    await set(world, fall);
    expectRefused(await unchangedBy(world, () => steps[step](staged), ["EnrolmentTransaction"]), code);
    expect(["proved", "passkey_pending"]).toContain(await transactionState(world, staged.transaction));
    await set(world, {});
  });
});

test.each(["same", "other"] as const)("a passkey of a transaction opened on %s device is recorded as that, at the level of the live signature", async (device) => {
  const { world } = setting;
  const phone = await provedDevice(world, await openAtAccount(world, device));
  const passkeys = async (): Promise<Map<string, object>> => new Map((await world.bridge.storage.read.passkey.findMany()).map((row) => [row.id, row]));
  const before = await passkeys();
  await phone.device.makePasskey(new SoftwareAuthenticator());
  const [made, ...more] = [...(await passkeys())].filter(([id]) => !before.has(id)).map(([, row]) => row);
  expect(more).toEqual([]);
  expect(made).toMatchObject({ boundDevice: device, boundIal: 3, boundAal: 3, state: "active" });
});
