import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { catalogue, type ErrorCode } from "../../src/errors.ts";
import { en } from "../../views/messages/en.ts";
import { errorSentence, locales } from "../../views/messages/index.ts";
import { ja } from "../../views/messages/ja.ts";
import type { EnrolmentState } from "../../views/pages/index.ts";

type Leaf = string | ((...values: never[]) => string);
type Tree = { readonly [name: string]: Leaf | Tree };

/** What a page read from the catalogue: recorded while the samples are rendered below. */
const read = vi.hoisted(() => new Set<string>());

vi.mock(import("../../views/messages/index.ts"), async (load) => {
  const original = await load();
  const watch = <Value>(value: Value, path: string): Value => {
    if (typeof value === "function" || typeof value === "string") read.add(path);
    if (typeof value !== "object" || value === null) return value;
    return new Proxy(value, {
      get: (target, name, receiver) => {
        const inner: unknown = Reflect.get(target, name, receiver);
        return Object.hasOwn(target, name) && typeof name === "string" && name !== "length" ? watch(inner, `${path}.${name}`) : inner;
      },
    });
  };
  return { ...original, messagesIn: (locale) => watch(original.messagesIn(locale), "") };
});

function leaves(tree: Tree, path = ""): [string, Leaf][] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === "object" ? leaves(value, `${path}.${name}`) : [[`${path}.${name}`, value] satisfies [string, Leaf]],
  );
}

const japanese = new Map(leaves(ja as unknown as Tree));
const english = new Map(leaves(en as unknown as Tree));
const written = (leaf: Leaf): string => (typeof leaf === "string" ? leaf : (leaf as (value: unknown) => string)(3));
const placeholders = (leaf: Leaf): string[] => written(leaf).match(/\{\w+\}/g)?.sort() ?? [];

test("both languages have the same messages", () => {
  expect([...english.keys()].sort()).toEqual([...japanese.keys()].sort());
});

test.each([...japanese.keys()])("%s is written in both languages with the same parameters", (path) => {
  const [inJapanese, inEnglish] = [japanese.get(path) ?? "", english.get(path) ?? ""];
  expect(written(inJapanese).trim()).not.toBe("");
  expect(written(inEnglish).trim()).not.toBe("");
  expect(typeof inEnglish).toBe(typeof inJapanese);
  expect(typeof inEnglish === "function" && inEnglish.length).toBe(typeof inJapanese === "function" && inJapanese.length);
  expect(placeholders(inEnglish)).toEqual(placeholders(inJapanese));
});

test("every parameter shows in the sentence; a level is said in words", () => {
  const isSilent = ([, leaf]: [string, Leaf]): boolean => typeof leaf === "function" && !written(leaf).includes("3");
  expect([...japanese].filter(isSilent).map(([path]) => path)).toEqual([".account.levelText"]);
  expect([...english].filter(isSilent).map(([path]) => path)).toEqual([".account.levelText"]);
});

test("Japanese sentences are Japanese, English ones are not", () => {
  const isJapanese = /[\u3040-\u30ff\u4e00-\u9fff]/;
  const shared = new Set([".common.product", ".common.otherLanguage", ".common.otherLanguageLabel"]);
  expect([...japanese.keys()].filter((path) => !shared.has(path) && !isJapanese.test(written(japanese.get(path) ?? "")))).toEqual([]);
  expect([...english.keys()].filter((path) => !shared.has(path) && isJapanese.test(written(english.get(path) ?? "")))).toEqual([]);
});

test.each(Object.keys(catalogue) as ErrorCode[])("%s has a sentence in both languages", (code) => {
  for (const locale of locales) expect(errorSentence(code, locale).trim()).not.toBe("");
});

test("every message stands on some page", async () => {
  const { samples } = await import("../../views/samples.ts");
  for (const { show } of samples) show("ja");
  expect([...japanese.keys()].filter((path) => !read.has(path))).toEqual([]);
});

test("every message handed to a browser module is used by one", async () => {
  const folder = fileURLToPath(new URL("../../views/browser/", import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const source = (await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")))).join("\n");
  const handed = [ja.signIn, ja.enrolProgress, ja.enrolReturn, ja.enrolContinue, ja.phone].flatMap(({ script }) => Object.keys(script));
  const states = new Set<string>(Object.keys({ open: 0, claimed: 0, numbered: 0, proved: 0, passkey_pending: 0, complete: 0, failed: 0, expired: 0, cancelled: 0 } satisfies Record<EnrolmentState, 0>));
  expect(handed.filter((name) => !states.has(name) && !new RegExp(`own\\.${name}\\b`).test(source))).toEqual([]);
});
