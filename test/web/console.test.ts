import http from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleAssets } from "../../src/web/assets.ts";
import { type Console, openConsole } from "../../src/web/console/console.ts";
import { listRelyingParties } from "../../src/relying-parties/index.ts";
import type { Storage } from "../../src/storage/index.ts";
import { temporaryStorage } from "../storage/temporary.ts";

let storage: Storage;
let now = 1_800_000_000;
let bundle: Awaited<ReturnType<typeof bundleAssets>>;

beforeAll(async () => {
  bundle = await bundleAssets();
});

const opened: Console[] = [];
async function start(): Promise<{ origin: string; token: string }> {
  storage = temporaryStorage();
  const console = await openConsole({ storage, clock: () => now, sandbox: true, bundle, examine: async () => [{ check: "x", outcome: "problem", finding: "<b>broken</b>", remedy: "mend" }] });
  opened.push(console);
  const address = new URL(console.address);
  return { origin: address.origin, token: new URLSearchParams(address.hash.slice(1)).get("token") ?? "" };
}
afterAll(async () => {
  for (const console of opened) await console.close();
});

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

/** By hand, since `fetch` sets Host and Origin itself. */
function ask(origin: string, method: string, path: string, headers: Record<string, string> = {}, body = ""): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(`${origin}${path}`, { method, headers: { "accept-language": "en", ...headers } }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => (text += chunk.toString()));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text, cookie: (response.headers["set-cookie"] ?? []).join(";") }));
    });
    request.on("error", reject);
    request.end(body);
  });
}

const enter = (origin: string, token: string, headers: Record<string, string> = {}): Promise<Answer> => ask(origin, "POST", "/session", { origin, "content-type": "application/json", ...headers }, JSON.stringify({ token }));

async function entered(): Promise<{ origin: string; cookie: string; csrf: string; post(path: string, form: Record<string, string>, headers?: Record<string, string>): Promise<Answer> }> {
  const { origin, token } = await start();
  const cookie = /jpki_console=[^;]+/.exec((await enter(origin, token)).cookie)?.[0] ?? "";
  const csrf = /name="csrf-token" content="([^"]+)"/.exec((await ask(origin, "GET", "/", { cookie })).text)?.[1] ?? "";
  return {
    origin, cookie, csrf,
    post: (path, form, headers = {}) => ask(origin, "POST", path, { origin, cookie, "content-type": "application/x-www-form-urlencoded", ...headers }, String(new URLSearchParams({ csrf, ...form }))),
  };
}

const wanted = { name: "サービス", client_id: "c1", redirect_uri: "https://rp.example/cb", method: "client_secret_basic" };

