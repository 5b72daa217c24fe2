import { open } from "node:fs/promises";
import { type Fetch, fetchBounded, type FetchFailure } from "./bounded-fetch.ts";
import { sourceUrl } from "./ocsp-client.ts";
import { accept, type ErrorCode, refuse, type Verdict } from "../errors.ts";

/** Where a CRL is published: an http or https URL, or a file that something else keeps up to date. */
export type CrlLocation = { readonly url: string } | { readonly file: string };

export type FetchCrl = (signal: AbortSignal) => Promise<Verdict<Uint8Array>>;

const contentTypes = ["application/pkix-crl", "application/x-pkcs7-crl", "application/octet-stream"];

const codeOfFailure: Readonly<Record<FetchFailure, ErrorCode>> = {
  deadline: "crl_missing",
  network: "crl_missing",
  redirect: "crl_missing",
  http_status: "crl_missing",
  content_type: "malformed_crl",
  too_large: "crl_too_large",
};

/** The way to get the octets of one published CRL, at most `maximumBytes` of them. */
export function crlFetcher(location: CrlLocation, fetch: Fetch, maximumBytes: number): FetchCrl {
  if ("file" in location) return () => readFileBounded(location.file, maximumBytes);
  const url = sourceUrl(location.url);
  return async (signal) => {
    const headers = { accept: "application/pkix-crl" };
    const answer = await fetchBounded({ fetch, url, method: "GET", headers, contentTypes, maximumBytes, signal });
    return answer.ok ? accept(answer.body) : refuse(codeOfFailure[answer.failure], answer.at);
  };
}

async function readFileBounded(path: string, maximumBytes: number): Promise<Verdict<Uint8Array>> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      return size > maximumBytes ? refuse("crl_too_large", `${size} octets`) : accept(Uint8Array.from(await file.readFile()));
    } finally {
      await file.close();
    }
  } catch (error) {
    return refuse("crl_missing", error instanceof Error && "code" in error ? String(error.code) : "file");
  }
}
