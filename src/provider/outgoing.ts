import { applySSRFProtection } from "oidc-provider/lib/helpers/fetch_request.js";

/**
 * Calls an address that a relying party gave: keys, logout endpoint, ping. A connection to a private
 * address ends before anything is sent, whatever name led there; only hosts that the operator listed are
 * spared, and these lead nowhere else.
 */
export function fetchFromRelyingParty(privateHosts: readonly string[], url: string | URL | Request, options: RequestInit = {}): Promise<Response> {
  const { hostname } = new URL(url instanceof Request ? url.url : url);
  const { dispatcher: _ofTheLibrary, ...rest } = options as RequestInit & { dispatcher?: unknown };
  return fetch(url, privateHosts.includes(hostname) ? { ...rest, redirect: rest.redirect === "manual" ? "manual" : "error" } : ({ ...rest, dispatcher: guarded() } as RequestInit));
}

let agent: object | undefined;

/** The library's guard on an agent of the kind that `fetch` uses, which Node has under no other name. Without one nothing is called. */
function guarded(): object {
  if (agent !== undefined) return agent;
  // Node loads what is behind `fetch` when it is first touched.
  void Response;
  const shared = globalThis as unknown as Readonly<Record<symbol, object | undefined>>;
  const ofFetch = shared[Symbol.for("undici.globalDispatcher.2")] ?? shared[Symbol.for("undici.globalDispatcher.1")];
  if (ofFetch === undefined) throw new Error("no agent to guard");
  const Agent = ofFetch.constructor as new () => object;
  return (agent = applySSRFProtection(new Agent()));
}