describe("the console's door", () => {
  test("opens once, by its token, with a cookie for this host that no script reads", async () => {
    const { origin, token } = await start();
    expect(origin).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const first = await enter(origin, token);
    expect([first.status, first.cookie]).toEqual([200, expect.stringMatching(/jpki_console=.*samesite=strict; httponly/i)]);
    expect([(await enter(origin, token)).status, (await enter(origin, token)).cookie]).toEqual([403, ""]);
  });

  test("the token runs out, and so does a console that is not used", async () => {
    const { origin, token } = await start();
    now += 601;
    expect((await enter(origin, token)).status).toBe(403);
    const { origin: second, cookie } = await entered();
    expect((await ask(second, "GET", "/", { cookie })).text).toContain("Relying parties");
    now += 3601;
    expect((await ask(second, "GET", "/", { cookie })).text).not.toContain("Relying parties");
  });

  const strangers: [string, (origin: string) => Record<string, string>, number][] = [
    ["a page whose name was made to lead here", (origin) => ({ host: "evil.example", origin }), 421],
    ["the name localhost", (origin) => ({ host: origin.slice(7).replace("127.0.0.1", "localhost"), origin }), 421],
    ["another site", () => ({ origin: "https://evil.example" }), 403],
    ["nobody in particular", () => ({ origin: "null" }), 403],
    ["another site, by the browser's word", (origin) => ({ origin, "sec-fetch-site": "cross-site" }), 403],
  ];
  test.each(strangers)("%s does not get in, and uses up nothing", async (_name, headers, status) => {
    const { origin, token } = await start();
    expect((await enter(origin, token, headers(origin))).status).toBe(status);
    expect((await enter(origin, token)).status).toBe(200);
  });

  test("without the session nothing is shown or done", async () => {
    const { origin, cookie, csrf } = await entered();
    const form = { origin, "content-type": "application/x-www-form-urlencoded" };
    for (const wrong of ["", "jpki_console=guess"]) {
      expect((await ask(origin, "GET", "/", { cookie: wrong })).text).not.toContain("Relying parties");
      expect((await ask(origin, "GET", "/clients/c1", { cookie: wrong })).status).toBe(401);
      expect((await ask(origin, "POST", "/clients", { ...form, cookie: wrong }, String(new URLSearchParams({ csrf, ...wanted })))).status).toBe(401);
    }
    for (const headers of [{ ...form, cookie, origin: "https://evil.example" }, { ...form, cookie, "sec-fetch-site": "same-site" }]) {
      expect((await ask(origin, "POST", "/clients", headers, String(new URLSearchParams({ csrf, ...wanted })))).status).toBe(403);
    }
    expect((await ask(origin, "POST", "/clients", { ...form, cookie }, String(new URLSearchParams({ csrf: "guess", ...wanted })))).status).toBe(403);
    expect(await listRelyingParties(storage)).toEqual([]);
  });
});

describe("what the operator does there", () => {
  const made = (text: string): string => /data-made>([^<]+)</.exec(text)?.[1] ?? "";

  test("registers by a secret, shown once; rotates it, retires the earlier one, removes the client", async () => {
    const { origin, cookie, post } = await entered();
    const added = await post("/clients", wanted);
    expect(made(added.text)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const shown = await ask(origin, "GET", "/clients/c1", { cookie });
    expect([shown.text.includes(made(added.text)), shown.text.includes("サービス")]).toEqual([false, true]);
    const rotated = await post("/clients/c1/rotate", {});
    expect([made(rotated.text) !== made(added.text), made(rotated.text).length]).toEqual([true, 43]);
    expect((await post("/clients/c1/retire", {})).status).toBe(200);
    expect((await post("/clients/c1/remove", {})).status).toBe(303);
    expect(await listRelyingParties(storage)).toEqual([]);
  });

  test("registers by a key under FAPI 2.0; the private one is kept nowhere", async () => {
    const { post } = await entered();
    const added = await post("/clients", { ...wanted, method: "private_key_jwt", profile: "fapi2" });
    const key = JSON.parse(made(added.text).replaceAll("&quot;", '"')) as { d: string };
    const [party] = await listRelyingParties(storage);
    expect(party?.metadata).toMatchObject({ profile: "fapi2", token_endpoint_auth_method: "private_key_jwt" });
    expect([typeof key.d, JSON.stringify(party).includes(key.d)]).toEqual(["string", false]);
    expect((await post("/clients/c1/rotate", {})).text).toContain("data-made");
  });

  test("reads the check's findings as text, never as markup", async () => {
    const { post } = await entered();
    await post("/clients", wanted);
    const { text } = await post("/clients/c1/check", {});
    expect([text.includes("&lt;b&gt;broken"), text.includes("<b>broken")]).toEqual([true, false]);
  });

  const refused: [string, Record<string, string>, RegExp][] = [
    ["plain http", { redirect_uri: "http://rp.example/" }, /must be https/],
    ["a client id with a space", { client_id: "a b" }, /client_id: 1 to 64/],
    ["FAPI 2.0 with a secret", { profile: "fapi2" }, /fapi2 needs private_key_jwt/],
    ["no name", { name: "" }, /name: text/],
  ];
  test.each(refused)("%s is refused with the reason, and registers nothing", async (_name, changes, reason) => {
    const { post } = await entered();
    expect((await post("/clients", { ...wanted, ...changes })).text).toMatch(reason);
    expect(await listRelyingParties(storage)).toEqual([]);
  });
});
