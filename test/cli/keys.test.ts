import { describe, expect, test } from "vitest";
import { desk } from "./run-cli.ts";

interface Key { readonly id: string; readonly algorithm: string; readonly state: string; readonly signs_from: number; readonly retires_at: number | null }
const list = (from: ReturnType<typeof desk>): Promise<Key[]> => from.json<Key[]>("keys", "list");
const now = (): number => Date.now() / 1000;

describe("keys", () => {
  test("through a rotation", async () => {
    const place = desk();
    expect((await place.run("keys", "list")).stdout).toBe("KEY  ALGORITHM  STATE  AGE  SIGNS FROM  NEXT\n");
    // The first key of all signs at once; the next ones are published ahead.
    const first = await place.json<Key>("keys", "rotate");
    expect(await list(place)).toMatchObject([{ id: first.id, algorithm: "ES256", state: "active", age_s: expect.any(Number), next: { state: "retiring", at: first.signs_from + 90 * 86_400 }, retires_at: null }]);
    const rotated = await place.run("keys", "rotate", "--algorithm", "ES256");
    expect(rotated.stdout).toMatch(/^[0-9a-f]{16} \(ES256\) is published within a minute and signs from \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/);
    const [one, two] = await list(place);
    expect([one?.state, two?.state]).toEqual(["active", "announced"]);
    expect(Math.abs((two?.signs_from ?? 0) - now() - 660)).toBeLessThan(30);
    expect((one?.retires_at ?? 0) - (two?.signs_from ?? 0)).toBeGreaterThanOrEqual(3600);

    const again = await place.run("keys", "rotate");
    expect([again.code, again.stdout]).toEqual([3, ""]);
    expect(again.stderr).toBe("invalid_request: a new key is already published and not yet signing\n");
    expect(await list(place)).toHaveLength(2);

    const text = (await place.run("keys", "list")).stdout;
    expect(text.split("\n")[1]).toMatch(/^[0-9a-f]{16} +ES256 +active +0 d +\S+Z +retiring \S+Z$/);
    expect(text).not.toContain("\u001b");
    expect(await place.json<Key>("keys", "rotate", "--algorithm", "RS256")).toMatchObject({ algorithm: "RS256" });
  });

  test("a key is retired at once: another signs, and the audit log says why", async () => {
    const place = desk();
    const first = await place.json<Key>("keys", "rotate");
    const { retired, signs_now } = await place.json<{ retired: string; signs_now: string }>("keys", "retire", first.id, "--now", "--reason", "laptop stolen");
    expect(retired).toBe(first.id);
    // Made in one second, they are in no order.
    expect(Object.fromEntries((await list(place)).map(({ id, state }) => [id, state]))).toEqual({ [first.id]: "retired", [signs_now]: "active" });
    const receipts = (await place.run("audit", "export")).stdout.trim().split("\n").map((line) => JSON.parse(line) as { kind: string; detail: object });
    expect(receipts.find(({ kind }) => kind === "provider_key_retired")?.detail).toEqual({ key: first.id, algorithm: "ES256", reason: "laptop stolen" });
  });

  test("the key of cookies is rotated too", async () => {
    const place = desk();
    expect(await place.json<Key>("keys", "rotate", "--algorithm", "cookies")).toMatchObject({ algorithm: "cookies", signs_from: expect.any(Number) });
  });

  const refused: [string, string[], number, RegExp][] = [
    ["an unknown key", ["0000", "--now", "--reason", "lost"], 3, /^not_found: no such key/],
    ["without --now", ["0000", "--reason", "lost"], 2, /^--now: say that/],
    ["without a reason", ["0000", "--now"], 2, /^--reason: say why/],
  ];
  test.each(refused)("retire: %s", async (_name, words, exit, sentence) => {
    const { code, stderr } = await desk().run("keys", "retire", ...words);
    expect(code).toBe(exit);
    expect(stderr).toMatch(sentence);
  });

  test("an unknown algorithm is wrong usage", async () => {
    const { code, stdout, stderr } = await desk().run("keys", "rotate", "--algorithm", "HS256");
    expect([code, stdout, stderr]).toEqual([2, "", "--algorithm: must be ES256 or RS256, or cookies\ntry: npx jpki-bridge keys rotate --help\n"]);
  });
});
