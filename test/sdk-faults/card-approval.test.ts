import type { ApprovalOptions, SecureElementImage } from "@jpki-bridge/client-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { at, type Fault } from "../../client-sdk/test/support/faulty-transport.ts";
import { openAtAccount, type Opened } from "../attacks/setting.ts";
import { startWorld, type World } from "../support/world.ts";
import { Approver } from "./approve.ts";
import { type CardFault, cardFaults, releaseLateAnswers } from "./card-faults.ts";
import { forgetEverybody } from "./forget-everybody.ts";
import { Card, expectNobodyHalfMade, inTime } from "./setting.ts";

/** An element in a phone is asked for its tries first, by three commands; what follows is the same as with a card. */
const media: [ApprovalOptions["medium"], number][] = [["card", Infinity], ["smartphone", 4]];

let world: World;
let image: SecureElementImage;
beforeAll(async () => {
  world = await startWorld();
  image = await world.image("good-phone");
});
afterAll(() => world.close());

describe.each(media)("approval with a %s", (medium, most) => {
  let commands = 0;
  beforeAll(async () => {
    await forgetEverybody(world);
    const card = new Card(image);
    await approveWithout(card, await openAtAccount(world, "same"));
    commands = Math.min(card.transport.position, most);
  });

  /** A clean enrolment. */
  async function approveWithout(card: Card, opening: Opened): Promise<void> {
    expect(await inTime(new Approver(world, { opening, transport: card.transport, medium }).approve())).toMatchObject({ step: "completed" });
    card.expectTriesRestored();
  }

  test.each(cardFaults)("at each command: $name", async ({ fault, isHonest, select }: CardFault) => {
    for (let position = 0; position < commands; position += 1) {
      await forgetEverybody(world);
      const opening = await openAtAccount(world, "same");
      const card = new Card(image, fault(position));
      const end = await inTime(new Approver(world, { opening, transport: card.transport, medium, ...(select && { select }) }).approve());
      card.expectTriesKept();
      if (isHonest) expect(end, `at ${position}`).toMatchObject({ step: "completed" });
      expect(await expectNobodyHalfMade(world, [opening])).toBe(end.step === "completed" ? 1 : 0);

      card.mend();
      releaseLateAnswers();
      if (end.step === "completed") continue;
      const second = await openAtAccount(world, "same");
      await approveWithout(card, second);
      expect(await expectNobodyHalfMade(world, [opening, second])).toBe(1);
    }
  });

  test("at each command: the person cancels", async () => {
    for (let position = 0; position < commands; position += 1) {
      await forgetEverybody(world);
      const opening = await openAtAccount(world, "same");
      const cancelling: Fault = async ({ pass }) => {
        void approver.cancel();
        return pass();
      };
      const card = new Card(image, at(position, cancelling));
      const approver = new Approver(world, { opening, transport: card.transport, medium });
      expect(await inTime(approver.approve())).toEqual({ step: "cancelled" });
      expect(card.transport.position).toBe(position + 1);
      card.expectTriesKept();
      expect(await expectNobodyHalfMade(world, [opening])).toBe(0);

      card.mend();
      const second = await openAtAccount(world, "same");
      await approveWithout(card, second);
      expect(await expectNobodyHalfMade(world, [opening, second])).toBe(1);
    }
  });
});
