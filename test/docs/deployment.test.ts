import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { exitCodes } from "../../src/cli/terminal.ts";
import { configurationSchema } from "../../src/config.ts";
import { temporaryDirectory } from "../storage/temporary.ts";
import { readDocument, root } from "./markdown.ts";

/** The files for operators name settings, options, paths and ports that there are. test/faults/nginx*.test.ts run nginx. */

const yamlFiles = ["compose.yaml", "deploy/bridge.yaml", "deploy/systemd/bridge.yaml", ...readdirSync(path.join(root, "deploy/kubernetes")).map((file) => `deploy/kubernetes/${file}`)];

test.each(yamlFiles)("%s is YAML, and says nothing twice", (file) => {
  for (const document of parseAllDocuments(readDocument(file), { uniqueKeys: true })) expect([...document.errors, ...document.warnings]).toEqual([]);
});

type Tree = Readonly<Record<string, unknown>>;

/** What stands at a path of members and indices. */
const at = (tree: unknown, ...members: (string | number)[]): unknown => members.reduce((value, member) => (value as Record<string | number, unknown> | undefined)?.[member], tree);

const kubernetes = yamlFiles.filter((file) => file.startsWith("deploy/kubernetes")).flatMap((file) => parseAllDocuments(readDocument(file)).map((document) => document.toJS() as Tree));
const object = (kind: string): Tree => kubernetes.find((each) => each["kind"] === kind) ?? {};
const [compose, own] = [parse(readDocument("compose.yaml")) as Tree, parse(readDocument("deploy/bridge.yaml")) as unknown];
const onMachine = parse(readDocument("deploy/systemd/bridge.yaml")) as unknown;
const inCluster: unknown = parse(String(at(object("ConfigMap"), "data", "bridge.yaml")));
const unit = readDocument("deploy/systemd/jpki-bridge.service");
const nginx = readDocument("deploy/nginx.conf");
const image = readDocument("Dockerfile");
const container = at(object("Deployment"), "spec", "template", "spec", "containers", 0);

// Where the network lets nobody in but the proxy, and where nothing but the address does.
describe.each([["deploy/bridge.yaml", own, "0.0.0.0"], ["the ConfigMap", inCluster, "0.0.0.0"], ["deploy/systemd/bridge.yaml", onMachine, "127.0.0.1"]])("the configuration of %s", (_name, given, host) => {
  const configuration = configurationSchema.parse(given);
  test("is one, and believes the one proxy in front", () => expect(configuration.listen).toMatchObject({ host, port: 3000, trusted_proxies: 1 }));
  test("shows its metrics where it listens", () => expect(configuration.metrics?.host).toBe(host));
  test("leaves the proxy the time to notice", () => expect(configuration.listen.drain.announce).toBeGreaterThanOrEqual(5));
});

describe("what is left after a drain is ended later than the bridge ends it", () => {
  const limit = (given: unknown): number => configurationSchema.parse(given).listen.drain.limit;
  // What is ended beside the connections takes up to ten seconds more.
  const rows: readonly (readonly [name: string, seconds: number, configuration: unknown])[] = [
    ["compose", Number.parseInt(String(at(compose, "services", "bridge", "stop_grace_period")), 10), own],
    ["systemd", Number(/^TimeoutStopSec=(?<seconds>\d+)$/mu.exec(unit)?.groups?.["seconds"]), onMachine],
    ["Kubernetes", Number(at(object("Deployment"), "spec", "template", "spec", "terminationGracePeriodSeconds")), inCluster],
  ];
  test.each(rows)("%s", (_name, seconds, configuration) => expect(seconds).toBeGreaterThanOrEqual(limit(configuration) + 10));
});

describe("the program is called as it can be", () => {
  const documented = readDocument("src/cli/serve.ts");
  const calls: readonly (readonly [name: string, parameters: readonly string[]])[] = [
    ["Dockerfile", JSON.parse(/^CMD (?<list>\[.*\])$/mu.exec(image.split("FROM").at(-1) ?? "")?.groups?.["list"] ?? "[]") as string[]],
    ["compose", at(compose, "services", "bridge", "command") as string[]],
    ["systemd", (/^ExecStart=\S+ (?:--\S+ )+\S+jpki-bridge\.js (?<rest>.+)$/mu.exec(unit)?.groups?.["rest"] ?? "").split(" ")],
    ["Kubernetes", at(container, "args") as string[]],
  ];
  test.each(calls)("%s", (_name, parameters) => {
    expect(parameters[0]).toBe("serve");
    const options = parameters.filter((parameter) => parameter.startsWith("--"));
    expect(options).toContain("--config");
    for (const option of options) expect(documented).toContain(`"${option} `);
  });
});

