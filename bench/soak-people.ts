import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { setTimeout } from "node:timers/promises";
import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import { giveStatusNotice } from "../src/cli/status-notice.ts";
import { systemClock } from "../src/clock.ts";
import { addRelyingParty } from "../src/relying-parties/index.ts";
import type { Storage } from "../src/storage/index.ts";
import { Citizen, type Home, WrongAnswer } from "../test/faults/citizen.ts";
import { elementIssuer } from "../test/support/element-issuer.ts";
import { startDevice } from "../test/support/decoupled.ts";
import { relyingPartyAt } from "../test/support/relying-party.ts";
import type { Place } from "./place.ts";
import type { Act } from "./soak-load.ts";

/** Where a service hears of events, and of sign-outs. */
export interface Receiver {
  readonly origin: string;
  readonly heard: { events: number; signOuts: number };
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const heard = { events: 0, signOuts: 0 };
  const server = createServer((request, response) => {
    const isSignOut = request.url === "/logout";
    heard[isSignOut ? "signOuts" : "events"] += 1;
    request.resume().once("end", () => response.writeHead(isSignOut ? 200 : 202).end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    heard,
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const residents = 6;
/** Until a revocation on a new CRL has ended what its person held. */
const endedWithinMs = 30_000;

/** What people with certificates of their own do at a service, each with a browser and a phone. */
export async function actsOfPeople({ issuer, jlis }: Place, storage: Storage, receiver: Receiver): Promise<readonly Act[]> {
  const party = await relyingPartyAt(issuer, (metadata) => addRelyingParty(storage, metadata, systemClock()), {
    pushed: false, registration: { backchannelLogoutUri: `${receiver.origin}/logout`, deviceFlow: true },
  });
  const [issue, images] = [await elementIssuer(jlis), new Map<string, SecureElementImage>()];
  const home: Home = { issuer, jlis, party, now: systemClock, image: async (name) => images.get(name) ?? Promise.reject(new Error(`nobody is called ${name}`)) };
  const settle = async (name: string) => {
    const { image, issued } = await issue(name);
    images.set(name, image);
    return { citizen: new Citizen(home, name), issued };
  };
  const free: Citizen[] = [];
  for (let index = 0; index < residents; index += 1) free.push((await settle(`resident-${index}`)).citizen);

  return [
    { name: "sign-ins by passkey, refreshed tokens, sign-outs", parallel: 2, rest: 100, work: async () => {
      const citizen = free.shift();
      if (citizen === undefined) throw new Error("nobody is free");
      try {
        // Enrols the first time.
        await citizen.enrol();
        for (let time = 0; time < 3; time += 1) await citizen.refresh(false);
        await citizen.signOut();
      } finally {
        free.push(citizen);
      }
    } },
    { name: "device codes that are abandoned", parallel: 1, rest: 100, work: async () => {
      const answer = await (await startDevice(party)).poll();
      if (!("error" in answer) || answer.error !== "authorization_pending") throw new Error("a device code that nobody confirmed");
    } },
    { name: "certificates revoked by a new CRL", parallel: 1, rest: 3000, work: async (turn) => {
      const { citizen, issued } = await settle(`newcomer-${turn}`);
      await citizen.enrol();
      await jlis.authority.revoke([issued], "keyCompromise");
      await giveStatusNotice(storage, systemClock());
      await untilEnded(citizen);
    } },
  ];
}

/** Until the refresh token of somebody counts no more. */
async function untilEnded(citizen: Citizen): Promise<void> {
  for (const end = performance.now() + endedWithinMs; performance.now() < end; await setTimeout(250)) {
    try {
      await citizen.refresh(false);
    } catch (error) {
      if (error instanceof WrongAnswer) return;
      throw error;
    }
  }
  throw new Error("revoked, and the refresh token counts still");
}
