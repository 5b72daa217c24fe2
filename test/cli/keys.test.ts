import { describe, expect, test } from "vitest";
import { desk } from "./run-cli.ts";

interface Key { readonly id: string; readonly algorithm: string; readonly state: string; readonly signs_from: number; readonly retires_at: number | null }
const list = (from: ReturnType<typeof desk>): Promise<Key[]> => from.json<Key[]>("keys", "list");
const now = (): number => Date.now() / 1000;

describe("keys", () => {
  test("through a rotation", async () => {
    const place = desk();
    expect((await place.run("keys", "list")).stdout).toBe("KEY  ALGORITHM  STATE  SIGNS FROM  RETIRES\n");
    // The first key of all signs at once; the next ones are published ahead.
    const first = await place.json<Key>("keys", "rotate");
    expect(await list(place)).toMatchObject([{ id: first.id, algorithm: "ES256", state: "signing", retires_at: null }]);
    const rotated = await place.run("keys", "rotate", "--algorithm", "ES256");
    expect(rotated.stdout).toMatch(/^[0-9a-f]{16} \(ES256\) is published within a minute and signs from \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/);
    const [one, two] = await list(place);
    expect([one?.state, two?.state]).toEqual(["signing", "next"]);
    expect(Math.abs((two?.signs_from ?? 0) - now() - 600)).toBeLessThan(60);
    expect((one?.retires_at ?? 0) - (two?.signs_from ?? 0)).toBeGreaterThanOrEqual(3600);

    const again = await place.run("keys", "rotate");
    expect([again.code, again.stdout]).toEqual([3, ""]);
    expect(again.stderr).toBe("invalid_request: a new key is already published and not yet signing\n");
    expect(await list(place)).toHaveLength(2);

    const text = (await place.run("keys", "list")).stdout;
    expect(text.split("\n")[1]).toMatch(/^[0-9a-f]{16} +ES256 +signing +\S+Z +\S+Z$/);
    expect(text).not.toContain("\u001b");
    expect(await place.json<Key>("keys", "rotate", "--algorithm", "RS256")).toMatchObject({ algorithm: "RS256" });
  });

  test("an unknown algorithm is wrong usage", async () => {
    const { code, stdout, stderr } = await desk().run("keys", "rotate", "--algorithm", "HS256");
    expect([code, stdout, stderr]).toEqual([2, "", "--algorithm: must be ES256 or RS256\ntry: npx jpki-bridge keys rotate --help\n"]);
  });
});
