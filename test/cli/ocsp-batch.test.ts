import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { toBase64 } from "../../src/bytes.ts";
import { answerOcspLine } from "../../src/cli/ocsp-batch.ts";
import { now } from "../certificates/authority.ts";
import { revoked, unknown } from "../certificates/ocsp-factory.ts";
import { authority, certId, delegatedAnswer, leaf, lookAlike, nonce } from "../pki/ocsp-world.ts";

/** `certificate ocsp --batch`: the lines of docs and contracts, and what is no line. */

const at = (seconds: number) => new Date(seconds * 1000).toISOString();
const right = {
  id: "case-1",
  response: toBase64(delegatedAnswer()),
  certificate: toBase64(leaf),
  issuer: toBase64(authority.certificate),
  time: at(now),
  nonce: toBase64(nonce),
  max_age_s: null,
};
const answer = (...responses: Parameters<typeof delegatedAnswer>) => ({ response: toBase64(delegatedAnswer(...responses)) });
const withoutNonce = answer({ extensions: [] });
const old = answer({ responses: [{ certId, thisUpdate: now, nextUpdate: null }], extensions: [] });
const { nonce: _nonce, max_age_s: _age, ...least } = { ...right, ...withoutNonce };

const rows: readonly (readonly [name: string, changes: object, status: string, code: string | null])[] = [
  ["good", {}, "good", null],
  ["revoked", answer({ responses: [{ certId, status: revoked(now - 60, 1) }] }), "revoked", "certificate_revoked"],
  ["hold", answer({ responses: [{ certId, status: revoked(now - 60, 6) }] }), "revoked", "certificate_on_hold"],
  ["unknown", answer({ responses: [{ certId, status: unknown }] }), "unknown", "certificate_unknown"],
  ["another offset of the same moment", { time: at(now + 9 * 3600).replace("Z", "+09:00") }, "good", null],
  ["no nonce sent", { nonce: null, ...withoutNonce }, "good", null],
  ["nonce sent, none answered", withoutNonce, "invalid", "ocsp_nonce_mismatch"],
  ["another nonce", { nonce: toBase64(new Uint8Array(32)) }, "invalid", "ocsp_nonce_mismatch"],
  ["an archived answer, judged then", { nonce: null, ...old, max_age_s: 600, time: at(now + 600) }, "good", null],
  ["an archived answer, judged too late", { nonce: null, ...old, max_age_s: 600, time: at(now + 601) }, "invalid", "ocsp_not_fresh"],
  ["before it was made", { time: at(now - 3600) }, "invalid", "ocsp_not_fresh"],
  ["no nextUpdate, no age", { nonce: null, ...old }, "invalid", "ocsp_not_fresh"],
  ["look-alike issuer", { issuer: toBase64(lookAlike.certificate) }, "invalid", "ocsp_responder_untrusted"],
  ["garbage for a response", { response: toBase64(Uint8Array.of(1, 2)) }, "invalid", "malformed_ocsp_response"],
  ["garbage for the certificate", { certificate: toBase64(Uint8Array.of(1, 2)) }, "invalid", "malformed_certificate"],
  ["garbage for the issuer", { issuer: "" }, "invalid", "malformed_certificate"],
  ["not base64", { response: "?" }, "invalid", "invalid_request"],
  ["no response", { response: undefined }, "invalid", "invalid_request"],
  ["a time without offset", { time: "2026-06-01T00:00:00" }, "invalid", "invalid_request"],
  ["a negative age", { max_age_s: -1 }, "invalid", "invalid_request"],
];

test.each(rows)("%s", (_, changes, status, code) => {
  expect(answerOcspLine(JSON.stringify({ ...right, ...changes }))).toEqual({ id: "case-1", status, code });
});

test("the optional fields may be left out", () => {
  expect(answerOcspLine(JSON.stringify(least))).toEqual({ id: "case-1", status: "good", code: null });
});

test.each(["", "null", "[]", "{", "{}", '{"id":{}}'])("no line: %s", (line) => {
  expect(answerOcspLine(line)).toEqual({ id: null, status: "invalid", code: "invalid_request" });
});

test("the command answers in order and goes on after a malformed line", async () => {
  const script = 'import { Command } from "commander"; import { addOcspCommand } from "./src/cli/ocsp-batch.ts"; const c = new Command("certificate"); addOcspCommand(c); await c.parseAsync(["ocsp", "--batch"], { from: "user" });';
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(`${JSON.stringify(right)}\nnonsense\r\n${JSON.stringify({ ...right, id: 2 })}`);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  const lines = output.trim().split("\n").map((line) => JSON.parse(line) as unknown);
  expect(lines).toEqual([
    { id: "case-1", status: "good", code: null },
    { id: null, status: "invalid", code: "invalid_request" },
    { id: 2, status: "good", code: null },
  ]);
  expect(code).toBe(0);
});
