import { describe, expect, test } from "vitest";
import { EnrolmentClient } from "../../src/enrolment/enrolment-client.ts";
import { readEnrolmentLink } from "../../src/enrolment/enrolment-link.ts";

const issuer = "https://bridge.example";
const secret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
const fragment = `iss=${encodeURIComponent(issuer)}&txn=t-1_A&secret=${secret}`;
const link = `https://app.example/enrol#${fragment}`;

describe("readEnrolmentLink", () => {
  test.each([
    ["an app link", link],
    ["a page with a query", `http://localhost:3000/phone?lang=ja#${fragment}`],
    ["members in another order, with one more", `https://app.example/#secret=${secret}&v=1&txn=t-1_A&iss=${encodeURIComponent(issuer)}`],
  ])("reads %s", (_, text) => {
    expect(readEnrolmentLink(text, ["https://other.example", issuer])).toEqual({ issuer, transaction: "t-1_A", secret });
  });

  test.each<[string, string, string, string]>([
    ["no URL", "enrol me", "link_malformed", "link"],
    ["a fragment alone", `#${fragment}`, "link_malformed", "link"],
    ["no fragment", "https://app.example/enrol", "link_malformed", "iss"],
    ["members in the query", `https://app.example/enrol?${fragment}`, "link_malformed", "iss"],
    ["no transaction", link.replace("txn=", "tx="), "link_malformed", "txn"],
    ["no secret", link.replace("secret=", "s="), "link_malformed", "secret"],
    ["two issuers", `${link}&iss=https://evil.example`, "link_malformed", "iss"],
    ["two secrets", `${link}&secret=${secret}`, "link_malformed", "secret"],
    ["a transaction that climbs", link.replace("t-1_A", "..%2F..%2Fadmin"), "link_malformed", "txn"],
    ["a transaction with a query", link.replace("t-1_A", "t%3Fa"), "link_malformed", "txn"],
    ["an empty transaction", link.replace("t-1_A", ""), "link_malformed", "txn"],
    ["a transaction without end", link.replace("t-1_A", "t".repeat(129)), "link_malformed", "txn"],
    ["a short secret", link.replace(secret, secret.slice(4)), "link_malformed", "secret"],
    ["a secret that is no base64url", link.replace(secret, `${secret}%3D`), "link_malformed", "secret"],
    ["another issuer", link.replace("bridge.example", "evil.example"), "issuer_not_allowed", "iss"],
    ["a longer issuer", link.replace("bridge.example", "bridge.example.evil.example"), "issuer_not_allowed", "iss"],
    ["the issuer over http", link.replace("https%3A", "http%3A"), "issuer_not_allowed", "iss"],
    ["the issuer with a path", link.replace("bridge.example", "bridge.example%2F"), "issuer_not_allowed", "iss"],
    ["an issuer in capitals", link.replace("bridge.example", "BRIDGE.example"), "issuer_not_allowed", "iss"],
  ])("refuses %s", async (_, text, code, at) => {
    expect(() => readEnrolmentLink(text, [issuer])).toThrow(expect.objectContaining({ name: "EnrolmentError", code, at }));
    const fetch = async (): Promise<never> => {
      throw new Error("nothing may be sent");
    };
    await expect(EnrolmentClient.open({ link: text, issuers: [issuer], fetch })).rejects.toMatchObject({ code, at });
  });
});
