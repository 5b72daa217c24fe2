import { z } from "zod";
import { fromBase64Url, fromHex, toBase64Url, toHex, utf8 } from "../bytes.ts";
import { Refusal } from "../errors.ts";
import type { CertificateReference } from "../people/index.ts";
import { type Fetch, fetchBounded } from "../revocation/bounded-fetch.ts";

const deadlineMs = 3000;
const maximumBytes = 4096;
const json = "application/json";

const reference = z.object({
  issuer: z.string().min(1).transform((text) => fromBase64Url(text)).pipe(z.instanceof(Uint8Array)),
  serial: z.string().min(1).transform((text) => fromHex(text)).pipe(z.instanceof(Uint8Array)),
});
const answer = z.object({ previous: reference.nullable() });

/**
 * Asks the platform operator which certificate a new one replaces (docs/enrolment-protocol.md, "Continuity").
 * The question travels in a body: a serial number in a URL would be in every log on the way.
 * @throws Refusal `status_unavailable` on anything but a well-formed answer. An outage taken for "none"
 * would make a second person of somebody known, and nothing could join the two again.
 */
export function continuityFrom(url: string, fetch: Fetch = globalThis.fetch): (certificate: CertificateReference) => Promise<CertificateReference | null> {
  return async ({ issuer, serialNumber }) => {
    const answered = await fetchBounded({
      fetch, url, method: "POST",
      headers: { "content-type": json, accept: json },
      body: utf8(JSON.stringify({ issuer: toBase64Url(issuer), serial: toHex(serialNumber) })),
      contentTypes: [json], maximumBytes,
      signal: AbortSignal.timeout(deadlineMs),
    });
    if (!answered.ok) throw new Refusal("status_unavailable", `continuity: ${answered.failure}, ${answered.at}`);
    const { success, data } = answer.safeParse(parsed(answered.body));
    if (!success) throw new Refusal("status_unavailable", "continuity: malformed answer");
    return data.previous === null ? null : { issuer: data.previous.issuer, serialNumber: data.previous.serial };
  };
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
