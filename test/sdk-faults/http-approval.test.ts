import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAtAccount, type Opened } from "../attacks/setting.ts";
import { startWorld, type World } from "../support/world.ts";
import { Approver } from "./approve.ts";
import { FaultyWire } from "./faulty-wire.ts";
import { forgetEverybody } from "./forget-everybody.ts";
import { type HttpFault, httpFaults, type HttpFaultRow } from "./http-faults.ts";
import { Card, expectNobodyHalfMade, inTime } from "./setting.ts";
import { type Way, ways } from "./ways.ts";

let world: World;
let image: SecureElementImage;
beforeAll(async () => {
  world = await startWorld();
  image = await world.image("good-phone");
});
afterAll(() => world.close());

describe.each(ways)("approval, passkey made $passkey", ({ device, passkey, steps }: Way) => {
  const approver = (opening: Opened, card: Card, wire: FaultyWire, answerWithin?: number): Approver =>
    new Approver(world, { opening, transport: card.transport, medium: "card", fetch: wire.fetch, passkey, ...(answerWithin !== undefined && { answerWithin }) });

  /** The same person tries once more, and nothing is wrong. */
  async function expectSecondTry(first: Opened, card: Card): Promise<void> {
    const second = await openAtAccount(world, device);
    expect(await inTime(approver(second, card, new FaultyWire()).approve())).toMatchObject({ step: "completed" });
    expect(await expectNobodyHalfMade(world, [first, second])).toBe(1);
  }

  test.each(httpFaults)("at each request: $name", async ({ fault, answerWithin, outcome }: HttpFaultRow) => {
    for (const [position, step] of steps.entries()) {
      await forgetEverybody(world);
      const opening = await openAtAccount(world, device);
      const card = new Card(image);
      const wire = new FaultyWire(position, fault);
      const end = await inTime(approver(opening, card, wire, answerWithin).approve());
      expect(end.step === "failed" ? end.code : end.step, step).toMatch(outcome(step));
      await inTime(wire.idle());
      expect(wire.takenTwice(), step).toEqual([]);
      card.expectTriesKept();
      const people = await expectNobodyHalfMade(world, [opening]);
      if (end.step === "completed") expect(people, step).toBe(1);
      else await expectSecondTry(opening, card);
    }
  });

  test("at each request: the person cancels", async () => {
    for (const [position, step] of steps.entries()) {
      await forgetEverybody(world);
      const opening = await openAtAccount(world, device);
      const card = new Card(image);
      const cancelling: HttpFault = async ({ send }) => {
        void person.cancel();
        return send();
      };
      const wire = new FaultyWire(position, cancelling);
      const person = approver(opening, card, wire);
      expect(await inTime(person.approve()), step).toEqual({ step: "cancelled" });
      await inTime(wire.idle());
      expect(wire.takenTwice(), step).toEqual([]);
      await expectNobodyHalfMade(world, [opening]);
      await expectSecondTry(opening, card);
    }
  });
});
