import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { openToken, type SigningToken, TokenSigningKey } from "../../src/provider/pkcs11/index.ts";
import { temporaryDirectory } from "../storage/temporary.ts";

const compiler = ["/usr/bin/gcc", "/usr/bin/cc"].find((file) => existsSync(file));
if (compiler === undefined) process.stderr.write("skipped: a token that hangs, for there is no C compiler\n");

const outcome = (work: Promise<unknown>): Promise<string> => work.then(() => "signed", (error: { code?: string }) => String(error.code));
async function took(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** The module of a token that takes so many milliseconds for a signature. */
function slowModule(milliseconds: number): string {
  const module = path.join(temporaryDirectory(), "slow.so");
  execFileSync(compiler ?? "", ["-shared", "-fPIC", `-DMILLISECONDS=${milliseconds}`, "-o", module, path.join(import.meta.dirname, "slow-token.c")]);
  return module;
}
const slowToken = (milliseconds: number, answerWithin: number): Promise<SigningToken> => openToken({ module: slowModule(milliseconds), label: "bridge", pin: "1", answerWithin });

test.skipIf(compiler === undefined)("a token that hangs keeps nothing else of the process waiting; a signature has an end, and the next is refused at once", { timeout: 20_000 }, async () => {
  const token = await slowToken(2000, 200);
  const sign = (): Promise<string> => outcome(token.sign({ label: "a" }, "ES256", new Uint8Array(3)));
  const signed = Promise.all(Array.from({ length: 8 }, sign));
  expect(token.isAnswering()).toBe(true);
  // The module sleeps for two seconds a signature: eight of them would take all threads for four.
  const others = await Promise.all([took(() => readFile(import.meta.filename)), took(() => crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]))]);
  expect(Math.max(...others)).toBeLessThan(1500);
  expect(new Set(await signed)).toEqual(new Set(["token_hung"]));
  expect(token.isAnswering()).toBe(false);
  expect(await took(sign)).toBeLessThan(100);
});

test.skipIf(compiler === undefined)("a token that is merely busy does not hang: whoever has no turn in time is refused, and nothing is signed for them any more", { timeout: 20_000 }, async () => {
  const token = await slowToken(20, 300);
  const sign = (): Promise<string> => outcome(token.sign({ label: "a" }, "ES256", new Uint8Array(3)));
  const answering: boolean[] = [];
  const watch = setInterval(() => answering.push(token.isAnswering()), 10);
  // Two at once: these take a second and a half.
  const all = await Promise.all(Array.from({ length: 150 }, sign));
  expect(await took(sign)).toBeLessThan(300);
  clearInterval(watch);
  expect(new Set(all)).toEqual(new Set(["signed", "token_busy"]));
  expect(new Set(answering)).toEqual(new Set([true]));
  expect(token.hasRoom()).toBe(true);
});

test.skipIf(compiler === undefined)("a process ends though its token hangs, and writes its log before", { timeout: 20_000 }, () => {
  const source = (file: string): string => JSON.stringify(path.join(import.meta.dirname, "../../src", file));
  const program = `
    import { endThoughItHangs } from ${source("cli/token.ts")};
    import { createLogger } from ${source("log.ts")};
    import { openToken } from ${source("provider/pkcs11/index.ts")};
    const log = createLogger("info");
    const token = await openToken({ module: ${JSON.stringify(slowModule(60_000))}, label: "bridge", pin: "1", answerWithin: 100 });
    endThoughItHangs(token);
    await token.sign({ label: "a" }, "ES256", new Uint8Array(3)).catch((error) => log.info(error.code));
    process.exit(0);`;
  const { signal, stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8", timeout: 15_000, killSignal: "SIGTERM" });
  expect([signal, stdout]).toEqual(["SIGKILL", expect.stringContaining("token_hung")]);
});

describe("a key of a token", () => {
  const [own, other] = [generateKeyPairSync("ec", { namedCurve: "P-256" }), generateKeyPairSync("ec", { namedCurve: "P-256" })];
  const signingKey = (key: typeof own): TokenSigningKey => {
    const token = { isAnswering: () => true, sign: async (_place: unknown, _algorithm: unknown, octets: Uint8Array) => Uint8Array.from(sign("sha256", octets, { key: key.privateKey, dsaEncoding: "ieee-p1363" })) };
    return new TokenSigningKey({ ...own.publicKey.export({ format: "jwk" }), kid: "k", alg: "ES256", use: "sig", token: { label: "a" } }, token as unknown as SigningToken);
  };
  test("signs", async () => expect((await signingKey(own).sign(new Uint8Array(3))).length).toBe(64));
  test("does not sign by another key that has come to its place", async () => expect(await outcome(signingKey(other).sign(new Uint8Array(3)))).toBe("key_replaced"));
});

describe("a key of a token can be counted on", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());
  const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
  /** What happens one after the other: milliseconds that pass, a signature, a question; and how many signatures the token has been asked for then. */
  const rows: readonly (readonly [string, readonly (number | "signs" | "breaks" | "heals" | "ready" | "not ready")[], number])[] = [
    ["where it has never signed, once one was tried", ["ready"], 1],
    ["after a signature without another, for a second", ["signs", 999, "ready", "ready"], 1],
    ["then another is tried, and speaks for a second more", ["signs", 1000, "ready", 999, "ready"], 2],
    ["not where one that is tried fails", ["signs", 1000, "breaks", "not ready", "not ready"], 3],
    ["at first, though it has broken since", ["signs", "breaks", "ready"], 1],
    ["not once one has failed", ["signs", "breaks", "signs", "not ready"], 3],
    ["again once one that is tried is there", ["breaks", "not ready", "heals", "ready", "ready"], 2],
  ];
  test.each(rows)("%s", async (_name, steps, signatures) => {
    let [isBroken, asked] = [false, 0];
    const answer = async (_place: unknown, _algorithm: unknown, octets: Uint8Array): Promise<Uint8Array> => {
      asked += 1;
      if (isBroken) throw new Error("broken");
      return Uint8Array.from(sign("sha256", octets, { key: pair.privateKey, dsaEncoding: "ieee-p1363" }));
    };
    const key = new TokenSigningKey({ ...pair.publicKey.export({ format: "jwk" }), kid: "k", alg: "ES256", use: "sig", token: { label: "a" } }, { hasRoom: () => true, isAnswering: () => true, sign: answer } as unknown as SigningToken);
    for (const step of steps) {
      if (typeof step === "number") vi.advanceTimersByTime(step);
      else if (step === "breaks" || step === "heals") isBroken = step === "breaks";
      else if (step === "signs") await key.sign(new Uint8Array(3)).catch(() => undefined);
      else expect(await key.isReady()).toBe(step === "ready");
    }
    expect(asked).toBe(signatures);
  });
});
