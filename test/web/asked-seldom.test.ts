import { expect, test } from "vitest";
import { askedSeldom } from "../../src/web/asked-seldom.ts";

test("however often it is asked, the question is put once a second", async () => {
  let [now, asked] = [0, 0];
  const ask = askedSeldom(async () => ++asked, 1000, () => now);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  now = 999;
  expect(await ask()).toBe(1);
  now = 1000;
  expect(await Promise.all([ask(), ask()])).toEqual([2, 2]);
});

test("an answer that fails is everybody's for as long, and no longer", async () => {
  let now = 0;
  const ask = askedSeldom(() => (now === 0 ? Promise.reject(new Error("no")) : Promise.resolve("yes")), 1000, () => now);
  await expect(ask()).rejects.toThrow("no");
  await expect(ask()).rejects.toThrow("no");
  now = 1000;
  expect(await ask()).toBe("yes");
});
