import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { administeredConfiguration, ConfigurationError, sandboxConfigurationFile, sandboxEnvironment } from "../../src/config.ts";
import { complete, place } from "./place.ts";

const data = path.resolve("data");
const usual = { bridge: 3000, demoService: 3100, jlis: 3200 };

describe("the sandbox's environment", () => {
  const rows: [string, NodeJS.ProcessEnv, object][] = [
    ["nothing", {}, { directory: data, databaseUrl: null, ports: usual }],
    ["empty variables", { PORT: "", DEMO_RP_PORT: "", JLIS_PORT: "", JPKI_BRIDGE_DATA: "" }, { directory: data, databaseUrl: null, ports: usual }],
    ["ports", { PORT: "1", DEMO_RP_PORT: "65535", JLIS_PORT: "0" }, { directory: data, databaseUrl: null, ports: { bridge: 1, demoService: 65_535, jlis: 0 } }],
    ["a directory", { JPKI_BRIDGE_DATA: "elsewhere" }, { directory: path.resolve("elsewhere"), databaseUrl: null, ports: usual }],
    ["an absolute directory", { JPKI_BRIDGE_DATA: "/tmp/x" }, { directory: "/tmp/x", databaseUrl: null, ports: usual }],
    ["a database", { DATABASE_URL: "postgresql://h/d" }, { directory: data, databaseUrl: "postgresql://h/d", ports: usual }],
  ];
  test.each(rows)("%s", (_name, environment, expected) => expect(sandboxEnvironment(environment)).toEqual(expected));

  test.each(["65536", "-1", "3000.5", "abc", "0x10", "1e3", " 3000", "３０００"])("PORT=%s is refused with a sentence", (PORT) => {
    expect(() => sandboxEnvironment({ PORT })).toThrow("PORT: must be a port number, 0 to 65535");
  });
  test("each wrong port is named", () => {
    const attempt = (): unknown => sandboxEnvironment({ PORT: "x", DEMO_RP_PORT: "y", JLIS_PORT: "z" });
    expect(attempt).toThrow(ConfigurationError);
    expect(attempt).toThrow(/PORT[\s\S]*DEMO_RP_PORT[\s\S]*JLIS_PORT/);
  });
});

describe("which configuration an administration command works on", () => {
  const withFiles = (): { directory: string; production: string } => {
    const directory = place();
    const production = path.join(directory, "bridge.yaml");
    writeFileSync(production, JSON.stringify(complete()));
    writeFileSync(path.join(directory, sandboxConfigurationFile), JSON.stringify({ ...complete(), issuer: "http://localhost:3000" }));
    return { directory, production };
  };

  test("the one named, before the environment's, before the sandbox's", () => {
    const { directory, production } = withFiles();
    const sandbox = { JPKI_BRIDGE_DATA: directory };
    expect(administeredConfiguration(production, { ...sandbox, JPKI_BRIDGE_CONFIG: "/nowhere" }).mode).toBe("production");
    expect(administeredConfiguration(undefined, { ...sandbox, JPKI_BRIDGE_CONFIG: production }).mode).toBe("production");
    expect(administeredConfiguration(undefined, sandbox)).toMatchObject({ mode: "sandbox", issuer: "http://localhost:3000" });
    expect(administeredConfiguration(undefined, { ...sandbox, JPKI_BRIDGE_CONFIG: "" }).mode).toBe("sandbox");
  });

  const refused: [string, (directory: string) => Parameters<typeof administeredConfiguration>, RegExp][] = [
    ["a named file that is not there", () => ["/nowhere", {}], /\/nowhere cannot be read/],
    ["no sandbox yet", (directory) => [undefined, { JPKI_BRIDGE_DATA: path.join(directory, "none") }], /--config, or start the sandbox first/],
    ["a sandbox's file that is damaged", (directory) => {
      mkdirSync(path.join(directory, "damaged"), { recursive: true });
      writeFileSync(path.join(directory, "damaged", sandboxConfigurationFile), '{"issuer":');
      return [undefined, { JPKI_BRIDGE_DATA: path.join(directory, "damaged") }];
    }, /is damaged: start the sandbox again/],
    ["the sandbox's own file named as if for production", (directory) => [path.join(directory, sandboxConfigurationFile), {}], /issuer: must be https/],
    ["a wrong port in the environment", (directory) => [undefined, { JPKI_BRIDGE_DATA: directory, PORT: "x" }], /PORT: must be a port number/],
  ];
  test.each(refused)("%s is refused with a sentence", (_name, parameters, sentence) => {
    const { directory } = withFiles();
    const attempt = (): unknown => administeredConfiguration(...parameters(directory));
    expect(attempt).toThrow(ConfigurationError);
    expect(attempt).toThrow(sentence);
  });
});
