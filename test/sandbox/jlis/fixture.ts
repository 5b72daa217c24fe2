import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { fromBase64Url } from "../../../src/bytes.ts";
import { createJlis } from "../../../src/sandbox/jlis/jlis.ts";
import type { Jlis, JlisOptions } from "../../../src/sandbox/jlis/jlis.ts";
import type { PersonaId } from "../../../src/sandbox/jlis/personas/personas.ts";
import type { IssuedCertificate } from "../../../src/sandbox/jlis/ca/state.ts";

/** A stand-in of its own for one test file, with a clock that the tests move. */
export interface Fixture {
  readonly jlis: Jlis;
  readonly directory: string;
  /** Seconds since the epoch. */
  now: number;
  restart(): Promise<void>;
}

export const startOfTime = Date.UTC(2026, 10, 21, 3, 0, 0) / 1000;

export function useJlis(options: Partial<JlisOptions> = {}, now = startOfTime): Fixture {
  let running: Jlis | undefined;
  let directory = "";
  const start = async (): Promise<void> => {
    running = await createJlis({ directory, port: 0, clock: () => fixture.now, ...options });
    await running.listen();
  };
  const fixture: Fixture = {
    now,
    get jlis() {
      if (running === undefined) throw new Error("not started");
      return running;
    },
    get directory() {
      return directory;
    },
    restart: async () => {
      await running?.close();
      await start();
    },
  };
  beforeAll(async () => {
    directory = await temporaryDirectory();
    await start();
  });
  afterAll(async () => {
    await running?.close();
    await rm(directory, { recursive: true, force: true });
  });
  return fixture;
}

export async function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), "jlis-"));
}

/** The certificate that a persona is about. */
export function certificateOf({ jlis }: Fixture, id: PersonaId): IssuedCertificate {
  const { certificate } = jlis.personas.view(id);
  if (certificate === null) throw new Error(`${id} has no certificate`);
  return certificate;
}

export function bytesOf(base64Url: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64Url(base64Url);
  if (bytes === null) throw new Error("not base64url");
  return bytes;
}

/** Where the CRL that covers a certificate is served. */
export function crlUrlOf({ jlis }: Fixture, certificate: IssuedCertificate): string {
  return `${jlis.origin}/crl/${jlis.authority.issuerOf(certificate).id}/${certificate.municipality}.crl`;
}

export async function download(url: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

export async function postJson(url: string, body: unknown): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}
