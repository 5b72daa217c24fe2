import { describe, expect, test } from "vitest";
import { type Language, languages } from "../../../src/sandbox/demo-service/language.ts";
import { claimValue } from "../../../src/sandbox/demo-service/pages/claim-value.ts";
import { claimsPage } from "../../../src/sandbox/demo-service/pages/claims.ts";
import { homePage } from "../../../src/sandbox/demo-service/pages/home.ts";
import { problemPage } from "../../../src/sandbox/demo-service/pages/problem.ts";
import type { Outcome } from "../../../src/sandbox/demo-service/session.ts";
import { summaryOf } from "../../../src/sandbox/demo-service/summary.ts";
import { parseCrosswalk } from "../../../src/sandbox/demo-service/crosswalk.ts";
import { messagesIn } from "../../../src/sandbox/demo-service/messages/index.ts";
import { render } from "../../../views/html.ts";
import { evidence, hardware, status, withBoth, withNothing, withSignature } from "../../assurance/facts.ts";
import { idTokenClaims, pageContext, person, samples, secretToken } from "./samples.ts";

const every = samples.flatMap(({ name, show }) => languages.map((language) => ({ name: `${name} ${language}`, language, page: render(show(language)) })));
const all = (page: string, pattern: RegExp): string[] => [...page.matchAll(pattern)].map(([, first = ""]) => first);

describe("every page", () => {
  test.each(every)("$name", ({ language, page }) => {
    expect(page).toContain(`<html lang="${language}">`);
    expect(all(page, /<h1[^>]*>([^<]+)</g)).toHaveLength(1);
    expect(page).toMatch(/<title>[^<|]+ \| [^<]+<\/title>/);
    // Strict Content-Security-Policy: nothing inline, nothing from elsewhere.
    expect(page).not.toMatch(/<script|<style|\sstyle=|\son[a-z]+=|javascript:/i);
    expect(all(page, /(?:src|action)="([^"]*)"/g).every((address) => /^\/[a-z]/.test(address))).toBe(true);
    const ids = all(page, /\sid="([^"]+)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of all(page, /(?:aria-describedby|aria-labelledby|for)="([^"]+)"/g)) expect(ids).toContain(id);
    expect(page).not.toContain(secretToken);
    expect(page).not.toMatch(/undefined|\[object|NaN|Invalid Date/);
  });

  test("has its banner and the way to the other language", () => {
    for (const { language, page } of every) {
      expect(page).toContain(messagesIn(language).frame.banner);
      expect(page).toContain(`?lang=${language === "ja" ? "en" : "ja"}"`);
    }
  });

  test("none is the same in both languages", () => {
    for (const { show } of samples) expect(render(show("ja"))).not.toBe(render(show("en")));
  });
});

const attack = `"><script>alert(1)</script>'\`&`;

describe("what comes from elsewhere is shown as text", () => {
  const hostile = { sub: attack, [attack]: attack, amr: [attack], assurance: { evidence: { kind: attack, medium: attack }, policy: attack } };
  const outcomes: readonly Outcome[] = [
    { kind: "refreshed", rotated: true, changes: [{ path: attack, before: attack, after: { [attack]: attack } }] },
    { kind: "resource", answer: { status: 200, body: { items: [{ title: { ja: attack, en: attack }, author: { ja: attack, en: attack }, due: 1 }], token: { [attack]: attack } } } },
    { kind: "problem", problem: { code: "other", answer: { error: attack, description: attack } } },
  ];
  const request = { ...person().request, acr: attack };
  const crosswalk = parseCrosswalk({ scales: [{ vocabulary: "x", title: { ja: attack, en: attack }, values: [{ acr: attack, requires: {} }] }] });
  const pages = [
    ...outcomes.map((outcome) => claimsPage(pageContext("en"), { person: person({}, { idToken: hostile, userinfo: hostile, request }), outcome, logouts: [{ at: 0, outcome: { accepted: false, at: attack } }] })),
    problemPage(pageContext("ja"), { code: "other", answer: { error: attack, description: attack } }),
    homePage(pageContext("ja"), { crosswalk, signedIn: false, ended: null, logouts: [] }),
  ];

  test.each(pages.map((page, index) => [index, render(page)] as const))("page %i", (_index, page) => {
    expect(page).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(page).not.toContain("<script");
    expect(page).not.toContain(attack);
  });
});

