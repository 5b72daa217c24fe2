import { createRemoteJWKSet, decodeProtectedHeader, type JWTVerifyGetKey, jwtVerify } from "jose";
import * as client from "openid-client";
import { setTimeout as wait } from "node:timers/promises";
import { enrolAndSignIn, newPerson, type Person, reachCallback, signInAgain } from "../support/journey.ts";
import type { SignIn, TestRelyingParty } from "../support/relying-party.ts";
import type { Town } from "./town.ts";

/** What went wrong, and when, by this process's clock in milliseconds. */
export interface Failure {
  readonly at: number;
  readonly what: string;
  readonly why: string;
}

export interface RetirementLoad {
  readonly failures: readonly Failure[];
  /** How often each was done. */
  readonly done: ReadonlyMap<string, number>;
  /** What sign-outs with the first ID token as their hint were answered. */
  readonly hints: readonly { readonly at: number; readonly status: number }[];
  /** Of the first sign-in, and of the first grant in the party's own name. */
  readonly first: { readonly idToken: string; readonly accessToken: string };
  stop(): Promise<void>;
}

/** What goes on while a key is retired: people and a relying party that keeps the key set as the usual libraries do, asking for it anew where it meets a key that it does not know. */
export async function startLoad(town: Town, party: TestRelyingParty, resource: string): Promise<RetirementLoad> {
  const keys = createRemoteJWKSet(new URL(`${town.issuer}/jwks`), { cooldownDuration: 0 });
  const steady = newPerson(town.people[0]);
  const begun = await enrolAndSignIn(town, steady, party, { scope: "openid offline_access", prompt: "consent" });
  const before = await party.finish(begun.signIn, begun.callback);
  const idToken = before.id_token ?? "";
  const own = (): Promise<string> => client.clientCredentialsGrant(party.config, { resource, scope: "loans:count" }).then(({ access_token: token }) => token);
  const accessToken = await own();
  const hints: { at: number; status: number }[] = [];
  let refreshToken = before.refresh_token ?? "";

  const works: Readonly<Record<string, () => Promise<void>>> = {
    "sign-in": async () => {
      const person: Person = { ...newPerson(), authenticator: steady.authenticator };
      const { signIn, callback } = await signInAgain(town, person, party);
      await verified(await exchange(party, signIn, callback), keys);
    },
    "sign-in by a session from before": async () => {
      const signIn = await party.begin({ prompt: "none" });
      await verified(await exchange(party, signIn, await reachCallback(steady, await steady.browser.open(signIn.url))), keys);
    },
    refresh: async () => {
      const tokens = await client.refreshTokenGrant(party.config, refreshToken);
      refreshToken = tokens.refresh_token ?? refreshToken;
      await verified(tokens, keys);
    },
    "introspection of a token from before": async () => {
      if (!(await client.tokenIntrospection(party.config, before.access_token)).active) throw new Error("inactive");
    },
    "userinfo by a token from before": async () => void (await client.fetchUserInfo(party.config, before.access_token, before.claims()?.sub ?? "")),
    "grant in a party's own name": async () => void (await jwtVerify(await own(), keys, { typ: "at+jwt" })),
    "introspection of a grant in a party's own name": async () => {
      const token = await own();
      const { active } = await client.tokenIntrospection(party.config, token);
      if (!active) throw new Error(`inactive, by ${String(decodeProtectedHeader(token).kid)}`);
    },
    hint: async () => {
      const at = performance.now();
      const query = new URLSearchParams({ id_token_hint: idToken });
      hints.push({ at, status: (await fetch(`${town.issuer}/sign-out?${query}`, { headers: { accept: "text/html" } })).status });
    },
  };
  const failures: Failure[] = [];
  const done = new Map<string, number>();
  const stopped = new AbortController();
  const all = Promise.all(Object.entries(works).map(async ([what, work]) => {
    while (!stopped.signal.aborted) {
      const at = performance.now();
      try {
        await work();
        done.set(what, (done.get(what) ?? 0) + 1);
      } catch (error) {
        failures.push({ at, what, why: reasonOf(error) });
      }
      await wait(100);
    }
  }));
  return {
    failures, done, hints,
    first: { idToken, accessToken },
    stop: async () => {
      stopped.abort();
      await all;
    },
  };
}

const exchange = (party: TestRelyingParty, { verifier, state, nonce }: SignIn, callback: string): Promise<client.TokenEndpointResponse> =>
  client.authorizationCodeGrant(party.config, new URL(callback), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });

const verified = async ({ id_token: idToken = "" }: client.TokenEndpointResponse, keys: JWTVerifyGetKey): Promise<void> => void (await jwtVerify(idToken, keys));

const reasonOf = (error: unknown): string => (error instanceof Error ? `${(error as { code?: string }).code ?? error.name}: ${error.message}` : String(error));
