import type { SecureElementImage } from "@jpki-bridge/client-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAtAccount } from "../attacks/setting.ts";
import { startWorld, type World } from "../support/world.ts";
import { type CardFault, cardFaults, releaseLateAnswers } from "./card-faults.ts";
import { enrol } from "./enrol.ts";
import { forgetEverybody } from "./forget-everybody.ts";
import { Card, expectNobodyHalfMade, inTime, outcomeOf } from "./setting.ts";

let world: World;
let image: SecureElementImage;
let commands = 0;

beforeAll(async () => {
  world = await startWorld();
  image = await world.image("good-phone");
  const { transport } = new Card(image);
  await enrol(world, { opening: await openAtAccount(world, "same"), transport });
  commands = transport.position;
});
afterAll(() => world.close());

test("an enrolment takes the commands that the faults are tried at", () => {
  expect(commands).toBeGreaterThan(10);
});

test.each(cardFaults)("at each command of an enrolment: $name", async ({ fault, select }: CardFault) => {
  for (let position = 0; position < commands; position += 1) {
    await forgetEverybody(world);
    const first = await openAtAccount(world, "same");
    const card = new Card(image, fault(position));
    const outcome = await outcomeOf(enrol(world, { opening: first, transport: card.transport, ...(select && { select }) }));
    card.expectTriesKept();
    const people = await expectNobodyHalfMade(world, [first]);
    expect(people, `${outcome} at ${position}`).toBe(outcome === "completed" ? 1 : 0);

    card.mend();
    releaseLateAnswers();
    if (outcome === "completed") continue;
    const second = await openAtAccount(world, "same");
    expect(await inTime(enrol(world, { opening: second, transport: card.transport })), `again after ${position}`).toMatchObject({ next: "return" });
    card.expectTriesRestored();
    expect(await expectNobodyHalfMade(world, [first, second])).toBe(1);
  }
});