interface SummaryCase {
  readonly name: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly ja: readonly string[];
  readonly en: readonly string[];
}

const summaries: readonly SummaryCase[] = [
  { name: "phone, synced passkey", claims: idTokenClaims(), ja: ["スマートフォンに入った利用者証明用電子証明書で", "確認されました", "同期できるパスキー"], en: ["in a smartphone", "can be synced"] },
  { name: "hardware passkey", claims: idTokenClaims({ authenticator: hardware }), ja: ["その端末だけで使えるパスキー"], en: ["never leaves its device"] },
  { name: "card signature", claims: idTokenClaims({ evidence: evidence({ medium: "card" }), session: withSignature("same") }), ja: ["マイナンバーカードの利用者証明用電子証明書で", "マイナンバーカードの電子証明書でサインイン"], en: ["on a My Number Card", "on the card itself"] },
  { name: "phone signature", claims: idTokenClaims({ session: withSignature("same") }), ja: ["スマートフォンの電子証明書でサインイン"], en: ["in the smartphone itself"] },
  { name: "passkey and signature", claims: idTokenClaims({ session: withBoth("same") }), ja: ["同期できるパスキーと、電子証明書の署名で"], en: ["can be synced, and with a signature"] },
  { name: "revoked", claims: idTokenClaims({ evidence: evidence({ status: status({ status: "revoked" }) }) }), ja: ["いまその裏づけは有効ではありません"], en: ["no longer counts"] },
  { name: "no evidence", claims: idTokenClaims({ evidence: null }), ja: ["裏づけるものは、いまはありません"], en: ["Nothing backs"] },
  { name: "nothing presented", claims: idTokenClaims({ session: withNothing }), ja: ["サインインの方法は伝えられていません"], en: ["was not told"] },
  { name: "strange claims", claims: { ial: "3", aal: 9, assurance: "x", auth_time: "now" }, ja: ["裏づけるものは", "伝えられていません"], en: ["Nothing backs", "was not told"] },
];

describe("a value", () => {
  test.each([
    ["a time", "auth_time", 1_780_000_000, "29 May 2026 at 05:26"],
    ["a day", "assurance.binding.bound_at", 1_780_000_000, "29 May 2026<"],
    ["a time that no calendar holds", "exp", 1e300, "<code data-claim=\"exp\">1e+300</code>"],
    ["a time that is none", "exp", "soon", "<code data-claim=\"exp\">soon</code>"],
    ["a word out of a closed set", "assurance.evidence.status", "good", ">valid</span> <code"],
    ["a truth", "assurance.authenticator.backup_eligible", false, ">no</span> <code"],
    ["nothing", "ial", undefined, ">none</span>"],
    ["null", "anything", null, ">null</code>"],
    ["a list", "amr", ["sc", "pin"], ">PIN</span> <code data-claim=\"amr\">pin</code></li></ul>"],
  ])("%s", (_name, path, value, expected) => {
    expect(render(claimValue(path, value, "en"))).toContain(expected);
  });
});

describe("the summary", () => {
  test.each(summaries)("$name", ({ claims, ja, en }) => {
    const text = (language: Language): string => {
      const { evidenceSentence, authenticationSentence } = messagesIn(language).claims;
      const summary = summaryOf(claims);
      return evidenceSentence(summary, () => "DAY") + authenticationSentence(summary);
    };
    for (const part of ja) expect(text("ja")).toContain(part);
    for (const part of en) expect(text("en")).toContain(part);
  });

  test("what is no level counts as the lowest", () => {
    expect(summaryOf({ ial: "3", aal: 9 })).toMatchObject({ ial: 1, aal: 1, fal: 1, authTime: null, evidence: null, authenticator: null });
  });
});
