import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, HttpBrowser } from "../support/http-browser.ts";
import { newPerson, type Person } from "../support/journey.ts";
import { enrolledAt, goThrough, withNewPhone } from "../support/recovery.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { type Setting, startSetting } from "./setting.ts";

let setting: Setting;
let holder: Person;
beforeAll(async () => {
  setting = await startSetting();
  holder = withNewPhone((await enrolledAt(setting.world, await registerRelyingParty(setting.world), "good-phone")).person);
});
afterAll(() => setting.close());

const told = "Nobody can sign in with it.";
const done = (browser: HttpBrowser, purpose = "hold"): Promise<Answer> => browser.open(`${setting.world.issuer}/recovery/done/${purpose}`);
const pathOf = ({ url }: Answer): string => new URL(url).pathname;

describe("the page that tells what was done", () => {
  test.each(["recover", "hold", "release", "renew"])("%s: tells nobody by a mere link", async (purpose) => {
    expect(pathOf(await done(new HttpBrowser(), purpose))).toBe("/recovery");
  });

  test("tells the browser it was done in, in its language too, and for five minutes; not what was not done", async () => {
    const page = await goThrough(setting.world, holder, "hold", { device: "other" });
    expect(page.text).toContain(told);
    expect((await holder.browser.open(`${page.url}?ui_locales=ja`)).text).toContain('lang="ja"');
    expect(pathOf(await done(holder.browser))).toBe("/recovery/done/hold");
    expect(pathOf(await done(holder.browser, "release"))).toBe("/recovery");
    expect(pathOf(await done(newPerson("good-phone").browser))).toBe("/recovery");
    setting.world.advance(301);
    expect(pathOf(await done(holder.browser))).toBe("/recovery");
  });

  test("tells it no more once something else has begun there", async () => {
    await goThrough(setting.world, holder, "release", { device: "other" });
    await goThrough(setting.world, holder, "hold", { device: "other" });
    const page = await holder.browser.open(`${setting.world.issuer}/recovery/release`);
    await holder.browser.submit(page, "/recovery/release", { device: "other" });
    expect(pathOf(await done(holder.browser))).toBe("/recovery");
  });
});
