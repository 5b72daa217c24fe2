import type { Language } from "./language.ts";

/** What a sign-in asks the provider for. */
export interface SignInRequest {
  /** A value of the crosswalk; `null` asks for no level. */
  readonly acr: string | null;
  /** Ask for a fresh authentication: `max_age=0`. */
  readonly fresh: boolean;
  /** Ask for the sign-in page even where there is a session: `prompt=login`. */
  readonly prompt: boolean;
  /** Ask for access to the API. */
  readonly resource: boolean;
  /** Ask for a refresh token that outlives the provider's session: `offline_access`. */
  readonly offline: boolean;
  readonly language: Language;
}

/** A sign-in under way: what the answer is held against. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly startedAt: number;
  readonly request: SignInRequest;
}

export type Claims = Readonly<Record<string, unknown>>;

/** A person who is signed in. Never changed: a refresh makes a new one. */
export interface SignedIn {
  readonly subject: string;
  readonly sid: string | undefined;
  readonly idToken: Claims;
  readonly userinfo: Claims;
  readonly request: SignInRequest;
  /** When the tokens came, seconds since the epoch. */
  readonly at: number;
  readonly refreshes: number;
  /** Never shown, never logged. */
  readonly tokens: { readonly idToken: string; readonly refreshToken: string | undefined };
}

/** The answer of the API. */
export type ResourceAnswer = { readonly status: number; readonly body: unknown };
