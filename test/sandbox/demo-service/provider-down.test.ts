import { expect, test } from "vitest";
import { createDemoService } from "../../../src/sandbox/demo-service/demo-service.ts";
import { Browser } from "./browser.ts";
import { startService } from "./service.ts";

test("the provider may start later, and may serve a strange crosswalk", async () => {
  const world = await startService();
  const browser = new Browser();

  const before = await browser.open(`${world.origin}/?lang=en`);
  expect([before.status, before.text.includes("The provider does not answer")]).toEqual([200, true]);
  const refused = await browser.post(`${world.origin}/login?lang=en`, { acr: "" });
  expect([refused.status, refused.text.includes("See that it is running")]).toEqual([503, true]);
  const logout = await fetch(`${world.origin}/backchannel-logout`, { method: "POST", body: new URLSearchParams({ logout_token: "eyJhbGciOiJFUzI1NiIsInR5cCI6ImxvZ291dCtqd3QifQ.e30.AAAA" }) });
  expect(logout.status).toBe(503);

  const provider = await world.startProvider();
  provider.crosswalk = { scales: "none" };
  expect((await browser.open(`${world.origin}/?lang=en`)).text).toContain("The provider does not answer");
  provider.crosswalk = { scales: [] };
  expect((await browser.post(`${world.origin}/login?lang=en`, { acr: "" })).url.pathname).toBe("/claims");

  await provider.close();
  const page = await browser.post(`${world.origin}/refresh?lang=en`);
  expect([page.url.pathname, page.text.includes("The provider does not answer.")]).toEqual(["/claims", true]);
  const end = await browser.post(`${world.origin}/sign-out?lang=en`).catch(() => null);
  expect(end).toBeNull();
  expect((await browser.open(`${world.origin}/?lang=en`)).text).toContain("You have signed out of this library.");
  await world.close();
});

test("an http issuer is refused outside the sandbox", async () => {
  const options = { issuer: "http://localhost:3000", origin: "http://localhost:3100", directory: "/nowhere", allowInsecure: false };
  await expect(createDemoService(options)).rejects.toThrow(/https/);
});
