import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { enrolOnPhone, linkOf, newPerson, openEnrolment, type Person, reachCallback, returnToBrowser } from "../../support/journey.ts";
import { startWorld, type World } from "../../support/world.ts";
import { missing, register, type Service, startApplication, systemPython } from "./application.ts";

/** Services on libraries nobody here wrote, each by its own documentation, against the bridge as it is. */

const withoutAuthlib = missing("python3-authlib and python3-requests", systemPython, "-c", "import authlib, requests");
const rows = [
  { name: "openid-client", file: "openid-client.js", callback: "/callback", absent: null },
  { name: "passport-openidconnect", file: "passport-openidconnect.js", callback: "/callback", absent: null },
  { name: "express-openid-connect", file: "express-openid-connect.js", callback: "/callback", absent: null },
  { name: "@auth/core", file: "auth-core.js", callback: "/auth/callback/bridge", absent: null },
  { name: "Authlib", file: "authlib-service.py", callback: "/callback", absent: withoutAuthlib },
];
for (const { name, absent } of rows) if (absent !== null) process.stderr.write(`skipped: ${name} against the bridge, for ${absent}\n`);

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** Opens what a service sends the browser to, enrols there and comes back. */
async function signIn(person: Person, service: Service): Promise<void> {
  const away = await person.browser.open(`${service.base}/sign-in`);
  const page = await person.browser.open(away.headers.get("location") ?? "");
  const outcome = await enrolOnPhone(world, person, linkOf(await openEnrolment(person, page, "same")), async () => "");
  if (outcome.next !== "return") throw new Error("expected a return");
  await person.browser.open(await reachCallback(person, await returnToBrowser(person, outcome.return_url)));
}

async function told(person: Person, url: string): Promise<Record<string, unknown>> {
  const { status, text } = await person.browser.open(url);
  if (status !== 200) throw new Error(`${status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

describe.each(rows.filter(({ absent }) => absent === null))("$name", ({ file, callback }) => {
  const person = newPerson();
  let service: Service;
  beforeAll(async () => {
    service = await startApplication(file, await register(world, file, callback));
  });
  afterAll(() => service.close());

  test("signs in, and reads the levels at userinfo", async () => {
    await signIn(person, service);
    const { subject, userinfo } = await told(person, `${service.base}/me`);
    expect(userinfo).toMatchObject({ sub: subject, ial: 3, aal: 3, fal: 1, acr: "urn:jpki-bridge:ial3-aal3" });
  });

  test("refreshes", async () => {
    const { before, after } = await told(person, `${service.base}/refresh`);
    expect(after).toMatch(/^[\w-]{20,}$/u);
    expect(after).not.toBe(before);
  });

  test("signs out here and there, and comes back", async () => {
    const away = await person.browser.open(`${service.base}/sign-out`);
    const question = await person.browser.open(away.headers.get("location") ?? "");
    const xsrf = /name="xsrf" value="([^"]*)"/u.exec(question.text)?.[1] ?? "";
    const ended = await person.browser.submit(question, "/sign-out/confirm", { xsrf, logout: "yes" });
    expect(ended.headers.get("location")).toBe(`${service.base}/signed-out`);
    expect(await told(person, `${service.base}/signed-out`)).toEqual({ signedIn: false });

    const again = await person.browser.open(`${service.base}/sign-in`);
    const page = await person.browser.open(again.headers.get("location") ?? "");
    expect([page.status, page.text.includes("/passkey/options")]).toEqual([200, true]);
  });
});
