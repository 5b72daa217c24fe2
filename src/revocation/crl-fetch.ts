import { open, stat } from "node:fs/promises";
import { type Fetch, type FetchFailure, streamBounded, type Validators } from "./bounded-fetch.ts";
import { sourceUrl } from "./ocsp-client.ts";
import { accept, type ErrorCode, refuse, type Verdict } from "../errors.ts";
import { type CertificateRevocationList, type CrlStream, streamCrl } from "../pki/crl.ts";

/** Where a CRL is published: an http or https URL, or a file that something else keeps up to date. */
export type CrlLocation = { readonly url: string } | { readonly file: string };

/** What is published now; null where it is what was taken before. */
export type FetchedCrl = { readonly crl: CertificateRevocationList; readonly taken: () => void } | null;

/** Whoever takes a CRL says so by `taken()`: only then is it not read again while it stays published. */
export type FetchCrl = (signal: AbortSignal) => Promise<Verdict<FetchedCrl>>;

const contentTypes = ["application/pkix-crl", "application/x-pkcs7-crl", "application/octet-stream"];

const codeOfFailure: Readonly<Record<FetchFailure, ErrorCode>> = {
  deadline: "crl_missing",
  network: "crl_missing",
  redirect: "crl_missing",
  http_status: "crl_missing",
  content_type: "malformed_crl",
  too_large: "crl_too_large",
};

const fileChunkOctets = 256 * 1024;

/** The way to read one published CRL of at most `maximumBytes` octets; they are read as they come and not kept. */
export function crlFetcher(location: CrlLocation, fetch: Fetch, maximumBytes: number): FetchCrl {
  if ("file" in location) return fileReader(location.file, maximumBytes);
  const url = sourceUrl(location.url);
  let known: Validators = {};
  return async (signal) => {
    const headers = { accept: "application/pkix-crl" };
    const stream = streamCrl(maximumBytes);
    const request = { fetch, url, method: "GET", headers, contentTypes, maximumBytes, signal, known } as const;
    const answer = await streamBounded(request, (chunk) => stream.push(chunk) === null);
    if (!answer.ok) return refuse(codeOfFailure[answer.failure], answer.at);
    return answer.modified ? fetched(stream.end(), () => (known = answer.validators)) : accept(null);
  };
}

const fetched = (verdict: Verdict<CertificateRevocationList>, taken: () => void): Verdict<FetchedCrl> => (verdict.valid ? accept({ crl: verdict.value, taken }) : verdict);

function fileReader(path: string, maximumBytes: number): FetchCrl {
  let known = "";
  return async (signal) => {
    try {
      const { ino, size, mtimeMs } = await stat(path);
      const state = `${ino} ${size} ${mtimeMs}`;
      return state === known ? accept(null) : fetched(await readFileBounded(path, streamCrl(maximumBytes), signal), () => (known = state));
    } catch (error) {
      return refuse("crl_missing", error instanceof Error && "code" in error ? String(error.code) : "file");
    }
  };
}

async function readFileBounded(path: string, stream: CrlStream, signal: AbortSignal): Promise<Verdict<CertificateRevocationList>> {
  const file = await open(path, "r");
  try {
    const room = new Uint8Array(fileChunkOctets);
    for (;;) {
      signal.throwIfAborted();
      const { bytesRead } = await file.read(room);
      if (bytesRead === 0 || stream.push(room.subarray(0, bytesRead)) !== null) return stream.end();
    }
  } finally {
    await file.close();
  }
}
