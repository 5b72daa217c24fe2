import { open } from "node:fs/promises";
import path from "node:path";
import type { Configuration } from "../config.ts";
import { accept, type ErrorCode, refuse, type Verdict } from "../errors.ts";
import { createMetadataService, maximumMetadataOctets, type MetadataOptions, type MetadataService, noMetadata } from "../passkeys/index.ts";
import { fetchBounded, type FetchFailure } from "../revocation/bounded-fetch.ts";

/** The FIDO metadata that the configuration names; kept beside the database. */
export function metadataService(configuration: Configuration, parts: Pick<MetadataOptions, "storage" | "clock" | "log">): MetadataService {
  const named = configuration.passkeys.metadata;
  if (named === null) return unnamed;
  const { url, file = "", signer, refresh, grace } = named;
  return createMetadataService({
    ...parts, refresh, grace,
    trust: { anchors: configuration.anchors.metadata, signer },
    read: url === undefined ? () => readBounded(file) : (signal) => download(url, signal),
    file: path.join(configuration.dataDirectory, "fido-metadata.jwt"),
  });
}

const unnamed: MetadataService = {
  ...noMetadata,
  load: async () => undefined,
  refresh: async () => undefined,
  start: () => async () => undefined,
  snapshot: () => ({ current: null, stale: false, refused: null }),
};

const contentTypes = ["application/octet-stream", "binary/octet-stream", "application/jwt", "application/jose", "text/plain"];

const codeOfFailure: Readonly<Record<FetchFailure, ErrorCode>> = {
  deadline: "metadata_unavailable",
  network: "metadata_unavailable",
  redirect: "metadata_unavailable",
  http_status: "metadata_unavailable",
  content_type: "malformed_metadata",
  too_large: "metadata_too_large",
};

async function download(url: string, signal: AbortSignal): Promise<Verdict<Uint8Array>> {
  const answer = await fetchBounded({ fetch, url, method: "GET", headers: {}, contentTypes, maximumBytes: maximumMetadataOctets, signal });
  return answer.ok ? accept(answer.body) : refuse(codeOfFailure[answer.failure], answer.at);
}

async function readBounded(name: string): Promise<Verdict<Uint8Array>> {
  try {
    const file = await open(name, "r");
    try {
      const { size } = await file.stat();
      return size > maximumMetadataOctets ? refuse("metadata_too_large", `${size} octets`) : accept(await file.readFile());
    } finally {
      await file.close();
    }
  } catch (error) {
    return refuse("metadata_unavailable", error instanceof Error && "code" in error ? String(error.code) : "file");
  }
}
