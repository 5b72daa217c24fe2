import type { Configuration } from "../config.ts";
import { fetchFromRelyingParty } from "../provider/outgoing.ts";
import type { Diagnosis, Examination, RelyingParty, TrialPorts } from "../relying-parties/index.ts";
import { type Credentials, diagnose, tryPushedRequest } from "../relying-parties/index.ts";

/** Longest answer that is read, in octets. */
const longestAnswer = 256 * 1024;
const deadlineMs = 5000;

/** Looks at a registration with this configuration's eyes, and pushes a request as it would, with what is at hand. */
export async function examine(configuration: Configuration, party: RelyingParty, key: Credentials["key"], now: number): Promise<Diagnosis[]> {
  const { client_secret: secret } = party.metadata;
  const credentials = { ...(key !== undefined && { key }), ...(typeof secret === "string" && { secret }) };
  const ports: TrialPorts = { issuer: configuration.issuer, now, post };
  return [...(await diagnose(party.metadata, examinationOf(configuration, party, now))), await tryPushedRequest(party.metadata, credentials, ports)];
}

function examinationOf({ mutual_tls, passkeys, client_attesters, outgoing }: Configuration, { earlierSecretUntil }: RelyingParty, now: number): Examination {
  return {
    now,
    fetchDocument: async (url) => {
      const response = await fetchFromRelyingParty(outgoing.private_hosts, url, { redirect: "error", headers: { accept: "application/json" }, signal: AbortSignal.timeout(deadlineMs) });
      if (!response.ok) throw new Error(`status ${response.status}`);
      const date = Date.parse(response.headers.get("date") ?? "");
      return { json: await readJson(response), date: Number.isNaN(date) ? null : date / 1000 };
    },
    bridge: {
      highestAal: passkeys.metadata === null ? 2 : 3,
      mutualTls: mutual_tls === null ? "off" : mutual_tls.authorities.length === 0 ? "self_signed" : "authorities",
      attestedClients: client_attesters.flatMap(({ clients }) => clients),
    },
    ...(earlierSecretUntil !== undefined && { earlierSecretUntil }),
  };
}

const post: TrialPorts["post"] = async (url, body, headers) => {
  const response = await fetch(url, { method: "POST", body, headers: { accept: "application/json", ...headers }, redirect: "error", signal: AbortSignal.timeout(deadlineMs) });
  const answer = await readJson(response).catch(() => null);
  return { status: response.status, body: typeof answer === "object" && answer !== null ? answer : {} };
};

async function readJson(response: Response): Promise<unknown> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer) throw new Error("the answer is too long");
  }
  return JSON.parse(text) as unknown;
}
