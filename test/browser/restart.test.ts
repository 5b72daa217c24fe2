import { afterAll, beforeAll, test } from "vitest";
import { openStage, type Stage } from "./stage.ts";
import { allow, begin, chooseDevice, expectClaims, shownNumber, useDemoPhone } from "./steps.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

test("the server restarts in the middle of an enrolment and of a sign-in: both go on", async () => {
  const desk = await stage.newBrowser();
  await begin(stage, desk);
  await stage.restart();
  await chooseDevice(desk, "other");
  const link = await desk.page.locator("a[data-app-link]").first().getAttribute("href");
  const phone = await stage.newBrowser({ phone: true });
  await phone.page.goto(String(link));
  await useDemoPhone(phone.page, "next-generation", {
    number: async () => {
      const number = await shownNumber(desk.page);
      await stage.restart();
      return number;
    },
  });
  await phone.page.locator('[data-when~="done"]').waitFor();
  await desk.page.locator('[data-when~="complete"] a').click();
  await phone.authenticator.copyTo(desk.authenticator);
  await stage.restart();
  await desk.page.locator("[data-sign-in]").click();
  await desk.page.locator('form[action$="/consent"]').waitFor();
  await stage.restart();
  await allow(desk);
  // The demo service keeps its sessions in memory: it asks to begin again, and the bridge still knows the person.
  await begin(stage, desk);
  await expectClaims(desk, { ial: "3", aal: "2" });
});
