import type { Order } from "./orders.ts";

/** What became of a sign-in, for a relying party's tests to look at. */
export interface SignInRecord {
  /** Seconds since the epoch. */
  readonly at: number;
  readonly client_id: string | null;
  readonly persona: string;
  readonly level: string;
  readonly fault: string | null;
  /** What the bridge answered: `code`, an `error`, or `page` where a person would have to read. */
  outcome: string;
  /** Whether the fault has shown itself; one that waits for a refresh may never. */
  fault_shown: boolean;
}

/** A sign-in in progress, found again by what it was given: code, tokens, interaction. */
export interface SignIn {
  readonly order: Order;
  readonly record: SignInRecord;
}

const kept = 1000;

/** The latest sign-ins, and which request belongs to which. */
export class SignInLog {
  readonly #records: SignInRecord[] = [];
  readonly #byHandle = new Map<string, SignIn>();

  begin(order: Order, clientId: string | null, at: number): SignIn {
    const record = { at, client_id: clientId, persona: order.persona, level: order.level, fault: order.fault?.name ?? null, outcome: "begun", fault_shown: false };
    this.#records.push(record);
    if (this.#records.length > kept) this.#records.shift();
    return { order, record };
  }

  /** `handle` is a code, a token, or an interaction's id. */
  remember(handle: unknown, signIn: SignIn): void {
    if (typeof handle !== "string") return;
    this.#byHandle.set(handle, signIn);
    const [oldest] = this.#byHandle.keys();
    if (this.#byHandle.size > kept && oldest !== undefined) this.#byHandle.delete(oldest);
  }

  find(handle: string | null): SignIn | null {
    return this.#byHandle.get(handle ?? "") ?? null;
  }

  records(): readonly SignInRecord[] {
    return this.#records;
  }
}
