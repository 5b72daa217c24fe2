import { open } from "node:fs/promises";
import { type Fetch, type FetchFailure, streamBounded } from "./bounded-fetch.ts";
import { sourceUrl } from "./ocsp-client.ts";
import { type ErrorCode, refuse, type Verdict } from "../errors.ts";
import { type CertificateRevocationList, type CrlStream, streamCrl } from "../pki/crl.ts";

/** Where a CRL is published: an http or https URL, or a file that something else keeps up to date. */
export type CrlLocation = { readonly url: string } | { readonly file: string };

export type FetchCrl = (signal: AbortSignal) => Promise<Verdict<CertificateRevocationList>>;

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
  if ("file" in location) return (signal) => readFileBounded(location.file, streamCrl(maximumBytes), signal);
  const url = sourceUrl(location.url);
  return async (signal) => {
    const headers = { accept: "application/pkix-crl" };
    const stream = streamCrl(maximumBytes);
    const request = { fetch, url, method: "GET", headers, contentTypes, maximumBytes, signal } as const;
    const answer = await streamBounded(request, (chunk) => stream.push(chunk) === null);
    return answer.ok ? stream.end() : refuse(codeOfFailure[answer.failure], answer.at);
  };
}

async function readFileBounded(path: string, stream: CrlStream, signal: AbortSignal): Promise<Verdict<CertificateRevocationList>> {
  try {
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
  } catch (error) {
    return refuse("crl_missing", error instanceof Error && "code" in error ? String(error.code) : "file");
  }
}