describe("Node is started as by the first line of the program", () => {
  const [, variables = "", flags = ""] = /^#!\/usr\/bin\/env -S (.+) node (.+)$/mu.exec(readDocument("src/cli/jpki-bridge.js")) ?? [];
  const lastStage = image.split("FROM").at(-1) ?? "";
  test.each([
    ["Dockerfile", /^ENV NODE_ENV=production (.+)$/mu.exec(lastStage)?.[1], /^ENTRYPOINT \["node", (.+), "[^"]+"\]$/mu.exec(lastStage)?.[1]?.replaceAll(/[",]/g, "")],
    ["systemd", /^Environment=NODE_ENV=production (.+)$/mu.exec(unit)?.[1], /^ExecStart=\S+ (.+) \S+jpki-bridge\.js/mu.exec(unit)?.[1]],
  ])("%s", (_name, itsVariables, itsFlags) => {
    expect(flags).not.toBe("");
    expect([itsVariables, itsFlags]).toEqual([variables, flags]);
  });
});

test("no older image is named than the one that these settings are for", () => {
  const image = /:(?<version>[\d.]+)$/u.exec(String(at(container, "image")))?.groups?.["version"] ?? "";
  const { version } = JSON.parse(readDocument("package.json")) as { version: string };
  // Until it is released, that is the next one.
  const isUnreleased = readDocument("CHANGELOG.md").includes("\n## Unreleased\n");
  expect(image.localeCompare(version, "en", { numeric: true })).toBe(isUnreleased ? 1 : 0);
});

test("systemd starts nothing again that was refused, as no supervisor does", () => expect(unit).toMatch(new RegExp(`^RestartPreventExitStatus=${exitCodes.usage} ${exitCodes.refused}$`, "mu")));

describe("probes", () => {
  const routes = readDocument("src/web/routes/public.ts");
  const probes = (["startupProbe", "livenessProbe", "readinessProbe"] as const).map((name): [string, string] => [name, String(at(container, name, "httpGet", "path"))]);
  test.each([...probes, ["Dockerfile", /127\.0\.0\.1:3000(?<path>\/\w+)/u.exec(image)?.groups?.["path"] ?? ""]])("%s asks what there is: %s", (_name, asked) => expect(routes).toContain(`router.get("${asked}"`));
  test("only readiness asks whether it drains: a live process is not killed for ending", () => expect(probes.map(([, asked]) => asked)).toEqual(["/healthz", "/healthz", "/readyz"]));
  test("ports are those that are listened on", () => {
    const { listen, metrics } = configurationSchema.parse(inCluster);
    expect(at(container, "ports")).toEqual([{ name: "http", containerPort: listen.port }, { name: "metrics", containerPort: metrics?.port }]);
    expect((at(object("NetworkPolicy"), "spec", "ingress") as Tree[]).map((rule) => at(rule, "ports", 0, "port"))).toEqual([listen.port, metrics?.port]);
  });
});

/** Names of fields, at any depth; not those of contents, which are ours. */
const fieldsIn = (tree: unknown): string[] => {
  if (typeof tree !== "object" || tree === null) return [];
  const below = Object.entries(tree).flatMap(([name, value]) => (name === "data" ? [] : fieldsIn(value)));
  return Array.isArray(tree) ? below : [...Object.keys(tree), ...below];
};

test("Kubernetes' fields are spelled as its API has them: it leaves out what it does not know", () => {
  // Held against the types of the API (npm: kubernetes-types) where they stand. A name that is not here: look there first.
  const known = [
    "apiVersion", "kind", "metadata", "name", "app.kubernetes.io/name", "kubernetes.io/metadata.name", "labels", "data", "spec", "replicas", "selector", "matchLabels", "strategy", "rollingUpdate", "maxUnavailable", "maxSurge", "template",
    "automountServiceAccountToken", "terminationGracePeriodSeconds", "securityContext", "runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "seccompProfile", "type",
    "topologySpreadConstraints", "maxSkew", "topologyKey", "whenUnsatisfiable", "labelSelector", "containers", "image", "args", "env", "valueFrom", "secretKeyRef", "key", "ports",
    "containerPort", "startupProbe", "livenessProbe", "readinessProbe", "httpGet", "path", "port", "periodSeconds", "failureThreshold", "timeoutSeconds", "resources", "requests", "limits",
    "cpu", "memory", "allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities", "drop", "volumeMounts", "mountPath", "readOnly", "volumes", "projected", "defaultMode", "sources",
    "configMap", "secret", "items", "emptyDir", "sizeLimit", "podSelector", "policyTypes", "ingress", "from", "namespaceSelector", "egress", "to", "protocol", "ipBlock", "cidr", "except",
    "targetPort", "minAvailable",
  ];
  expect(new Set(fieldsIn(kubernetes))).toEqual(new Set(known));
});

