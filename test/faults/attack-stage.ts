import { Agent, type OutgoingHttpHeaders, request } from "node:http";
import { connect, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { expect } from "vitest";
import { catalogue } from "../../src/errors.ts";
import { afterTest } from "../storage/temporary.ts";
import type { NodeProcess } from "./node-process.ts";

/** Whatever else the machine does may make one run late, not three. */
export const otherWork = 2;

/** How a bridge answered for its health while something else went on. */
export interface Health {
  readonly milliseconds: number[];
  readonly failures: string[];
  /** Milliseconds from one answer to the next, to whichever questions, without those in which there was no processor for it. */
  readonly longestSilence: number;
}

/** An attacker's address: the health is asked for from another. */
export const attacker = "127.0.0.2";
/** Of a hundred answers so many within the time: single ones wait for the machine, not for the bridge. */
const quantile = 0.95;
const within = 100;
/** Milliseconds: a bridge that stands still for longer is found, however seldom it does. */
const silence = 300;

/** Does something to a bridge while its health is watched. @param workers of a supervisor. */
export async function watched<Result>({ origin, child }: NodeProcess, attack: () => Promise<Result>, workers: readonly number[] = []): Promise<Result> {
  const worker = new Worker(new URL("./health-watch.ts", import.meta.url), { workerData: { origin, pid: child.pid, workers } });
  afterTest(async () => void (await worker.terminate()));
  const said = <Message>(): Promise<Message> => new Promise((resolve) => void worker.once("message", resolve));
  await said();
  const result = await attack();
  await new Promise((resolve) => setTimeout(resolve, 500));
  worker.postMessage("stop", []);
  const { milliseconds, failures, longestSilence } = await said<Health>();
  const sorted = milliseconds.toSorted((a, b) => a - b);
  expect(failures).toEqual([]);
  expect(sorted.length).toBeGreaterThan(10);
  expect(sorted[Math.floor(sorted.length * quantile)], `healthy within ${within} ms; the slowest took ${Math.round(sorted.at(-1) ?? 0)}`).toBeLessThan(within);
  expect(longestSilence, "milliseconds without an answer").toBeLessThan(silence);
  return result;
}

export interface Attack {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
}

export interface AttackAnswer {
  /** 0: the connection ended without an answer. */
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly location: string;
  readonly cookies: readonly string[];
}

const nothing: AttackAnswer = { status: 0, type: "", text: "", location: "", cookies: [] };

/** Asks from the attacker's address; every connection is used for many. */
export function attackerOf(origin: string): (attack: Attack) => Promise<AttackAnswer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16, localAddress: attacker });
  afterTest(() => agent.destroy());
  return ({ method = "GET", path, headers = {}, body }) =>
    new Promise((resolve) => {
      const asked = request(origin + path, { method, agent, headers: { "accept-language": "en", ...headers } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.once("error", () => resolve(nothing));
        answer.once("end", () => resolve({ status: answer.statusCode ?? 0, type: answer.headers["content-type"] ?? "", text: Buffer.concat(chunks).toString(), location: answer.headers.location ?? "", cookies: answer.headers["set-cookie"] ?? [] }));
      });
      asked.once("error", () => resolve(nothing));
      asked.end(body);
    });
}

/** So many attacks, a few at a time, as whoever asks for the health waits behind them; what became of each. */
export async function flood(attacks: readonly (() => Promise<AttackAnswer>)[], atOnce = 4): Promise<AttackAnswer[]> {
  const answers: AttackAnswer[] = [];
  const waiting = attacks.values();
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const attack of waiting) answers.push(await attack());
  }));
  return answers;
}

/** A connection of the attacker on which anything can be sent. */
export function connection(origin: string): { socket: Socket; said(): string; ended: Promise<void> } {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), localAddress: attacker });
  let said = "";
  socket.on("data", (chunk: Buffer) => (said += chunk.toString("latin1")));
  socket.on("error", () => undefined);
  afterTest(() => void socket.destroy());
  return { socket, said: () => said, ended: new Promise((resolve) => socket.once("close", () => resolve())) };
}

/** Codes of the protocols that are not in the catalogue, of RFC 6749, 7009, 7591, 8628, 9101, 9126, 9449 and SSF 1.0. */
const protocolErrors = new Set([
  "invalid_client", "invalid_grant", "invalid_scope", "invalid_target", "invalid_dpop_proof", "use_dpop_nonce", "unsupported_grant_type", "unsupported_response_type", "unauthorized_client",
  "unsupported_token_type", "invalid_request_uri", "invalid_request_object", "request_not_supported", "request_uri_not_supported", "unknown_user_id", "authorization_pending", "slow_down", "expired_token", "missing_user_code", "invalid_key",
]);
/** What a bridge may say of itself when a limit is reached. */
const busy: readonly string[] = ["service_unavailable", "transaction_too_many"];

/** What is wrong with an answer to an attack; null when it is a refusal or an ordinary answer. */
export function wrongWith({ status, type, text, cookies }: AttackAnswer, marker = "<attack>"): string | null {
  if (/node_modules|\bat \S+ \(|\.[jt]s:\d+|SyntaxError|TypeError|RangeError|ZodError|Prisma|SQLITE/.test(text)) return "the inside shows";
  if (text.includes(marker)) return "what was sent comes back unescaped";
  if (cookies.some((cookie) => cookie.includes("attack"))) return "a cookie of the attacker's";
  if (status < 400) return null;
  // The catalogue's, the protocol's, or the page's.
  const code = type.startsWith("application/json") ? String((JSON.parse(text) as { error?: unknown; err?: unknown }).error ?? (JSON.parse(text) as { err?: unknown }).err) : (/<code>([a-z_]+)<\/code>/.exec(text)?.[1] ?? "");
  if (status >= 500 && !busy.includes(code)) return `${status} ${code}`;
  // A token in a header is refused by `WWW-Authenticate`, with no words (RFC 6750 3).
  if (text === "") return status === 401 ? null : `${status} without a word`;
  return Object.hasOwn(catalogue, code) || protocolErrors.has(code) ? null : `${status} with the code "${code}": ${text.slice(0, 100)}`;
}

/** Fails with each different thing that is wrong, and an example of what led to it. */
export function expectHarmless(answers: readonly AttackAnswer[], what?: string): void {
  expect([...new Set(answers.map((answer) => wrongWith(answer)).filter((wrong) => wrong !== null))], what).toEqual([]);
}
