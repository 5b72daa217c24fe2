import type { Router } from "@koa/router";
import type { Authority } from "../ca/authority.ts";
import type { OcspResponder } from "../ca/ocsp-responder.ts";
import type { RevocationLists } from "../ca/revocation-lists.ts";
import type { FaultSwitches } from "../faults.ts";
import type { PersonaDesk } from "../personas/persona-desk.ts";

/** What the routes work with. */
export interface JlisParts {
  readonly authority: Authority;
  readonly responder: OcspResponder;
  readonly revocationLists: RevocationLists;
  readonly personas: PersonaDesk;
  readonly faults: FaultSwitches;
  /** Where the pages are reached, without a trailing slash. */
  readonly origin: string;
  /** Origins whose pages may read the personas' Secure Elements. */
  readonly corsOrigins: readonly string[];
  /** Ends waiting answers when the server closes. */
  readonly closing: AbortSignal;
}

export type AddRoutes = (router: Router, parts: JlisParts) => void;
