import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { systemClock } from "../src/clock.ts";
import { defaultPolicy } from "../src/assurance/index.ts";
import { holdPerson, releasePerson } from "../src/people/index.ts";
import type { Storage } from "../src/storage/index.ts";
import type { SoftwareAuthenticator } from "../test/passkeys/software-authenticator.ts";
import { basic } from "./grants.ts";
import { send } from "./http.ts";
import { boundOf } from "./population.ts";
import { type BridgeTarget, enrol, passkeySignIn, redirectUri } from "./signin.ts";

/** People who are connected with the service and come and go by the operator alone. */
export const others = 200;

export interface Act {
  readonly name: string;
  /** At once, each after the one before. */
  readonly parallel: number;
  /** Milliseconds of rest in between. */
  readonly rest: number;
  readonly work: (turn: number) => Promise<unknown>;
}

/** What goes on at a bridge at the same time. */
export function actsOf(target: BridgeTarget, authenticator: SoftwareAuthenticator, storage: Storage): readonly Act[] {
  const post = async (endpoint: string, token: string): Promise<string> => {
    const { status, body } = await send("POST", target.issuer + endpoint, { authorization: basic(target), "content-type": "application/x-www-form-urlencoded" }, `token=${token}`);
    if (status !== 200) throw new Error(`${endpoint} ${status}`);
    return body;
  };
  const active = async (token: string, expected: boolean): Promise<void> => {
    if (!(await post("/introspect", token)).includes(`"active":${String(expected)}`)) throw new Error(`a token is ${expected ? "not " : ""}active`);
  };
  const authorize = `${target.issuer}/authorize?${new URLSearchParams({ client_id: target.clientId, response_type: "code", scope: "openid", redirect_uri: redirectUri, code_challenge: randomBytes(32).toString("base64url"), code_challenge_method: "S256" }).toString()}`;
  return [
    { name: "sign-ins, introspections, revocations", parallel: 4, rest: 0, work: async () => {
      const token = await passkeySignIn(target, authenticator);
      for (let time = 0; time < 5; time += 1) await active(token, true);
      await post("/revoke", token);
      await active(token, false);
    } },
    { name: "interactions that are abandoned", parallel: 2, rest: 50, work: async () => {
      const { status } = await send("GET", authorize);
      if (status !== 303) throw new Error(`/authorize ${status}`);
    } },
    { name: "more passkeys of one person", parallel: 1, rest: 30_000, work: () => enrol(target) },
    { name: "holds and releases, told to the service", parallel: 1, rest: 100, work: async (turn) => {
      const { personId } = boundOf(turn % others);
      const by = { personId, by: "operator", operator: "soak", reason: "soak", policy: defaultPolicy } as const;
      await holdPerson(storage, { ...by, at: systemClock(), liftedBy: "operator" });
      await storage.transaction((transaction) => releasePerson(transaction, { ...by, at: systemClock() }));
    } },
  ];
}

export interface Done {
  readonly name: string;
  readonly count: number;
  readonly errors: readonly string[];
}

/** Does all of them for so many seconds; how often, and what failed. */
export function goOn(acts: readonly Act[], seconds: number): Promise<Done[]> {
  const end = performance.now() + seconds * 1000;
  return Promise.all(acts.map(async ({ name, parallel, rest, work }) => {
    const errors: string[] = [];
    let [count, turn] = [0, 0];
    const one = async (): Promise<void> => {
      while (performance.now() < end) {
        try {
          await work(turn++);
          count += 1;
        } catch (error) {
          errors.push(error instanceof Error ? error.message : String(error));
        }
        if (rest > 0) await setTimeout(Math.min(rest, Math.max(0, end - performance.now())));
      }
    };
    await Promise.all(Array.from({ length: parallel }, one));
    return { name, count, errors };
  }));
}
