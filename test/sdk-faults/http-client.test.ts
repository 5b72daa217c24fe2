import { DpopKey, type SecureElementImage } from "@jpki-bridge/client-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { transactionLife } from "../../src/enrolment/transaction.ts";
import { Device } from "../attacks/device.ts";
import { openAtAccount } from "../attacks/setting.ts";
import { startWorld, type World } from "../support/world.ts";
import { enrol } from "./enrol.ts";
import { FaultyWire } from "./faulty-wire.ts";
import { forgetEverybody } from "./forget-everybody.ts";
import { httpFaults, type HttpFaultRow } from "./http-faults.ts";
import { Card, expectNobodyHalfMade, inTime, outcomeOf } from "./setting.ts";
import { type Way, ways } from "./ways.ts";

let world: World;
let image: SecureElementImage;
beforeAll(async () => {
  world = await startWorld();
  image = await world.image("good-phone");
});
afterAll(() => world.close());

describe.each(ways)("passkey made $passkey", ({ device, passkey, steps }: Way) => {
  test("an enrolment takes these steps, each once", async () => {
    const wire = new FaultyWire();
    await forgetEverybody(world);
    await enrol(world, { opening: await openAtAccount(world, device), transport: new Card(image).transport, fetch: wire.fetch, passkey });
    expect(wire.taken()).toEqual(steps.map((step) => [step, 1]));
  });

  test.each(httpFaults)("at each request: $name", async ({ fault, answerWithin, outcome: expected }: HttpFaultRow) => {
    for (const [position, step] of steps.entries()) {
      await forgetEverybody(world);
      const first = await openAtAccount(world, device);
      const card = new Card(image);
      const wire = new FaultyWire(position, fault);
      const outcome = await outcomeOf(enrol(world, { opening: first, transport: card.transport, fetch: wire.fetch, passkey, ...(answerWithin && { answerWithin }) }));
      expect(outcome, step).toMatch(expected(step));
      await inTime(wire.idle());
      expect(wire.takenTwice(), step).toEqual([]);
      card.expectTriesKept();
      const people = await expectNobodyHalfMade(world, [first]);
      if (outcome === "completed") {
        expect(people).toBe(1);
        continue;
      }

      const second = await openAtAccount(world, device);
      expect(await inTime(enrol(world, { opening: second, transport: card.transport, passkey })), `again after ${step}`).toMatchObject({ next: device === "same" ? "return" : "done" });
      expect(await expectNobodyHalfMade(world, [first, second])).toBe(1);
    }
  });
});

test("a transaction that is left over expires", async () => {
  const opening = await openAtAccount(world, "same");
  const wire = new FaultyWire(1, async ({ send }) => { await send(); return Response.error(); });
  const key = await DpopKey.generate();
  expect(await outcomeOf(enrol(world, { opening, transport: new Card(image).transport, fetch: wire.fetch, key }))).toBe("answer_malformed");
  const device = await Device.open(world, opening.link, key);
  expect((await device.post("status")).body).toMatchObject({ state: "challenged" });
  world.advance(transactionLife);
  expect((await device.post("status")).body).toMatchObject({ state: "expired" });
});
