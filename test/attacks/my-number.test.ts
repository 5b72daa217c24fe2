import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/http-browser.ts";
import type { Person } from "../support/journey.ts";
import { enrolledPerson, expectRefusedPage, type Setting, startSetting } from "./setting.ts";
import { unchangedBy } from "./state.ts";

let setting: Setting;
let person: Person;
let page: Answer;
let renameUrl: string;
beforeAll(async () => {
  setting = await startSetting();
  person = await enrolledPerson(setting.world, "good-phone");
  page = await person.browser.open(`${setting.world.issuer}/account`);
  renameUrl = /action="(\/account\/passkeys\/[^"]+\/rename)"/.exec(page.text)?.[1] ?? "";
});
afterAll(async () => {
  setting.secrets.note("123456789018", "1234 5678 9018", "111111111118");
  await setting.close();
});

const rename = (name: string): Promise<Answer> => person.browser.submit(page, renameUrl, { name });
const fullWidth = (text: string): string => text.replace(/\d/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));

/** Numbers with a valid check digit, in the ways that people write them. */
const numbers: readonly [string, string][] = [
  ["plain", "123456789018"],
  ["another", "111111111118"],
  ["with spaces", "1234 5678 9018"],
  ["with hyphens", "1234-5678-9018"],
  ["in full-width digits", fullWidth("123456789018")],
  ["in full-width digits with full-width hyphens", fullWidth("1234－5678－9018")],
  ["with ideographic spaces", "1234\u30005678\u30009018"],
  ["with long vowel marks for hyphens", fullWidth("1234ー5678ー9018")],
  ["with minus signs", "1234−5678−9018"],
  ["with typographic hyphens", "1234\u20105678\u20109018"],
  ["with dashes", "1234–5678—9018"],
  ["with dots", "1234.5678.9018"],
  ["with middle dots", "1234・5678・9018"],
  ["with slashes", "1234/5678/9018"],
  ["with underscores", "1234_5678_9018"],
  ["with zero-width spaces", "1234\u200b5678\u200b9018"],
  ["digit by digit", [..."123456789018"].join(" ")],
  ["within words", "My phone 123456789018"],
  ["between letters", "ab123456789018cd"],
  ["between characters", "番号は123456789018です"],
  ["in circled digits", "①②③④⑤⑥⑦⑧⑨⓪①⑧"],
];

describe("a passkey's name that holds a My Number", () => {
  test.each(numbers)("%s is refused, and the number is not even said again", async (_name, text) => {
    const answer = await unchangedBy(setting.world, () => rename(text));
    expectRefusedPage(answer, "my_number_refused");
    expect(answer.text).not.toContain("9018");
  });

  const others: readonly [string, string][] = [
    ["twelve digits with another check digit", "123456789012"],
    ["thirteen digits", "1234567890180"],
    ["eleven digits", "12345678901"],
    ["a telephone number", "090-1234-5678"],
    ["words", "新しいスマートフォン"],
    ["a family of emoji, which has joiners", "👨\u200d👩\u200d👧 の電話"],
  ];
  test.each(others)("%s is taken", async (_name, text) => {
    await rename(text);
    const [passkey] = await setting.world.bridge.storage.read.passkey.findMany();
    expect(passkey?.name).toBe(text);
  });
});

describe("a passkey's name", () => {
  const refused: readonly [string, string][] = [
    ["empty", ""], ["of spaces", "   "], ["of 61 characters", "a".repeat(61)], ["with a NUL byte", "a\0b"], ["with a line break", "a\nb"],
    ["with a text direction of its own", "a\u202eb"], ["with a paragraph", "a\u2029b"],
  ];
  test.each(refused)("%s is refused", async (_name, text) => {
    expectRefusedPage(await unchangedBy(setting.world, () => rename(text)), "invalid_request");
  });

  test("with markup is shown as text", async () => {
    await rename('<script>alert(1)</script>"><img src=x>');
    const { text } = await person.browser.open(`${setting.world.issuer}/account`);
    expect(text).not.toContain("<script>alert(1)");
    expect(text).not.toContain("<img src=x>");
    expect(text).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
  });
});
