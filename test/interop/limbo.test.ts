import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runCli } from "../cli/run-cli.ts";

/**
 * The cases of C2SP/x509-limbo through the batch command. They are not part of this project: the
 * environment variable X509_LIMBO is the path of `limbo.json`.
 */

const file = process.env["X509_LIMBO"];
// A suite that skips says so (and why).
if (file === undefined) process.stderr.write("skipped: x509-limbo, for X509_LIMBO does not say where limbo.json is\n");

interface PeerName {
  readonly kind: "DNS" | "IP" | "RFC822";
  readonly value: string;
}
interface LimboCase {
  readonly id: string;
  readonly trusted_certs: readonly string[];
  readonly untrusted_intermediates: readonly string[];
  readonly peer_certificate: string;
  readonly validation_time: string | null;
  readonly extended_key_usage: readonly ("serverAuth" | "clientAuth")[];
  readonly expected_peer_name: PeerName | null;
  readonly expected_peer_names: readonly PeerName[];
  readonly max_chain_depth: number | null;
  readonly crls: readonly string[];
  readonly expected_result: "SUCCESS" | "FAILURE";
}

/** Cases where the verdict is another than the suite's; each is explained in docs/certificate-validation.md. */
const understood: readonly string[] = [];

const purposes = { serverAuth: "1.3.6.1.5.5.7.3.1", clientAuth: "1.3.6.1.5.5.7.3.2" } as const;
const types = { DNS: "dns", IP: "ip", RFC822: "email" } as const;
const base64 = (pem: string): string => pem.replace(/-----[^-]+-----|\s/g, "");

function lineOf(limbo: LimboCase): string {
  const names = limbo.expected_peer_name === null ? limbo.expected_peer_names : [limbo.expected_peer_name, ...limbo.expected_peer_names];
  return JSON.stringify({
    id: limbo.id,
    certificate: base64(limbo.peer_certificate),
    intermediates: limbo.untrusted_intermediates.map(base64),
    trust_anchors: limbo.trusted_certs.map(base64),
    time: limbo.validation_time ?? new Date().toISOString(),
    profile: "rfc5280",
    eku: limbo.extended_key_usage.map((purpose) => purposes[purpose]),
    names: names.map(({ kind, value }) => ({ type: types[kind], value })),
    max_path_length: limbo.max_chain_depth,
    crls: limbo.crls.map(base64),
    revocation: limbo.crls.length > 0 ? "crl" : "none",
  });
}

test.runIf(file !== undefined)("x509-limbo: no false accept, and every other difference understood", async () => {
  const { testcases } = JSON.parse(readFileSync(file ?? "", "utf8")) as { testcases: readonly LimboCase[] };
  const { code, stdout } = await runCli(["certificate", "verify", "--batch"], ".", {}, testcases.map(lineOf).join("\n"));
  expect(code).toBe(0);
  const verdicts = new Map(stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as { id: string; valid: boolean }).map(({ id, valid }) => [id, valid]));
  const isAccepted = (limbo: LimboCase): boolean => verdicts.get(limbo.id) ?? expect.fail(`${limbo.id} not answered`);
  const falseAccepts = testcases.filter((limbo) => isAccepted(limbo) && limbo.expected_result === "FAILURE").map(({ id }) => id);
  const falseRejects = testcases.filter((limbo) => !isAccepted(limbo) && limbo.expected_result === "SUCCESS").map(({ id }) => id);
  expect({ falseAccepts, falseRejects }).toEqual({ falseAccepts: [], falseRejects: understood });
});
