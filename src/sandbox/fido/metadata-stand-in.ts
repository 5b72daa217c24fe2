import { sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { toBase64, toBase64Url, utf8 } from "../../bytes.ts";
import { type Clock, systemClock } from "../../clock.ts";
import { writeFileAtomically } from "../jlis/ca/files.ts";
import type { Jlis } from "../jlis/jlis.ts";
import { sameOrigin } from "../jlis/web/guards.ts";
import { parseInput } from "../jlis/web/input.ts";
import { type CertifiedKey, openFidoAuthority } from "./authority.ts";
import { payloadOf, type SandboxModel, sandboxModels } from "./models.ts";

/** A stand-in for the FIDO Metadata Service: a BLOB of its own authority, and what is reported of each model. */
export interface FidoMetadataStandIn {
  readonly url: string;
  /** DER of the authority that its signer chains to. */
  readonly anchor: Uint8Array;
  /** DNS name in the signer's certificate. */
  readonly signer: string;
  readonly models: readonly SandboxModel[];
  /** The key by which authenticators of the sandbox's own model attest what they make. */
  readonly batch: CertifiedKey;
  /** The next BLOB carries this status (FIDO MDS 3.1.4) of the model; `null` takes it back. */
  report(aaguid: string, status: string | null): Promise<void>;
}

export interface StandInOptions {
  /** Holds the authority and what was published last; made when absent. */
  readonly directory: string;
  readonly clock?: Clock;
}

const stateSchema = z.object({ number: z.int(), reports: z.record(z.string(), z.string()) });
type State = z.output<typeof stateSchema>;
const reportInput = z.strictObject({ status: z.string().regex(/^[A-Z0-9_]{1,64}$/).nullable() });

const signer = "mds.sandbox.example";
const day = 24 * 60 * 60;

/** Adds the stand-in to the sandbox's server: `GET /fido/blob.jwt`, `GET /fido/models.json`, `POST /fido/models/AAGUID`. */
export async function addFidoMetadata(jlis: Jlis, { directory, clock = systemClock }: StandInOptions): Promise<FidoMetadataStandIn> {
  const authority = await openFidoAuthority(directory, clock());
  const [models, key, batch] = [await sandboxModels(authority), await authority.certifySigner(signer), await authority.certifyBatch("Sandbox security key")];
  const file = path.join(directory, "published.json");
  let state = await readState(file);
  let blob: { readonly text: string; readonly at: number } | null = null;

  async function publish(reports: State["reports"]): Promise<void> {
    const next = { number: state.number + 1, reports };
    await writeFileAtomically(file, utf8(JSON.stringify(next)));
    state = next;
    const nextUpdate = new Date((clock() + 30 * day) * 1000).toISOString().slice(0, 10);
    blob = { text: signedBy(key, payloadOf(models, state.number, nextUpdate, reports)), at: clock() };
  }

  async function report(aaguid: string, status: string | null): Promise<void> {
    const { [aaguid]: _before, ...others } = state.reports;
    await publish(status === null ? others : { ...others, [aaguid]: status });
  }

  jlis.router.get("/fido/blob.jwt", async (context) => {
    if (blob === null || clock() - blob.at > day) await publish(state.reports);
    context.type = "application/octet-stream";
    context.body = Buffer.from(blob?.text ?? "");
  });
  jlis.router.get("/fido/models.json", (context) => {
    context.body = models.map(({ aaguid, en }) => ({ aaguid, name: en, status: state.reports[aaguid] ?? null }));
  });
  jlis.router.post("/fido/models/:aaguid", sameOrigin(jlis.origin), async (context) => {
    const model = models.find(({ aaguid }) => aaguid === context["params"]["aaguid"]);
    if (model === undefined) return;
    await report(model.aaguid, parseInput(reportInput, context.request.body ?? {}, "body").status);
    context.body = { aaguid: model.aaguid, number: state.number };
  });

  return { url: `${jlis.origin}/fido/blob.jwt`, anchor: authority.certificate, signer, models, batch, report };
}

async function readState(file: string): Promise<State> {
  const text = await readFile(file, "utf8").catch(() => null);
  return text === null ? { number: 0, reports: {} } : stateSchema.parse(JSON.parse(text));
}

/** JWS in compact form, ES256, with the certificates in its header (RFC 7515 4.1.6). */
function signedBy({ privateKey, x5c }: CertifiedKey, payload: object): string {
  const part = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
  const input = `${part({ alg: "ES256", typ: "JWT", x5c: x5c.map(toBase64) })}.${part(payload)}`;
  return `${input}.${toBase64Url(sign("sha256", utf8(input), { key: privateKey, dsaEncoding: "ieee-p1363" }))}`;
}
