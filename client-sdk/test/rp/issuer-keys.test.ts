import { beforeAll, expect, test } from "vitest";
import { issuerKeys, type IssuerKeysOptions, verifyLogoutToken } from "../../src/rp/index.ts";
import { audience, checksOf, type Issuer, issuer, makeIssuer, now } from "./issuer.ts";

let before: Issuer;
let after: Issuer;
beforeAll(async () => {
  before = await makeIssuer();
  after = await makeIssuer();
});

/** A key set endpoint, and what came of verifying tokens with its keys. */
function receiver(answer: () => Response | Promise<Response>, options: IssuerKeysOptions = {}) {
  let asked = 0;
  const fetch = async (): Promise<Response> => {
    asked += 1;
    return answer();
  };
  const keys = issuerKeys("https://bridge.example/jwks", { fetch, ...options });
  let jti = 0;
  const receive = async (by: Issuer, kid: string): Promise<string> => {
    jti += 1;
    const claims = { iss: issuer, aud: audience, iat: now, exp: now + 60, jti: String(jti), sid: "s", events: { "http://schemas.openid.net/event/backchannel-logout": {} } };
    const verdict = await verifyLogoutToken(await by.sign({ typ: "logout+jwt", kid }, claims, {}), { ...checksOf(by), keys });
    return verdict.valid ? "taken" : verdict.reason;
  };
  return { receive, asked: () => asked };
}

const renamed = ({ jwks }: Issuer, kid: string): object => ({ keys: jwks.keys.map((key) => (key.kid === "ec" ? { ...key, kid } : key)) });

test("the key set is asked for once", async () => {
  const { receive, asked } = receiver(() => Response.json(before.jwks));
  expect([await receive(before, "ec"), await receive(before, "ec")]).toEqual(["taken", "taken"]);
  expect(asked()).toBe(1);
});

test("a rotated key is taken up as soon as it signs", async () => {
  let jwks: object = before.jwks;
  const { receive, asked } = receiver(() => Response.json(jwks), { pause: 0 });
  const first = await receive(before, "ec");
  jwks = renamed(after, "new");
  expect([first, await receive(after, "new"), await receive(before, "ec")]).toEqual(["taken", "taken", "unknown_key"]);
  expect(asked()).toBe(3);
});

test("forged key ids do not make us ask again and again", async () => {
  const { receive, asked } = receiver(() => Response.json(before.jwks));
  const verdicts = [];
  for (let number = 0; number < 20; number += 1) verdicts.push(await receive(after, `forged-${number}`));
  expect(new Set(verdicts)).toEqual(new Set(["unknown_key"]));
  expect(asked()).toBe(1);
});

const failures: [name: string, answer: () => Response | Promise<Response>][] = [
  ["unreachable", () => Promise.reject(new TypeError("fetch failed"))],
  ["an error", () => new Response("", { status: 503 })],
  ["a redirect", () => new Response("", { status: 302, headers: { location: "https://attacker.example/jwks" } })],
  ["no JSON", () => new Response("<html>")],
  ["no key set", () => Response.json({ keys: "none" })],
];
test.for(failures)("%s: nothing is decided, and the next time it is asked again", async ([, answer]) => {
  let isDown = true;
  const { receive } = receiver(() => (isDown ? answer() : Response.json(before.jwks)));
  const first = await receive(before, "ec");
  isDown = false;
  expect([first, await receive(before, "ec")]).toEqual(["keys_unavailable", "taken"]);
});
