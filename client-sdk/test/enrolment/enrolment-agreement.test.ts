import { describe, expect, test } from "vitest";
import { findDisagreement, type Agreed } from "../../src/enrolment/enrolment-agreement.ts";
import type { EnrolmentStatement } from "../../src/statement/statement.ts";

const now = 1_795_000_000;
const shared = {
  iss: "https://bridge.example",
  txn: "t",
  purpose: "enrol",
  client_id: "shop",
  client_name: "Shop",
  client_host: "shop.example",
} as const;
const agreed: Agreed = {
  request: { ...shared, device: "other", expires_at: now + 300 },
  thumbprint: "thumbprint",
  codeHash: "hash",
  now,
};
const statement: EnrolmentStatement = { ...shared, nonce: "nonce", iat: now, exp: now + 300, jkt: "thumbprint", code_hash: "hash" };

describe("findDisagreement", () => {
  test.each<[string, Partial<EnrolmentStatement>, keyof EnrolmentStatement | null]>([
    ["all as agreed", {}, null],
    ["another issuer", { iss: "https://evil.example" }, "iss"],
    ["another transaction", { txn: "u" }, "txn"],
    ["another purpose", { purpose: "recover" }, "purpose"],
    ["another client", { client_id: "bank" }, "client_id"],
    ["another name", { client_name: "Sh0p" }, "client_name"],
    ["a name that looks the same in another form of Unicode", { client_name: "Shop\u200B" }, "client_name"],
    ["another host", { client_host: "shop.example.evil.example" }, "client_host"],
    ["another key", { jkt: "other" }, "jkt"],
    ["another number", { code_hash: "other" }, "code_hash"],
    ["no number", { code_hash: null }, "code_hash"],
    ["made within the clocks' tolerance", { iat: now + 60 }, null],
    ["made in the future", { iat: now + 61, exp: now + 300 }, "iat"],
    ["expired within the clocks' tolerance", { iat: now - 300, exp: now - 59 }, null],
    ["expired", { iat: now - 300, exp: now - 60 }, "exp"],
    ["the longest life", { exp: now + 900 }, null],
    ["too long a life", { exp: now + 901 }, "exp"],
  ])("%s", (_, change, at) => {
    expect(findDisagreement({ ...statement, ...change }, agreed)).toBe(at);
  });

  test("a number on the same device, where none was asked for", () => {
    expect(findDisagreement(statement, { ...agreed, codeHash: null })).toBe("code_hash");
    expect(findDisagreement({ ...statement, code_hash: null }, { ...agreed, codeHash: null })).toBeNull();
  });
});