test("the image compiles ahead by the user and with the flags that it runs with", () => {
  const [build = "", runs = ""] = image.split("\nFROM ${NODE}\n");
  const step = /^USER (?<user>\S+)\nRUN node (?<flags>.*) src\/cli\/compile-ahead\.js$/mu.exec(build)?.groups;
  expect(runs).toContain(`\nUSER ${step?.["user"]}\n`);
  const [node, ...flags] = JSON.parse(/^ENTRYPOINT (?<list>\[.*\])$/mu.exec(runs)?.groups?.["list"] ?? "[]") as string[];
  expect([node, flags.slice(0, -1).join(" ")]).toEqual(["node", step?.["flags"]]);
});

test("who compiles ahead for the unit is told its flags", () => {
  const flags = /^ExecStart=\S+ (?<flags>.*) \S+jpki-bridge\.js /mu.exec(unit)?.groups?.["flags"];
  expect(readDocument("docs/operations.md")).toContain(`-- node ${flags} src/cli/compile-ahead.js\n`);
});

describe("privileges", () => {
  test("Kubernetes and compose give none", () => {
    expect(at(container, "securityContext")).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } });
    expect(at(object("Deployment"), "spec", "template", "spec", "securityContext")).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(at(compose, "services", "bridge")).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    expect(image).toMatch(/^USER 1000:1000$/mu);
  });
  test("keys are files that not everybody can read", () => expect((Number(at(object("Deployment"), "spec", "template", "spec", "volumes", 0, "projected", "defaultMode")) & 0o007)).toBe(0));
  test("no key, database or test gets into the image", () => expect(readDocument(".dockerignore")).toMatch(/^\*$/mu));
  test("what is copied into the image is let in", () => {
    const copied = [...image.matchAll(/^COPY (?!--from)(?<files>.+) \S+$/gmu)].flatMap(({ groups }) => groups?.["files"]?.split(" ") ?? []);
    expect(copied.length).toBeGreaterThan(5);
    for (const file of copied) {
      expect(readDocument(".dockerignore")).toContain(`\n!${file}\n`);
      expect(existsSync(path.join(root, file))).toBe(true);
    }
  });
});

describe("deploy/nginx.conf", () => {
  test("takes the header of client certificates away everywhere but where they are shown", () => {
    const header = String(configurationSchema.shape.mutual_tls.unwrap().unwrap().shape.header.parse(undefined));
    const set = [...nginx.matchAll(/proxy_set_header (?<name>\S+) (?<value>\S+);/gu)].filter(({ groups }) => groups?.["name"]?.toLowerCase() === header).map(({ groups }) => groups?.["value"]);
    expect(set).toEqual(['""', "$ssl_client_escaped_cert"]);
  });
  test("where one header is set, all are", () => {
    const named = (text: string): string[] => [...text.matchAll(/proxy_set_header (?<name>\S+) /gu)].map(({ groups }) => groups?.["name"] ?? "");
    const [above = "", certificates = ""] = [nginx.split("  server {")[0], nginx.split("ssl_verify_client")[1]];
    expect(named(certificates).toSorted()).toEqual(named(above).toSorted());
  });
  test("ends its connections to a bridge before one that drains does", () => {
    const idle = Number(/^ +keepalive_timeout (?<seconds>\d+)s;$/mu.exec(nginx)?.groups?.["seconds"]);
    for (const given of [own, onMachine, inCluster]) expect(configurationSchema.parse(given).listen.drain.announce).toBeGreaterThan(idle);
  });
});

test.skipIf(!existsSync("/usr/bin/systemd-analyze"))("systemd takes the unit, and calls it well confined (where it is installed)", () => {
  const file = path.join(temporaryDirectory(), "jpki-bridge.service");
  // Says nothing where nothing is wrong; the program is elsewhere on this machine.
  writeFileSync(file, unit.replace("/usr/bin/node", process.execPath));
  expect(execFileSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8", stdio: "pipe" })).toBe("");
  const said = execFileSync("systemd-analyze", ["security", "--offline=true", "--no-pager", file], { encoding: "utf8" });
  expect(Number(/exposure level for \S+: (?<level>[\d.]+) /u.exec(said)?.groups?.["level"])).toBeLessThan(2);
});
