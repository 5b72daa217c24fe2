import { expect } from "vitest";
import { fromBase64Url, toBase64, toHex } from "../../src/bytes.ts";
import { parseCertificate } from "../../src/pki/certificate.ts";
import { people } from "../../src/sandbox/jlis/personas/people.ts";
import type { World } from "../support/world.ts";

/** Text runs long enough to be a secret: identifiers, codes, tokens, digests, pieces of certificates. */
const longRun = /[A-Za-z0-9_-]{16,}/g;
/** Words of ours, such as error codes: nothing random of that length is without a digit and one case. */
const isWord = (run: string): boolean => /^[A-Za-z]?[a-z_-]+$|^[a-zA-Z]+$/.test(run) && !/[A-Z].*[A-Z].*[A-Z]/.test(run);
const membersOfALine = ["level", "time", "request", "method", "route", "status", "ms", "msg", "refusal", "detail", "left_out", "kind", "at", "crls", "milliseconds"];

/**
 * Every secret of a test file: whatever passed between browsers, phones, relying parties and the bridge,
 * and what the personas' certificates hold. None of it may be in the log.
 */
export class Secrets {
  readonly #traffic = new Set<string>();
  readonly #named = new Set<string>();
  #restore: () => void = () => undefined;

  /** Listens to all that this process sends to the bridge and gets from it. */
  watch(world: Pick<World, "issuer">): void {
    const original = globalThis.fetch;
    this.#restore = () => {
      globalThis.fetch = original;
    };
    globalThis.fetch = async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      const response = await original(input, init);
      if (!url.startsWith(world.issuer)) return response;
      this.#noteRuns(new URL(url).search, new URL(url).hash, bodyText(init?.body), ...new Headers(init?.headers).values());
      for (const [name, value] of response.headers) if (name !== "x-request-id") this.#noteRuns(value);
      const text = await response.clone().text();
      this.#noteRuns(text);
      for (const [, number = ""] of text.matchAll(/"number":"(\d{6})"/g)) this.note(number);
      return response;
    };
  }

  unwatch(): void {
    this.#restore();
  }

  /** Notes secrets that are looked for wherever they may stand, as words of their own. */
  note(...values: readonly string[]): void {
    for (const value of values) if (value.length > 3) this.#named.add(value);
  }

  /** What the stand-in knows of its personas: certificates in every writing, serials, subjects, names. */
  noteCertificates({ jlis }: Pick<World, "jlis">): void {
    for (const { certificate, serial } of jlis.authority.certificates) {
      const der = fromBase64Url(certificate) ?? new Uint8Array();
      const parsed = parseCertificate(der);
      this.note(String(serial), serial.toString(16), certificate.slice(0, 48), toBase64(der).slice(-48), toHex(der).slice(200, 260));
      if (parsed.valid) for (const { text } of parsed.value.subject.relativeNames.flat()) this.note(text ?? "");
    }
    for (const { name, address, birthDate } of Object.values(people)) this.note(name, address, birthDate);
  }

  get size(): number {
    return this.#traffic.size + this.#named.size;
  }

  expectNoneIn(logs: readonly string[]): void {
    const found = logs.flatMap((line) => this.#leaksIn(line));
    expect(found, "secrets in the log").toEqual([]);
  }

  #leaksIn(line: string): string[] {
    const { request = "", time: _time, ...rest } = JSON.parse(line) as Record<string, unknown>;
    const text = JSON.stringify(rest);
    const strangers = Object.keys(rest).filter((member) => !membersOfALine.includes(member));
    const runs = [...text.matchAll(longRun)].map(([run]) => run).filter((run) => this.#traffic.has(run) || !isWord(run));
    const named = [...this.#named].filter((value) => standsIn(text, value));
    const requestIds = /^$|^[A-Za-z0-9_-]{22}$/.test(String(request)) ? [] : [String(request)];
    return [...strangers, ...runs, ...named, ...requestIds].map((leak) => `${leak} in ${text.slice(0, 300)}`);
  }

  #noteRuns(...texts: readonly string[]): void {
    for (const text of texts.filter(({ length }) => length < 1_000_000)) for (const [run] of text.matchAll(longRun)) if (!isWord(run)) this.#traffic.add(run);
  }
}

function bodyText(body: unknown): string {
  return typeof body === "string" || body instanceof URLSearchParams ? String(body) : "";
}

/** Whether the text holds the value as a word: a serial of seven digits is not part of a longer number. */
function standsIn(text: string, value: string): boolean {
  let at = text.indexOf(value);
  while (at >= 0) {
    if (!/\w/.test(text[at - 1] ?? " ") && !/\w/.test(text[at + value.length] ?? " ")) return true;
    at = text.indexOf(value, at + 1);
  }
  return false;
}
