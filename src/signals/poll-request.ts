import { accept, refuse, type Verdict } from "../errors.ts";

/** What a receiver that polls asks for, and what it says of what it got before (RFC 8936 2.2). */
export interface PollRequest {
  /** Tokens wanted at most; 0: none, it only acknowledges. */
  readonly maximum: number;
  /** Whether it waits for something to tell. */
  readonly waits: boolean;
  /** `jti` of what it has. */
  readonly acknowledged: readonly string[];
  /** `jti` of what it cannot take, with its error code. */
  readonly errors: Readonly<Record<string, string>>;
}

/** Tokens in one answer at most. */
export const maximumEvents = 100;
const maximumAcknowledged = 1000;
/** Each is a write of its own, and no more than one answer holds can be wrong at once. */
const maximumErrors = maximumEvents;

/** A poll request as sent. Refuses with `invalid_request`, naming the member. */
export function pollRequestFrom(body: Readonly<Record<string, unknown>>): Verdict<PollRequest> {
  const { maxEvents = maximumEvents, returnImmediately = false, ack = [], setErrs = {} } = body;
  if (!(typeof maxEvents === "number" && Number.isSafeInteger(maxEvents) && maxEvents >= 0)) return refuse("invalid_request", "maxEvents: a whole number, 0 or more");
  if (typeof returnImmediately !== "boolean") return refuse("invalid_request", "returnImmediately: true or false");
  if (!(Array.isArray(ack) && ack.length <= maximumAcknowledged && ack.every((jti) => typeof jti === "string"))) return refuse("invalid_request", `ack: a list of at most ${maximumAcknowledged} jti`);
  if (typeof setErrs !== "object" || setErrs === null || Array.isArray(setErrs)) return refuse("invalid_request", "setErrs: an object");
  const errors = Object.entries(setErrs as Readonly<Record<string, unknown>>).map(([jti, error]) => [jti, codeOf(error)] as const);
  if (errors.length > maximumErrors || errors.some(([, code]) => code === null)) return refuse("invalid_request", `setErrs: at most ${maximumErrors} jti, each with err`);
  return accept({ maximum: Math.min(maxEvents, maximumEvents), waits: !returnImmediately, acknowledged: ack as string[], errors: Object.fromEntries(errors) as Record<string, string> });
}

function codeOf(error: unknown): string | null {
  const { err }: Readonly<Record<string, unknown>> = { ...Object(error) };
  return typeof err === "string" ? err : null;
}
