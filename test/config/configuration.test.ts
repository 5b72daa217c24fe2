import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { checkConfiguration, ConfigurationError, loadConfiguration } from "../../src/config.ts";
import { complete, place, problemsOf } from "./place.ts";

/** A copy of the complete configuration with members changed, by their path; undefined takes one away. */
function changed(...changes: [string, unknown][]): Record<string, unknown> {
  const file = structuredClone(complete()) as unknown as Record<string, unknown>;
  for (const [at, value] of changes) {
    const keys = at.split(".");
    const last = keys.pop() ?? "";
    let target = file;
    for (const key of keys) target = (target[key] ??= {}) as Record<string, unknown>;
    if (value === undefined) delete target[last];
    else target[last] = value;
  }
  return file;
}
const certificates = { origin: "https://mtls.example.jp", proxies: ["127.0.0.1", "::1"], authorities: ["ca-2.pem"] };
const resource = { identifier: "https://api.example.jp", name: "API", scopes: ["read"] };

describe("a complete configuration", () => {
  test("is taken, with its files read and its defaults filled in", () => {
    const directory = place();
    const configuration = checkConfiguration(complete(), directory, "production");
    expect(configuration).toMatchObject({ mode: "production", name: "JPKI Bridge", listen: { host: "127.0.0.1", port: 3000, trusted_proxies: 0 }, database: { file: path.join(directory, "bridge.db") }, continuity: null, log: "info" });
    expect(configuration.sealing).toEqual({ keys: [{ id: "1", key: new Uint8Array(32).fill(1) }], digestKey: new Uint8Array(32).fill(3), laterDigestKeys: { after: [], next: null } });
    expect([configuration.anchors.userAuthentication.length, configuration.anchors.signature.length]).toEqual([2, 1]);
    for (const der of configuration.anchors.userAuthentication) expect(der[0]).toBe(0x30);
    expect(configuration.readCertificate("ca-2.pem")).toEqual(configuration.anchors.userAuthentication[1]);
  });

  const fine: [string, [string, unknown][]][] = [
    ["two sealing keys", [["sealing.keys", [{ id: "2", file: "seal-2.key" }, { id: "1", file: "seal-1.key" }]]]],
    ["CRLs alone", [["status.responders", []]]],
    ["responders alone", [["status.crls", undefined]]],
    ["a CRL in a file", [["status.crls", [{ file: "list.crl", issuer: "ca-2.pem" }]]]],
    ["the domain above as rp_id", [["passkeys.rp_id", "example.jp"]]],
    ["the issuer's host as rp_id", [["passkeys.rp_id", "login.example.jp"]]],
    ["an Android app's origin", [["passkeys.origins", [`android:apk-key-hash:${"A".repeat(43)}`, "https://app.example.jp"]]]],
    ["metadata from an address", [["passkeys.metadata", { url: "https://mds3.fidoalliance.org/", anchors: ["other-ca.der", "ca-2.pem"] }]]],
    ["metadata from a file", [["passkeys.metadata", { file: "blob.jwt", anchors: ["other-ca.der"] }]]],
    ["a port in the issuer", [["issuer", "https://login.example.jp:8443"]]],
    ["a tightened policy", [["assurance", { version: "ours-1", statusFresh: 60 }]]],
    ["a tightened policy in a file of its own", [["assurance_file", "policy.yaml"]]],
    ["client certificates", [["listen.trusted_proxies", 1], ["mutual_tls", certificates]]],
    ["no announcement", [["listen.drain", { announce: 0, limit: 0 }]]],
    ["resources", [["resources", [resource, { ...resource, identifier: "urn:example:other" }]]]],
  ];
  test.each(fine)("may have %s", (_name, changes) => expect(problemsOf(changed(...changes))).toEqual([]));
});

