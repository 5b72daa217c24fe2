import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Setting, startSetting } from "./setting.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
});
afterAll(() => setting.close());

/** What strangers and confused clients put into addresses; the path is logged, so it is cut. */
const paths = [
  ["a signed token", "/userinfo/eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJlLW9mLXRlc3Q5", "eyJzdWIiOiIxMjM0NTY3ODkwIn0"],
  ["a short code", "/enrolment/continue/a1B2c3D4", "a1B2c3D4"],
  ["a serial number", "/certificates/4200003", "4200003"],
  ["a My Number", "/account/123456789018", "123456789018"],
  ["a name", "/account/%E8%A6%8B%E6%9C%AC%E8%8A%B1%E5%AD%90", "%E8%A6%8B"],
  ["a certificate in base64", "/MIIEzTCCA7WgAwIBAgIDQBYF+ab/cd+EF==", "MIIEzTCCA7WgAwIBAgIDQBYF"],
  ["a line of its own", "/a%0d%0a%7b%22level%22:30%7d", "level%22"],
] as const;

describe("what stands in an address is not logged", () => {
  test.each(paths)("%s", async (_name, path, secret) => {
    const { world } = setting;
    const earlier = world.logs.length;
    const response = await fetch(`${world.issuer}${path}?token=${encodeURIComponent(secret)}`, { headers: { accept: "text/html" } });
    expect(response.status).toBe(404);
    const lines = world.logs.slice(earlier).join("");
    expect(lines).toContain('"status":404');
    expect(lines).not.toContain(secret);
  });
});

test("what fails inside the library leaves its kind in the log, and prints nothing beside it", async () => {
  const { world } = setting;
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const earlier = world.logs.length;
  // A user code in the path, without a session.
  const { status } = await fetch(`${world.issuer}/device/QWER-TYUI`);
  expect(printed.mock.calls).toEqual([]);
  printed.mockRestore();
  const lines = world.logs.slice(earlier).join("");
  expect(lines).toContain(`"status":${status}`);
  expect(lines).not.toContain("QWER");
});
