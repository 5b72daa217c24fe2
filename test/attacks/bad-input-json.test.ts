import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Endpoint, endpoints, send, served, visit, type Visit } from "./endpoints.ts";
import { expectBadInput, unreadableJson, wrongValues } from "./bad-input.ts";
import { type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let place: Visit;
beforeAll(async () => {
  setting = await startSetting();
  place = await visit(setting.world);
});
afterAll(() => setting.close());

const jsonEndpoints = endpoints.filter(({ kind }) => kind === "json");

test("the list of endpoints is the routers' own", () => {
  expect(endpoints.map(({ pattern }) => pattern).sort()).toEqual(served("POST"));
});

describe.each(jsonEndpoints.map((endpoint): [string, Endpoint] => [endpoint.pattern, endpoint]))("POST %s", (_pattern, endpoint) => {
  test.each(unreadableJson.map((body): [string, typeof body] => [body.name, body]))("%s", async (_name, { init, code }) => {
    const answer = await unchangedBy(setting.world, () => send(place, endpoint, init()));
    expectBadInput(answer, "en", code);
  });

  const wrong = Object.keys(endpoint.members).flatMap((member) => wrongValues.map(([name, value]) => [member, name, value] as const));
  test.each(wrong.filter(([member, name]) => member !== "credential" || !["an object", "an object that acts as a text"].includes(name)))("%s: %s", async (member, _name, value) => {
    const body = JSON.stringify({ ...endpoint.members, [member]: value });
    const answer = await unchangedBy(setting.world, () => send(place, endpoint, { body, headers: { "content-type": "application/json" } }), ["PasskeyChallenge"]);
    expectBadInput(answer);
  });

  test.each(Object.keys(endpoint.members).filter((member) => !endpoint.pattern.endsWith("/statement") || member !== "number"))("%s: left out", async (member) => {
    const { [member]: _left, ...rest } = endpoint.members;
    const answer = await unchangedBy(setting.world, () => send(place, endpoint, { body: JSON.stringify(rest), headers: { "content-type": "application/json" } }));
    expectBadInput(answer);
  });

  test("in Japanese", async () => {
    const answer = await send(place, endpoint, { body: "{", headers: { "content-type": "application/json", accept: "text/html" } }, "ja");
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("送られた内容を読み取れませんでした");
  });
});
