import { z } from "zod";
import type { AccessTokenClaims } from "./resource.ts";

const text = z.object({ ja: z.string(), en: z.string() });

/** What the API answers: the books, and what the token said of the one who asks. */
export const readingListAnswer = z.object({
  items: z.array(z.object({ title: text, author: text, due: z.number() })),
  token: z.record(z.string(), z.unknown()),
});
export type ReadingListAnswer = z.infer<typeof readingListAnswer>;

const day = 24 * 60 * 60;

/** Books of which the authors' rights have expired, each with the days it may still be kept. */
const books = [
  { title: { ja: "吾輩は猫である", en: "I Am a Cat" }, author: { ja: "夏目漱石", en: "Natsume Sōseki" }, days: 5 },
  { title: { ja: "銀河鉄道の夜", en: "Night on the Galactic Railroad" }, author: { ja: "宮沢賢治", en: "Miyazawa Kenji" }, days: 9 },
  { title: { ja: "たけくらべ", en: "Growing Up" }, author: { ja: "樋口一葉", en: "Higuchi Ichiyō" }, days: 13 },
] as const;

/** The answer for one caller. `now` is in seconds since the epoch. */
export function readingListFor(token: AccessTokenClaims, now: number): ReadingListAnswer {
  return { items: books.map(({ title, author, days }) => ({ title, author, due: now + days * day })), token };
}
