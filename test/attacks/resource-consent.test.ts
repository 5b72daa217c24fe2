import { afterAll, beforeAll, expect, test } from "vitest";
import type { Person } from "../support/journey.ts";
import { personWith, RawParty } from "./raw-party.ts";
import { type Setting, startSetting } from "./setting.ts";

const resource = "https://resource.example/api";
let setting: Setting;
let party: RawParty;
let person: Person;
beforeAll(async () => {
  setting = await startSetting();
  party = await RawParty.register(setting.world);
  person = await personWith(setting.world, party);
});
afterAll(() => setting.close());

test("a token for a resource that the person never agreed to is not to be had without a scope", async () => {
  const answer = await party.authorize(person.browser, { resource });
  expect(new URL(String(answer.headers.get("location"))).searchParams.get("error")).toBe("invalid_target");
});

test("a refresh that is refused leaves the refresh token as it was", async () => {
  const { body } = await party.exchange(await party.code(person.browser));
  const refresh_token = String(body["refresh_token"]);
  expect((await party.token({ grant_type: "refresh_token", refresh_token, resource })).status).toBe(400);
  expect((await party.token({ grant_type: "refresh_token", refresh_token })).status).toBe(200);
});
