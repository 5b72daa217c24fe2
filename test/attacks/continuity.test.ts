import { expect, test } from "vitest";
import { enrolAndSignIn, newPerson } from "../support/journey.ts";
import { registerRelyingParty } from "../support/relying-party.ts";
import { type Behaviour, startServer } from "../revocation/servers.ts";
import { signedBy } from "./device.ts";
import { challengedDevice, expectRefused, openAtAccount, startSetting } from "./setting.ts";
import { count, refusedBy, transactionState } from "./state.ts";

/** Hands the question on to the stand-in. */
const through = (target: string): Behaviour => async ({ body }, response) => {
  const answered = await fetch(target, { method: "POST", headers: { "content-type": "application/json" }, body: Uint8Array.from(body) });
  response.writeHead(answered.status, { "content-type": "application/json" }).end(await answered.text());
};

test("an outage of the continuity service makes no second person of somebody with a new phone", async () => {
  let target = "";
  const service = await startServer((_request, response) => void response.writeHead(503).end());
  const setting = await startSetting((file) => {
    target = String(file.continuity?.url);
    return { ...file, continuity: { url: service.url } };
  });
  const { world } = setting;
  const party = await registerRelyingParty(world);
  const subject = async (): Promise<unknown> => {
    const { signIn, callback } = await enrolAndSignIn(world, newPerson("good-phone"), party);
    return (await party.finish(signIn, callback)).claims()?.sub;
  };

  service.behave(through(target));
  const before = await subject();
  await world.jlis.personas.operate("good-phone", "reissue");
  world.advance(10);
  service.behave((_request, response) => void response.writeHead(503).end());
  const opening = await openAtAccount(world, "same", newPerson("good-phone"));
  const { device, statement } = await challengedDevice(world, opening);
  const proof = await signedBy(await world.image("good-phone"), statement);
  const refused = await refusedBy(world, statement, () => device.prove(proof), { code: "status_unavailable", rule: "continuity: http_status, HTTP 503", possession: true, medium: "smartphone" });
  expectRefused(refused, "status_unavailable");
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await transactionState(world, opening.transaction)).toBe("failed");

  service.behave(through(target));
  expect(await subject()).toBe(before);
  expect(await count(world, "person")).toBe(1);
  await setting.close();
});
