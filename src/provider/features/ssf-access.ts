import type { IncomingMessage } from "node:http";
import type { Provider } from "oidc-provider";
import type { ProviderPorts } from "../ports.ts";
import { type RelyingPartyItself, relyingPartyItself } from "./relying-party-itself.ts";

/** What a token for the stream endpoints allows (CAEP Interoperability Profile 1.0 2.7.2). */
export const ssfScopes = ["ssf.read", "ssf.manage"] as const;
export type SsfScope = (typeof ssfScopes)[number];

/** The stream endpoints as a protected resource: the audience of their access tokens. */
export const ssfResource = (issuer: string): string => `${issuer}/ssf`;

/** A relying party that asks something of its streams, by its own access token. */
export type SignalReceiver = RelyingPartyItself;

/** Who sends this request to the stream endpoints. @throws Refusal `invalid_token`. */
export const signalReceiver = (ports: ProviderPorts, provider: Provider, request: IncomingMessage): Promise<SignalReceiver> => relyingPartyItself(ports, provider, request, ssfResource(ports.issuer));
