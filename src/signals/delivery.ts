import { errorCode } from "./outbox.ts";

/** Calls an address that a relying party gave, guarded against private ones. */
export type CallRelyingParty = (url: string, options: RequestInit) => Promise<Response>;

/** What became of one attempt. */
export type Outcome =
  | { readonly delivered: true }
  /** `refused`: the receiver has read it and does not want it; anything else may pass. */
  | { readonly delivered: false; readonly refused: boolean; readonly code: string };

/** Seconds for one attempt: a receiver answers before it acts. */
const deadline = 10;
/** What is read of an answer that says why. */
const longestAnswer = 4096;

/** Delivers a security event token by push (RFC 8935 2). */
export function pushEvent(call: CallRelyingParty, { endpointUrl, authorization }: { readonly endpointUrl: string; readonly authorization: string | null }, token: string): Promise<Outcome> {
  return attempt(call, endpointUrl, token, { "content-type": "application/secevent+jwt", accept: "application/json", ...(authorization !== null && { authorization }) });
}

/** Delivers a logout token (OpenID Connect Back-Channel Logout 1.0 2.5). */
export function sendLogout(call: CallRelyingParty, address: string, token: string): Promise<Outcome> {
  return attempt(call, address, new URLSearchParams({ logout_token: token }).toString(), { "content-type": "application/x-www-form-urlencoded", accept: "application/json" });
}

async function attempt(call: CallRelyingParty, url: string, body: string, headers: Readonly<Record<string, string>>): Promise<Outcome> {
  try {
    const response = await call(url, { method: "POST", redirect: "manual", headers, body, signal: AbortSignal.timeout(deadline * 1000) });
    const outcome = await outcomeOf(response);
    await response.body?.cancel();
    return outcome;
  } catch (error) {
    return { delivered: false, refused: false, code: error instanceof Error && error.name === "TimeoutError" ? "timeout" : "unreachable" };
  }
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const { status } = response;
  if (status === 200 || status === 202 || status === 204) return { delivered: true };
  if (status !== 400) return { delivered: false, refused: false, code: `http_${status}` };
  const said = await saidError(response);
  return { delivered: false, refused: said !== null && aboutTheToken.has(said), code: said ?? "http_400" };
}

/** RFC 8935 2.4, Back-Channel Logout 1.0 2.8: those that say something of the token, not of who sends it. */
const aboutTheToken: ReadonlySet<string> = new Set(["invalid_request", "invalid_key", "invalid_issuer", "invalid_audience"]);

/** The error code of an answer; null where it has none that can be read. */
async function saidError(response: Response): Promise<string | null> {
  try {
    const { err, error = err } = JSON.parse(await beginningOf(response)) as { readonly err?: unknown; readonly error?: unknown };
    return typeof error === "string" ? errorCode(error) : null;
  } catch {
    return null;
  }
}

async function beginningOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longestAnswer) break;
  }
  return text;
}
