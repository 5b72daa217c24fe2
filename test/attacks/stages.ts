import type { EnrolmentStatement } from "@jpki-bridge/client-sdk";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import type { World } from "../support/world.ts";
import { continuationOf, Device, type Proof } from "./device.ts";
import { challengedDevice, openAtAccount, type Opened, returnCodeOf, script } from "./setting.ts";

/** Every state a transaction can be in, as the outside sees them. */
export const stages = [
  "open", "claimed", "challenged", "proved", "offered", "continuation", "continued",
  "passkey_pending", "complete", "returned", "finished", "failed", "cancelled",
] as const;
export type Stage = (typeof stages)[number];

/** The state that is stored at a stage: `offered` and the continuation's two are the same state with more in it. */
export const storedState = (stage: Stage): string => (stage === "offered" || stage === "continuation" || stage === "continued" ? "proved" : stage);

/** A transaction at a stage, and all that its parties hold by then. */
export interface Staged extends Opened {
  readonly device: Device;
  readonly authenticator: SoftwareAuthenticator;
  readonly proof: Proof;
  readonly token: string;
  readonly number: string;
  readonly code: string;
  /** A registration response for the challenge that was given out last. */
  readonly credential: unknown;
}

const nothing = { proof: { certificate: "AAAA", signature: "AAAA" }, token: "A".repeat(43), number: "000000", code: "A".repeat(43), credential: { id: "AAAA", rawId: "AAAA", type: "public-key", response: {} } };

/** Leads a transaction of the account page, on the same device, to a stage by the shortest way. */
export async function reach(world: World, stage: Stage): Promise<Staged> {
  const opening = await openAtAccount(world, "same");
  const authenticator = new SoftwareAuthenticator();
  const device = await Device.open(world, opening.link);
  let staged: Staged = { ...opening, ...nothing, device, authenticator };
  if (stage === "open") return staged;
  if (stage === "claimed") {
    await device.claim();
    return staged;
  }
  const challenged = await challengedDevice(world, opening);
  staged = { ...staged, device: challenged.device, proof: await proofOf(challenged.device, challenged.statement) };
  return stage === "challenged" ? staged : afterChallenge(world, stage, staged);
}

const proofOf = (device: Device, statement: EnrolmentStatement): Promise<Proof> => device.proof(statement, "good-phone");

async function afterChallenge(world: World, stage: Stage, staged: Staged): Promise<Staged> {
  const { device, person, proof, authenticator } = staged;
  if (stage === "failed") {
    await device.prove({ ...proof, signature: "AAAA" });
    return staged;
  }
  await device.prove(proof);
  if (stage === "proved") return staged;
  if (stage === "cancelled") {
    await device.post("cancel");
    return staged;
  }
  if (stage === "continuation" || stage === "continued" || stage === "passkey_pending") return onPhonesBrowser(world, stage, staged);
  const { body } = await device.post("passkey/options");
  const credential = authenticator.create(body["options"] as never, world.jlis.origin);
  if (stage === "offered") return { ...staged, credential };
  const made = await device.post("passkey", { credential });
  const { txn, code } = returnCodeOf(made);
  if (stage === "complete") return { ...staged, credential, code };
  const returned = await script(person.browser, world, "/enrolment/return", { txn, code });
  if (stage === "finished") await person.browser.open(new URL(String(returned.body["location"]), world.issuer).href);
  return { ...staged, credential, code };
}

async function onPhonesBrowser(world: World, stage: Stage, staged: Staged): Promise<Staged> {
  const { device, person, authenticator } = staged;
  const { txn, token } = continuationOf(String((await device.post("continuation")).body["url"]));
  if (stage === "continuation") return { ...staged, token };
  const { body } = await script(person.browser, world, "/enrolment/continue", { txn, token });
  const credential = authenticator.create(body["options"] as never, world.issuer);
  if (stage === "continued") return { ...staged, token, credential };
  const made = await script(person.browser, world, "/enrolment/continue/passkey", { txn, token, credential });
  return { ...staged, token, credential, number: String(made.body["number"]) };
}

/** Every step there is, sent with all that its sender could have. */
export const steps = {
  claim: ({ device }: Staged) => device.claim(),
  statement: ({ device }: Staged) => device.post("statement"),
  proof: ({ device, proof }: Staged) => device.prove(proof),
  "passkey/options": ({ device }: Staged) => device.post("passkey/options"),
  passkey: ({ device, credential }: Staged) => device.post("passkey", { credential }),
  continuation: ({ device }: Staged) => device.post("continuation"),
  confirm: ({ device, number }: Staged) => device.post("confirm", { number }),
  status: ({ device }: Staged) => device.post("status"),
  cancel: ({ device }: Staged) => device.post("cancel"),
  continue: ({ device, transaction, token, person }: Staged) => script(person.browser, device.world, "/enrolment/continue", { txn: transaction, token }),
  "continue/passkey": ({ device, transaction, token, person, credential }: Staged) => script(person.browser, device.world, "/enrolment/continue/passkey", { txn: transaction, token, credential }),
  return: ({ device, transaction, code, person }: Staged) => script(person.browser, device.world, "/enrolment/return", { txn: transaction, code }),
} as const;
export type StepName = keyof typeof steps;
