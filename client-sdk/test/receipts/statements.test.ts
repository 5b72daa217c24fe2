import { beforeAll, describe, expect, test } from "vitest";
import { verifyCheckpoint, verifyReceiptStatement } from "../../src/receipts/index.ts";
import { issuer, type Json, makeBridge, type ReceiptBridge } from "./bridge.ts";

let bridge: ReceiptBridge;
let other: ReceiptBridge;
beforeAll(async () => {
  [bridge, other] = [await makeBridge(), await makeBridge()];
});

const checkpoint: Json = { iss: issuer, iat: 1_800_000_000, receipts: 7, sequence: 9, hash: "h" };
const asserted = { ial: 3, aal: 2, fal: 2, acr: "phr", amr: ["pop"], auth_time: 1 };
const statement: Json = {
  iss: issuer, aud: "shop", iat: 1_800_000_000, sub: "pseudonym", receipt: "r1", receipt_hash: "h", asserted_at: 1_700_000_000,
  assurance_policy: "1", policy_sha256: "p", asserted, assurance: { policy: "1" }, status_answer_sha256: "ab",
};

interface Case {
  readonly header?: Json;
  readonly claims?: Json;
  readonly by?: "other";
  readonly mangle?: (token: string) => string;
}
const forged: [name: string, how: Case, reason: string][] = [
  ["signed by nobody we know", { by: "other" }, "unknown_key"],
  ["signed by another under our key's name", { by: "other", header: { kid: "ours" } }, "signature"],
  ["of another type", { header: { typ: "JWT" } }, "type"],
  ["of no type", { header: { typ: undefined } }, "type"],
  ["alg none", { header: { alg: "none" } }, "malformed"],
  ["a symmetric algorithm", { header: { alg: "HS256" } }, "malformed"],
  ["critical headers", { header: { crit: ["exp"] } }, "malformed"],
  ["no kid", { header: { kid: undefined } }, "malformed"],
  ["another issuer", { claims: { iss: "https://other.example" } }, "issuer"],
  ["no issuer", { claims: { iss: undefined } }, "issuer"],
  ["changed afterwards", { mangle: (token) => token.replace(/\.[^.]+\./u, `.${btoa(JSON.stringify({ iss: issuer })).replaceAll("=", "")}.`) }, "signature"],
  ["without its signature", { mangle: (token) => token.replace(/[^.]+$/u, "") }, "signature"],
  ["cut", { mangle: (token) => token.split(".").slice(0, 2).join(".") }, "signature"],
  ["with a fourth part", { mangle: (token) => `${token}.AAAA` }, "malformed"],
  ["no JSON", { mangle: () => "AAAA.AAAA.AAAA" }, "malformed"],
  ["an array", { mangle: () => "W10.W10.AAAA" }, "malformed"],
  ["no base64url", { mangle: () => "+.+.+" }, "malformed"],
  ["nothing", { mangle: () => "" }, "malformed"],
];

async function made(typ: string, claims: Json, { header, claims: changed, by, mangle = (token) => token }: Case): Promise<string> {
  const kid = header?.["kid"] === "ours" ? { kid: bridge.kid } : {};
  return mangle(await (by === "other" ? other : bridge).state({ typ, ...header, ...kid }, { ...claims, ...changed }));
}

describe("a checkpoint", () => {
  const verify = async (how: Case): Promise<object> => verifyCheckpoint(await made("receipt-checkpoint+jwt", checkpoint, how), { issuer, keys: bridge.keys });

  test("is read, with the end of its line", async () => {
    expect(await verify({ mangle: (token) => `${token}\n` })).toEqual({ valid: true, checkpoint: { receipts: 7, sequence: 9, hash: "h", at: 1_800_000_000 } });
  });
  const rows: typeof forged = [
    ...forged,
    ...["iat", "receipts", "sequence", "hash"].map((name): (typeof forged)[number] => [`no ${name}`, { claims: { [name]: undefined } }, "malformed"]),
    ["a relying party's statement", { header: { typ: "assurance-receipt+jwt" } }, "type"],
  ];
  test.for(rows)("%s: refused", async ([, how, reason]) => expect(await verify(how)).toEqual({ valid: false, reason }));
});

describe("a relying party's statement", () => {
  const verify = async (how: Case, audience = "shop"): Promise<object> => verifyReceiptStatement(await made("assurance-receipt+jwt", statement, how), { issuer, audience, keys: bridge.keys });

  test("is read, however old it is", async () => {
    expect(await verify({ claims: { iat: 1 } })).toEqual({
      valid: true,
      statement: { receipt: "r1", receiptHash: "h", subject: "pseudonym", assertedAt: 1_700_000_000, policy: "1", policySha256: "p", asserted, assurance: { policy: "1" }, statusAnswerSha256: "ab" },
    });
    expect(await verify({ claims: { status_answer_sha256: undefined } })).toMatchObject({ valid: true, statement: { statusAnswerSha256: null } });
  });

  const members = ["sub", "receipt", "receipt_hash", "asserted_at", "assurance_policy", "policy_sha256", "asserted", "assurance"];
  const rows: typeof forged = [
    ...forged,
    ...members.map((name): (typeof forged)[number] => [`no ${name}`, { claims: { [name]: undefined } }, "malformed"]),
    ["a status answer that is no text", { claims: { status_answer_sha256: 1 } }, "malformed"],
    ["for another", { claims: { aud: "bank" } }, "audience"],
    ["for several", { claims: { aud: ["shop"] } }, "audience"],
    ["for nobody", { claims: { aud: undefined } }, "audience"],
    ["a checkpoint", { header: { typ: "receipt-checkpoint+jwt" } }, "type"],
  ];
  test.for(rows)("%s: refused", async ([, how, reason]) => expect(await verify(how)).toEqual({ valid: false, reason }));
});