describe("each thing wrong has its sentence", () => {
  const rows: [string, [string, unknown][], RegExp][] = [
    ["no issuer", [["issuer", undefined]], /^issuer: is missing$/],
    ["no database", [["database", undefined]], /^database: is missing$/],
    ["no sealing keys", [["sealing", undefined]], /^sealing: is missing$/],
    ["an empty list of sealing keys", [["sealing.keys", []]], /^sealing\.keys: /],
    ["no digest key", [["sealing.digest_key_file", undefined]], /^sealing\.digest_key_file: is missing$/],
    ["no trust anchors", [["trust", undefined]], /^trust: is missing$/],
    ["an empty list of trust anchors", [["trust.user_authentication", []]], /^trust\.user_authentication: /],
    ["no status at all", [["status", undefined]], /^status: is missing$/],
    ["no status source", [["status", {}]], /^status: name at least one responder or CRL/],
    ["no app link", [["enrolment", undefined]], /^enrolment: is missing$/],
    ["an unknown key", [["isuer", "x"]], /^file: .*isuer/],
    ["an unknown key further down", [["listen.hots", "x"]], /^listen: .*hots/],
    ["an unknown key of a responder", [["status.responders", [{ url: "https://o.example", nonse: "none" }]]], /^status\.responders\.0: .*nonse/],
    ["an issuer that is no URL", [["issuer", "login.example.jp"]], /^issuer: /],
    ["an issuer that ends in a slash", [["issuer", "https://login.example.jp/"]], /^issuer: must be written as https/],
    ["an issuer with a path", [["issuer", "https://example.jp/login"]], /^issuer: must be written as https/],
    ["an issuer with a query", [["issuer", "https://example.jp?x"]], /^issuer: must be written as https/],
    ["an issuer with capitals", [["issuer", "https://Login.example.jp"]], /^issuer: must be written as https/],
    ["an issuer with the usual port", [["issuer", "https://login.example.jp:443"]], /^issuer: must be written as https/],
    ["an issuer with user information", [["issuer", "https://me@login.example.jp"]], /^issuer: must be written as https/],
    ["an issuer by http", [["issuer", "http://login.example.jp"]], /^issuer: must be https in production$/],
    ["an app link by http", [["enrolment.app_link", "http://app.example.jp/"]], /^enrolment\.app_link: must be https/],
    ["an app link of a custom scheme", [["enrolment.app_link", "jpki://enrol"]], /^enrolment\.app_link: /],
    ["an app link with a fragment", [["enrolment.app_link", "https://app.example.jp/#x"]], /^enrolment\.app_link: must have no fragment/],
    ["an app origin by http", [["enrolment.app_origins", ["http://app.example.jp"]]], /^enrolment\.app_origins: must be https/],
    ["an app origin with a slash", [["enrolment.app_origins", ["https://app.example.jp/"]]], /^enrolment\.app_origins: .* is not an origin/],
    ["a continuity service by http", [["continuity", { url: "http://platform.example.jp" }]], /^continuity\.url: must be https/],
    ["a foreign rp_id", [["passkeys.rp_id", "example.com"]], /^passkeys\.rp_id: must be the issuer's host/],
    ["an rp_id that only ends alike", [["passkeys.rp_id", "in.example.jp"]], /^passkeys\.rp_id: /],
    ["a top-level rp_id", [["passkeys.rp_id", "jp"]], /^passkeys\.rp_id: /],
    ["a passkey origin by http", [["passkeys.origins", ["http://app.example.jp"]]], /^passkeys\.origins: must be https/],
    ["a passkey origin with a wildcard path", [["passkeys.origins", ["https://app.example.jp/*"]]], /^passkeys\.origins: .* is neither/],
    ["metadata without an anchor", [["passkeys.metadata", { url: "https://mds.example", anchors: [] }]], /^passkeys\.metadata\.anchors: /],
    ["metadata with an anchor that is missing", [["passkeys.metadata", { url: "https://mds.example", anchors: ["none.der"] }]], /^none\.der: cannot be read$/],
    ["metadata from nowhere", [["passkeys.metadata", { anchors: ["other-ca.der"] }]], /^passkeys\.metadata: name either url or file$/],
    ["metadata from two places", [["passkeys.metadata", { url: "https://mds.example", file: "blob.jwt", anchors: ["other-ca.der"] }]], /^passkeys\.metadata: name either url or file$/],
    ["metadata by http", [["passkeys.metadata", { url: "http://mds.example", anchors: ["other-ca.der"] }]], /^passkeys\.metadata\.url: must be https/],
    ["metadata of the sandbox", [["passkeys.metadata", { url: "https://mds.example", anchors: ["sandbox-ca.der"] }]], /^passkeys\.metadata\.anchors: names the authority of the sandbox/],
    ["metadata of a signer that is no name", [["passkeys.metadata", { url: "https://mds.example", anchors: ["other-ca.der"], signer: "*" }]], /^passkeys\.metadata\.signer: /],
    ["an announcement longer than the drain", [["listen.drain", { announce: 31 }]], /^listen\.drain: announce must not be longer than limit$/],
    ["client certificates without a proxy", [["mutual_tls", certificates]], /^mutual_tls: needs a proxy; set listen\.trusted_proxies$/],
    ["client certificates from a proxy without an address", [["listen.trusted_proxies", 1], ["mutual_tls", { ...certificates, proxies: ["proxy.example"] }]], /^mutual_tls\.proxies: proxy\.example is not an IP address$/],
    ["client certificates from no proxy", [["listen.trusted_proxies", 1], ["mutual_tls", { ...certificates, proxies: [] }]], /^mutual_tls\.proxies: /],
    ["client certificates by http", [["listen.trusted_proxies", 1], ["mutual_tls", { ...certificates, origin: "http://mtls.example.jp" }]], /^mutual_tls\.origin: must be written as https/],
    ["client certificates where browsers are", [["listen.trusted_proxies", 1], ["mutual_tls", { ...certificates, origin: "https://login.example.jp" }]], /^mutual_tls\.origin: must differ from the issuer/],
    ["an authority of clients that is not there", [["listen.trusted_proxies", 1], ["mutual_tls", { ...certificates, authorities: ["none.der"] }]], /^none\.der: cannot be read$/],
    ["a header's name in capitals", [["listen.trusted_proxies", 1], ["mutual_tls", { ...certificates, header: "Client-Cert" }]], /^mutual_tls\.header: /],
    ["a bad Android origin", [["passkeys.origins", ["android:apk-key-hash:x"]]], /^passkeys\.origins: .* is neither/],
    ["one sealing key id twice", [["sealing.keys", [{ id: "1", file: "seal-1.key" }, { id: "1", file: "seal-2.key" }]]], /^sealing\.keys: the id 1 stands twice$/],
    ["one key file for two things", [["sealing.digest_key_file", "seal-1.key"]], /^sealing: seal-1\.key is named twice/],
    ["a digest key that is another one already", [["sealing.digest_keys_after", ["digest.key"]]], /^sealing: digest\.key is named twice/],
    ["a digest key to come that comes already", [["sealing.digest_keys_after", ["seal-2.key"]], ["sealing.digest_key_next", "seal-2.key"]], /^sealing: seal-2\.key is named twice/],
    ["a later digest key that is not there", [["sealing.digest_keys_after", ["none.key"]]], /^none\.key: cannot be read$/],
    ["a digest key to come that everybody can read", [["sealing.digest_key_next", "open.key"]], /^open\.key: can be read by everybody/],
    ["a status that is asked for once in ten years", [["status.refresh", 315_360_000]], /^status\.refresh: /],
    ["a sealing key id with a space", [["sealing.keys", [{ id: "a b", file: "seal-1.key" }]]], /^sealing\.keys\.0\.id: /],
    ["a sealing key that is not there", [["sealing.keys", [{ id: "1", file: "none.key" }]]], /^none\.key: cannot be read$/],
    ["a sealing key of zeros alone", [["sealing.keys", [{ id: "1", file: "zeros.key" }]]], /^zeros\.key: is not 32 octets/],
    ["a sealing key of 31 octets", [["sealing.keys", [{ id: "1", file: "short.key" }]]], /^short\.key: is not 32 octets/],
    ["a key in another alphabet", [["sealing.digest_key_file", "padded.key"]], /^padded\.key: is not 32 octets/],
    ["an empty key file", [["sealing.digest_key_file", "empty"]], /^empty: is not 32 octets/],
    ["a key that everybody can read", [["sealing.digest_key_file", "open.key"]], /^open\.key: can be read by everybody/],
    ["an anchor that everybody can change", [["trust.user_authentication", ["open.der"]], ["status.crls", []]], /^open\.der: can be changed by everybody/],
    ["a token's module that everybody can change", [["keys.pkcs11", { module: "./open.so", token_label: "a", key_label: "b", pin_file: "seal-2.key" }]], /^\.\/open\.so: can be changed by everybody/],
    ["an anchor that is not there", [["trust.user_authentication", ["ca-9.der"]]], /^ca-9\.der: cannot be read$/],
    ["an anchor that is a directory", [["trust.user_authentication", ["."]]], /^\.: cannot be read$/],
    ["an anchor cut short", [["trust.user_authentication", ["truncated.der"]]], /^truncated\.der: is not one certificate/],
    ["an anchor with nothing in it", [["trust.user_authentication", ["text.pem"]]], /^text\.pem: is not one certificate/],
    ["a key as anchor", [["trust.user_authentication", ["seal-1.key"]]], /^seal-1\.key: is not one certificate/],
    ["a bundle, of which all but one would be left out", [["trust.user_authentication", ["two.pem"]]], /^two\.pem: is not one certificate/],
    ["the sandbox's authority", [["trust.user_authentication", ["ca-1.der", "sandbox-ca.der"]]], /^trust: names a certification authority of the sandbox/],
    ["the sandbox's authority for signature", [["trust.signature", ["sandbox-ca.der"]]], /^trust: names a certification authority of the sandbox/],
    ["one authority for both uses", [["trust.signature", ["ca-1.der"]]], /^trust: the same certificate stands under/],
    ["a policy of the test environment", [["policies.user_authentication", [{ oid: "1.2.392.200149.8.5.1.0.1", medium: "card" }]]], /^policies: names a policy of the test environment/],
    ["a policy that is no OID", [["policies.user_authentication", [{ oid: "any", medium: "card" }]]], /^policies\.user_authentication\.0\.oid: /],
    ["a CRL with url and file", [["status.crls", [{ url: "https://c.example", file: "x.crl", issuer: "ca-1.der" }]]], /^status\.crls\.0: name either url or file$/],
    ["a CRL with neither", [["status.crls", [{ issuer: "ca-1.der" }]]], /^status\.crls\.0: name either url or file$/],
    ["a CRL of an authority that is no anchor", [["status.crls", [{ url: "https://c.example", issuer: "other-ca.der" }]]], /^status\.crls\.0\.issuer: must be one of the trust anchors$/],
    ["a CRL whose authority's file is missing", [["status.crls", [{ url: "https://c.example", issuer: "none.der" }]]], /^none\.der: cannot be read$/],
    ["a responder by another scheme", [["status.responders", [{ url: "ldap://o.example" }]]], /^status\.responders\.0\.url: /],
    ["a good answer kept for an hour", [["status.good_cache", 3600]], /^status\.good_cache: /],
    ["no deadline", [["status.deadline", 0]], /^status\.deadline: /],
    ["a negative refresh", [["status.refresh", -1]], /^status\.refresh: /],
    ["a loosened policy", [["assurance", { statusFresh: 1e9 }]], /^assurance: statusFresh/],
    ["a changed policy without a version", [["assurance", { statusFresh: 60 }]], /^assurance: version: a policy that differs from/],
    ["a policy file that is not there", [["assurance_file", "absent.yaml"]], /^absent\.yaml: cannot be read, or is neither YAML nor JSON$/],
    ["a loosened policy in its file", [["assurance_file", "loose.json"]], /^assurance: statusFresh/],
    ["a policy in two places", [["assurance_file", "policy.yaml"], ["assurance", { version: "x", statusFresh: 1 }]], /^assurance_file: give the policy either/],
    ["an unknown member of the policy", [["assurance", { everything: true }]], /^assurance: policy has an unknown member/],
    ["a port beyond", [["listen.port", 65_536]], /^listen\.port: /],
    ["a port as text", [["listen.port", "3000"]], /^listen\.port: /],
    ["a resource with a fragment", [["resources", [{ ...resource, identifier: "https://api.example.jp/#x" }]]], /^resources: .* must have no fragment$/],
    ["one resource twice", [["resources", [resource, resource]]], /^resources: .* stands twice$/],
    ["a scope with a space", [["resources", [{ ...resource, scopes: ["a b"] }]]], /^resources\.0\.scopes\.0: /],
    ["a limit of none", [["limits.requests_per_minute", 0]], /^limits\.requests_per_minute: /],
    ["an unknown log level", [["log", "trace"]], /^log: /],
  ];
  test.each(rows)("%s", (_name, changes, sentence) => {
    const problems = problemsOf(changed(...changes));
    expect(problems.filter((problem) => sentence.test(problem)), problems.join("\n")).toHaveLength(1);
    expect(problems).toHaveLength(1);
  });

  test("all of them at once, not the first alone", () => {
    expect(problemsOf(changed(["issuer", "http://login.example.jp"], ["sealing.digest_key_file", "none.key"], ["trust.user_authentication", ["sandbox-ca.der"]], ["status", {}]))).toHaveLength(4);
  });

  test.each([[null], ["text"], [[]], [3], [undefined]])("a file that is %j is refused", (input) => expect(problemsOf(input)).toHaveLength(1));
});

describe("the sandbox", () => {
  test("may use http, its own authority and test policies", () => {
    const file = changed(["issuer", "http://localhost:3000"], ["enrolment.app_link", "http://localhost:3200/phone"], ["trust.user_authentication", ["sandbox-ca.der"]], ["status.crls", []], ["sealing.digest_key_file", "open.key"]);
    expect(problemsOf(file, "sandbox")).toEqual([]);
    expect(problemsOf(file, "production").length).toBeGreaterThanOrEqual(4);
  });
  test("is otherwise as strict", () => expect(problemsOf(changed(["status", {}], ["isuer", 1]), "sandbox")).not.toEqual([]));
});

describe("the file", () => {
  const read = (text: string): string[] => {
    const file = path.join(place(), "bridge.yaml");
    writeFileSync(file, text);
    try {
      loadConfiguration(file);
      return [];
    } catch (error) {
      if (error instanceof ConfigurationError) return [...error.problems];
      throw error;
    }
  };
  test("may be JSON", () => expect(read(JSON.stringify(complete()))).toEqual([]));
  test("is for production", () => expect(read(JSON.stringify({ ...complete(), issuer: "http://localhost:1" }))).toEqual(["issuer: must be https in production"]));
  const broken: [string, string, RegExp][] = [
    ["unclosed JSON", '{ "issuer": ', /bridge\.yaml is neither YAML nor JSON/],
    ["tabs as indentation", "a:\n\tb: 1", /neither YAML nor JSON/],
    ["one key twice", "issuer: a\nissuer: b", /neither YAML nor JSON/],
    ["an alias bomb", `a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [${"*a,".repeat(30)}]\nc: &c [${"*b,".repeat(30)}]\nd: [${"*c,".repeat(30)}]`, /neither YAML nor JSON/],
    ["nothing", "", /^file: /],
  ];
  test.each(broken)("of %s is refused with a sentence", (_name, text, sentence) => {
    const problems = read(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(sentence);
    expect(problems[0]).not.toContain("\n");
  });
  test("that everybody can change is refused", () => {
    const file = path.join(place(), "bridge.yaml");
    writeFileSync(file, JSON.stringify(complete()));
    chmodSync(file, 0o666);
    expect(() => loadConfiguration(file)).toThrow("can be changed by everybody");
  });
  test("that is not there", () => expect(() => loadConfiguration("/nowhere/bridge.yaml")).toThrow("/nowhere/bridge.yaml cannot be read"));
});
