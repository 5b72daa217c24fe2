import { AppletError, EnrolmentError, type SecureElementImage, SoftwareSecureElement, TransportError } from "@jpki-bridge/client-sdk";
import { expect } from "vitest";
import { type Fault, FaultyTransport } from "../../client-sdk/test/support/faulty-transport.ts";
import { transactionLife, type EnrolmentTransaction } from "../../src/enrolment/transaction.ts";
import { continuationOf } from "../attacks/device.ts";
import { type Opened, script } from "../attacks/setting.ts";
import type { World } from "../support/world.ts";

/** Seconds within which everything must have come to an end, whatever the fault. */
const deadline = 10;

/** Its result, unless it hangs. */
export async function inTime<Result>(work: Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hangs = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no end after ${deadline} s`)), deadline * 1000);
  });
  return Promise.race([work, hangs]).finally(() => clearTimeout(timer));
}

/** `completed`, or the code of the typed error that it ended in, which must not tell the PIN. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await inTime(work);
    return "completed";
  } catch (error) {
    const isTyped = error instanceof AppletError || error instanceof TransportError || error instanceof EnrolmentError;
    if (!isTyped) throw error;
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(pin);
    return error.code;
  }
}

export const pin = "1234";
const allTries = 3;

/** A person's card on a faulty way: the same card for all that this person tries. */
export class Card {
  readonly transport: FaultyTransport;
  readonly #element: SoftwareSecureElement;
  #lowest: number = allTries;

  constructor(image: SecureElementImage, fault?: Fault) {
    this.#element = new SoftwareSecureElement(image);
    this.transport = new FaultyTransport({ transmit: async (command) => this.#watch(await this.#element.transmit(command)), close: () => this.#element.close() }, fault);
  }

  /** From here on nothing goes wrong. */
  mend(): void {
    this.transport.fault = ({ pass }) => pass();
  }

  /** Of the tries for the PIN at most one was ever gone. */
  expectTriesKept(): void {
    expect(this.#lowest).toBeGreaterThanOrEqual(allTries - 1);
  }

  /** The right PIN was given last. */
  expectTriesRestored(): void {
    expect(this.#element.counters().authentication).toBe(allTries);
  }

  #watch<Answer>(answer: Answer): Answer {
    this.#lowest = Math.min(this.#lowest, this.#element.counters().authentication ?? 0);
    return answer;
  }
}

/**
 * Whoever the bridge holds is there wholly: with evidence, by a transaction in which that card was proved, and with
 * the passkeys whose ceremony that transaction saw confirmed; and no transaction lives longer than it may.
 *
 * @returns how many people there are
 */
export async function expectNobodyHalfMade(world: World, openings: readonly Opened[]): Promise<number> {
  const { read } = world.bridge.storage;
  const transactions = await Promise.all(openings.map(({ transaction }) => storedTransaction(world, transaction)));
  const people = await read.person.findMany({ include: { evidence: true, passkeys: true } });

  for (const { evidence, state } of people) expect([state, ...evidence.map(({ status }) => status)]).toEqual(["active", "good"]);
  const passkeysOf = (state: string): string[] => people.flatMap(({ passkeys }) => passkeys.filter((passkey) => passkey.state === state).map(({ id }) => id)).sort();
  expect(passkeysOf("active")).toEqual(transactions.flatMap((transaction) => ("passkeyId" in transaction ? [String(transaction.passkeyId)] : [])).sort());
  expect(passkeysOf("pending")).toEqual(transactions.flatMap((transaction) => ("pending" in transaction ? [String(transaction.pending.passkeyId)] : [])).sort());

  const proved = transactions.flatMap((transaction) => ("personId" in transaction ? [String(transaction.personId)] : []));
  const known = people.map(({ id }) => id);
  expect(known).toEqual(expect.arrayContaining(proved));
  // A cancelled transaction has forgotten whom it proved.
  if (transactions.every(({ state }) => state !== "cancelled")) expect(proved).toEqual(expect.arrayContaining(known));
  for (const { expiresAt } of transactions) expect(expiresAt).toBeLessThanOrEqual(world.now() + transactionLife);
  return people.length;
}

export async function storedTransaction({ bridge }: World, id: string): Promise<EnrolmentTransaction> {
  const found = await bridge.storage.artifacts.find("EnrolmentTransaction", id);
  if (found === null) throw new Error("the transaction is gone");
  return found.payload as EnrolmentTransaction;
}

/**
 * The phone's browser opens the continuation and makes the passkey; the number it shows.
 *
 * @returns `null` where the link no longer leads there: a late request of the app has made a newer one
 */
export async function makePasskeyInBrowser(world: World, { person }: Opened, url: string): Promise<string | null> {
  const fragment = continuationOf(url);
  const opened = await script(person.browser, world, "/enrolment/continue", fragment);
  if (opened.status !== 200) return null;
  const credential = person.authenticator.create(opened.body["options"] as never, world.issuer);
  const made = await script(person.browser, world, "/enrolment/continue/passkey", { ...fragment, credential });
  return made.status === 200 ? String(made.body["number"]) : null;
}
