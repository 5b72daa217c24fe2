import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { issuerKeys, verifySecurityEventToken } from "@jpki-bridge/client-sdk/rp";
import { describe, expect, test } from "vitest";
import { openStorage } from "../../src/cli/with-storage.ts";
import { systemClock } from "../../src/clock.ts";
import { checkConfiguration, type ConfigurationFile } from "../../src/config.ts";
import { asIdentifier, type Subject } from "../../src/identifiers.ts";
import type { Storage } from "../../src/storage/index.ts";
import { cleanEnvironment, program } from "../cli/run-cli.ts";
import { complete, place } from "../config/place.ts";
import { addParty, addStream, type Answer, announceTo, type Delivered, startReceiver, until } from "../signals/delivery-rig.ts";
import { afterTest } from "../storage/temporary.ts";

/** The bridge as a process of its own, killed without warning, and receivers at their worst: nothing is lost, and nothing takes effect twice. */

const settings = (): ConfigurationFile => ({ ...complete(), status: { responders: [{ url: "http://127.0.0.1:9" }] }, listen: { port: 0 }, log: "silent", outgoing: { private_hosts: ["127.0.0.1"] } });

interface Stage {
  readonly directory: string;
  readonly storage: Storage;
}

/** A database in which so much is announced to a relying party with a stream and logouts: `n-0`, `n-1`, … in order. */
async function stage(origin: string, count: number): Promise<Stage> {
  const directory = place();
  writeFileSync(path.join(directory, "bridge.yaml"), JSON.stringify(settings()));
  const storage = await openStorage(checkConfiguration(settings(), directory, "production"));
  afterTest(() => storage.close());
  await addParty(storage, "party", { backchannel_logout_uri: `${origin}/logout`, id_token_signed_response_alg: "ES256" });
  await addStream(storage, { id: "stream", endpointUrl: `${origin}/events` });
  for (let index = 0; index < count; index += 1) {
    await announceTo(storage, ["party"], [{ kind: "identifier_changed", newSubject: asIdentifier<Subject>(`n-${index}`), reason: "pseudonym_renewed" }, { kind: "sessions_ended", reason: "pseudonym_renewed" }], `person-${index}`, systemClock());
  }
  return { directory, storage };
}

/** Starts the bridge; its address, once it answers. */
async function start({ directory }: Stage): Promise<{ readonly child: ChildProcess; readonly origin: string }> {
  const child = spawn(process.execPath, [program, "serve", "--config", "bridge.yaml"], { cwd: directory, env: cleanEnvironment(), stdio: ["ignore", "pipe", "ignore"] });
  afterTest(() => void child.kill("SIGKILL"));
  const line = await new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())));
  return { child, origin: /on (\S+)\n$/.exec(line)?.[1] ?? "" };
}

const gone = (child: ChildProcess): Promise<void> => new Promise((resolve) => {
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  else child.once("exit", () => resolve());
});

const isDone = ({ storage }: Stage) => async (): Promise<boolean> => (await storage.read.announcement.count()) + (await storage.read.outboxEntry.count()) === 0;

/** What took effect, in the order in which it did: the SDK, with a memory, takes each token once. */
async function effects(seen: readonly Delivered[], origin: string): Promise<unknown[]> {
  const used = new Set<string>();
  const remember = (id: string): boolean => !used.has(id) && used.add(id) !== undefined;
  const checks = { issuer: "https://login.example.jp", audience: "party", keys: issuerKeys(`http://${origin}/jwks`), remember };
  const taken: unknown[] = [];
  for (const { path: where, token } of seen) {
    if (where !== "/events") continue;
    const verdict = await verifySecurityEventToken(token, checks);
    if (verdict.valid && verdict.events[0]?.type.endsWith("identifier-changed")) taken.push(verdict.events[0].members["new-value"]);
    else if (!verdict.valid) expect(verdict.reason).toBe("replayed");
  }
  return taken;
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `n-${index}`);
const logouts = (seen: readonly Delivered[]): number => new Set(seen.filter(({ path: where }) => where === "/logout").map(({ jti }) => jti)).size;

describe("the bridge is killed", () => {
  const deaths: readonly { readonly name: string; readonly at: number; readonly answers: boolean }[] = [
    { name: "while the first token is on its way", at: 0, answers: false },
    { name: "in the middle of a batch, before the answer", at: 17, answers: false },
    { name: "in the middle of a batch, after the answer", at: 61, answers: true },
  ];
  test.each(deaths)("$name: the next one tells everything, in order, and what it tells again has the same jti", async ({ at, answers }) => {
    const kill: { now: () => void } = { now: () => undefined };
    let killed = false;
    const receiver = await startReceiver((_, before): Answer => {
      if (killed || before < at) return 202;
      killed = true;
      if (answers) setTimeout(kill.now, 5);
      else kill.now();
      return answers ? 202 : "hang";
    });
    const scene = await stage(receiver.origin, 60);
    const first = await start(scene);
    kill.now = () => void first.child.kill("SIGKILL");
    await gone(first.child);
    expect(await isDone(scene)()).toBe(false);
    const { origin } = await start(scene);
    await until(isDone(scene), 60_000);
    expect(await effects(receiver.seen, origin)).toEqual(numbered(60));
    expect(logouts(receiver.seen)).toBe(60);
  });
});

describe("the receiver", () => {
  interface Trouble { readonly name: string; readonly answer: (delivered: Delivered, before: number) => Answer | Promise<Answer> }
  const slowly = async (): Promise<Answer> => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    return 202;
  };
  const troubles: readonly Trouble[] = [
    { name: "answers 500 to every third", answer: (_, before) => (before % 3 === 0 ? 500 : 202) },
    { name: "takes it and never answers, once", answer: (_, before) => (before === 2 ? "hang" : 202) },
    { name: "is slow", answer: slowly },
    { name: "wants no more for now", answer: (_, before) => (before > 3 && before < 7 ? 429 : 202) },
  ];
  test.each(troubles)("$name: everything takes effect once, in order", async ({ answer }) => {
    const receiver = await startReceiver(answer);
    const scene = await stage(receiver.origin, 8);
    const { origin } = await start(scene);
    await until(isDone(scene), 60_000);
    expect(await effects(receiver.seen, origin)).toEqual(numbered(8));
    expect(logouts(receiver.seen)).toBe(8);
  });

  test("is down when it happens: told once it is back", async () => {
    const down = await startReceiver();
    const { port, origin: address } = down;
    await down.close();
    const scene = await stage(address, 5);
    const { origin } = await start(scene);
    await until(async () => ((await scene.storage.read.outboxEntry.findFirst({ where: { streamId: "stream" }, orderBy: { sequence: "asc" } }))?.attempts ?? 0) >= 2, 30_000);
    const back = await startReceiver(() => 202, port);
    await until(isDone(scene), 60_000);
    expect(await effects(back.seen, origin)).toEqual(numbered(5));
  });
});
