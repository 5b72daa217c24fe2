import { describe, expect, test } from "vitest";
import { toHex } from "../../src/bytes.ts";
import { codeHash, parseStatement, purposes, statementBytes, statementDigest, type EnrolmentStatement } from "../../src/statement/statement.ts";

const statement: EnrolmentStatement = {
  iss: "https://bridge.example",
  txn: "VHhuLTE",
  purpose: "enrol",
  client_id: "shop",
  client_name: 'カフェ "京都" & Co',
  client_host: "shop.example",
  nonce: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
  iat: 1_795_000_000,
  exp: 1_795_000_300,
  jkt: "IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI",
  code_hash: "vrmve75hA6Ba-bXUwKVRQ_-3vUVU1wxqevrVaycSKrk",
};

describe("the bytes that are signed", () => {
  test("label, zero byte, JCS", () => {
    const text =
      "jpki-bridge enrolment v1\0" +
      String.raw`{"client_host":"shop.example","client_id":"shop","client_name":"カフェ \"京都\" & Co",` +
      `"code_hash":"vrmve75hA6Ba-bXUwKVRQ_-3vUVU1wxqevrVaycSKrk","exp":1795000300,"iat":1795000000,` +
      `"iss":"https://bridge.example","jkt":"IiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiIiI",` +
      `"nonce":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","purpose":"enrol","txn":"VHhuLTE"}`;
    expect(new TextDecoder().decode(statementBytes(statement))).toBe(text);
  });

  // Digests by another implementation: Python's json (sorted, compact, not escaped) and hashlib.
  test.each([
    ["two devices", statement, "57d35656cd1aad377818854676d849350508d28329fa1337498bd55818af7288"],
    ["one device", { ...statement, code_hash: null }, "d90210b407384daa9fb45582def20e18fb2bf8c62b28848d0b84105e99aab5dd"],
  ])("digest, %s", async (_, given, digest) => {
    expect(toHex(await statementDigest(given))).toBe(digest);
  });

  test("do not depend on the order of the members, nor on others beside them", () => {
    const shuffled = Object.fromEntries(Object.entries({ ...statement, other: 1 }).toReversed()) as unknown as EnrolmentStatement;
    expect(statementBytes(shuffled)).toEqual(statementBytes(statement));
  });
});

test("codeHash is SHA-256 of nonce, full stop, number", async () => {
  expect(await codeHash(statement.nonce, "42")).toBe(statement.code_hash);
  expect(await codeHash(statement.nonce, "43")).not.toBe(statement.code_hash);
});

describe("parseStatement", () => {
  test.each(purposes)("reads purpose %s", (purpose) => {
    const given = { ...statement, purpose };
    expect(parseStatement(JSON.parse(JSON.stringify(given)))).toEqual(given);
  });

  test("reads a statement without a code", () => {
    expect(parseStatement({ ...statement, code_hash: null })).toEqual({ ...statement, code_hash: null });
  });

  test.each(Object.keys(statement))("refuses it without %s", (name) => {
    expect(parseStatement({ ...statement, [name]: undefined })).toBeNull();
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["text", "statement"],
    ["an array", []],
    ["an extra member", { ...statement, amount: 1 }],
    ["another purpose", { ...statement, purpose: "payment" }],
    ["an empty name", { ...statement, client_name: "" }],
    ["a lone surrogate", { ...statement, client_name: "a\uD800" }],
    ["a number for a name", { ...statement, client_name: 1 }],
    ["a short nonce", { ...statement, nonce: "AAEC" }],
    ["a nonce in base64", { ...statement, nonce: `${statement.nonce}=` }],
    ["a short thumbprint", { ...statement, jkt: "AAEC" }],
    ["a short code hash", { ...statement, code_hash: "AAEC" }],
    ["an empty code hash", { ...statement, code_hash: "" }],
    ["a time with a fraction", { ...statement, iat: 1.5 }],
    ["a time before the epoch", { ...statement, iat: -1 }],
    ["a time as text", { ...statement, exp: "1795000300" }],
    ["a time beyond exact integers", { ...statement, exp: 2 ** 53 }],
  ])("refuses %s", (_, value) => {
    expect(parseStatement(value)).toBeNull();
  });
});
