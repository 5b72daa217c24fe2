import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { asIdentifier, type ClientId, type Subject } from "../../src/identifiers.ts";
import { eventTypes, streamEventTypes } from "../../src/signals/event-types.ts";
import type { OutboxEntry } from "../../src/signals/outbox.ts";
import { inPersonsOrder } from "../../src/signals/persons-order.ts";
import { at, issuer } from "./delivery-rig.ts";

/** `a1` is an event of person a; `s1` is of the stream itself; `i1` says that person i goes by another name from now on. */
function entry(name: string, sequence: number): OutboxEntry {
  const person = { format: "iss_sub", iss: issuer, sub: asIdentifier<Subject>(name.slice(0, 1)) } as const;
  const [subject, type] = name.startsWith("s") ? [{ format: "opaque", id: "stream" } as const, streamEventTypes.verification] : [person, name.startsWith("i") ? eventTypes.identifier_changed : eventTypes.sessions_ended];
  return { clientId: asIdentifier<ClientId>("party"), streamId: "s", message: { kind: "event", subject, type, members: {}, transaction: null }, sequence, jti: name, at, queuedAt: at, attempts: 0, nextAttemptAt: at, lastError: null, diedAt: null };
}

/** Does them with a random pause each. @returns what began and ended (`-`), in order, and the most that were under way. */
async function run(names: string, atOnce: number, stopAt?: string): Promise<{ readonly log: readonly string[]; readonly most: number }> {
  const log: string[] = [];
  let [under, most] = [0, 0];
  await inPersonsOrder(names.split(" ").map(entry), atOnce, async ({ jti }) => {
    log.push(jti);
    most = Math.max(most, (under += 1));
    await setTimeout(Math.random() * 4);
    under -= 1;
    log.push(`-${jti}`);
    return jti === stopAt ? "stop" : "go on";
  });
  return { log, most };
}

const begun = (log: readonly string[]): string[] => log.filter((each) => !each.startsWith("-"));

const rows: readonly (readonly [name: string, entries: string, atOnce: number, most: number])[] = [
  ["of one person one at a time", "a1 a2 a3 a4", 8, 1],
  ["of three people three at a time", "a1 a2 b1 b2 c1 c2 a3 b3 c3", 8, 3],
  ["no more than are allowed", "a1 b1 c1 d1 e1 f1 g1", 2, 2],
  ["one at a time where that is all that is allowed", "a1 b1 a2 c1", 1, 1],
  ["what concerns the stream, alone", "s1 s2 s3", 8, 1],
];

describe.each(rows)("%s", (_, entries, atOnce, most) => {
  test("each once, those of a person in their order", async () => {
    const done = await run(entries, atOnce);
    expect(done.most).toBe(most);
    expect(begun(done.log).toSorted()).toEqual(entries.split(" ").toSorted());
    for (const person of new Set(entries.split(" ").map((each) => each.slice(0, 1)))) {
      const wanted = entries.split(" ").filter((each) => each.startsWith(person)).flatMap((each) => [each, `-${each}`]);
      expect(done.log.filter((each) => each.replace("-", "").startsWith(person))).toEqual(wanted);
    }
  });
});

test.each(["s1", "i1"])("nothing overtakes %s, and it overtakes nothing", async (alone) => {
  const { log } = await run(`a1 b1 c1 ${alone} d1 e1 f1`, 8);
  const middle = log.indexOf(alone);
  expect([log.slice(0, middle).toSorted(), log[middle + 1]]).toEqual([["-a1", "-b1", "-c1", "a1", "b1", "c1"], `-${alone}`]);
});

test("after one that says stop none begins, and what is under way comes to its end", async () => {
  const { log } = await run("a1 b1 c1 a2 b2 c2 a3 b3 c3 a4 b4 c4", 3, "a1");
  expect(begun(log)).not.toContain("a2");
  expect(log.filter((each) => each.startsWith("-"))).toHaveLength(begun(log).length);
});

test("nothing waits: nothing is done", async () => {
  await inPersonsOrder([], 8, () => Promise.reject(new Error("there is none")));
});
