import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { toHex } from "../../../src/bytes.ts";
import { Store } from "../../../src/sandbox/jlis/ca/store.ts";
import { createJlis } from "../../../src/sandbox/jlis/jlis.ts";
import { certificateOf, temporaryDirectory, useJlis } from "./fixture.ts";

const fixture = useJlis();

test("a second start continues: authorities, keys, states, faults, serials", async () => {
  const { personas, faults } = fixture.jlis;
  await personas.operate("good-phone", "hold");
  await personas.operate("good-card", "reissue");
  const image = await personas.secureElement("good-card");
  await faults.set({ staleCrl: true, ocspDelayMs: 5 });
  const anchors = fixture.jlis.anchors().userAuthentication.map(toHex);
  const certificates = fixture.jlis.authority.certificates;

  await fixture.restart();

  expect(fixture.jlis.anchors().userAuthentication.map(toHex)).toEqual(anchors);
  expect(fixture.jlis.authority.certificates).toEqual(certificates);
  expect(fixture.jlis.personas.view("good-phone").state).toBe("on_hold");
  expect(await fixture.jlis.personas.secureElement("good-card")).toEqual(image);
  expect(fixture.jlis.faults.current).toEqual({ ocspDown: false, ocspDelayMs: 5, staleCrl: true });
  const highest = Math.max(...certificates.map(({ serial }) => serial));
  await fixture.jlis.personas.operate("good-phone", "release");
  await fixture.jlis.personas.operate("good-phone", "renew");
  expect(certificateOf(fixture, "good-phone").serial).toBeGreaterThan(highest);
});

test("files are for their owner alone, and nothing half-written stays", async () => {
  const files = await readdir(fixture.directory, { recursive: true, withFileTypes: true });
  const modes = await Promise.all(
    files.map(async (entry) => [entry.name, (await stat(path.join(entry.parentPath, entry.name))).mode & 0o777] as const),
  );
  for (const [name, mode] of modes) expect([name, mode]).toEqual([name, name === "keys" ? 0o700 : 0o600]);
  expect(files.map(({ name }) => name).filter((name) => !/^(keys|state\.json|.*\.pem)$/.test(name))).toEqual([]);
});

test("no private key stands in the state file", async () => {
  expect(await readFile(path.join(fixture.directory, "state.json"), "utf8")).not.toMatch(/PRIVATE KEY|"d":/);
});

describe("a state that cannot be read", () => {
  test.each([
    ["empty", ""],
    ["not JSON", "{"],
    ["another version", JSON.stringify({ version: 2 })],
    ["a list", "[]"],
  ])("%s: the start stops and says what to do", async (_name, content) => {
    const directory = await temporaryDirectory();
    await writeFile(path.join(directory, "state.json"), content);
    await expect(createJlis({ directory, origin: "http://localhost:3200" })).rejects.toThrow(/Remove its directory/);
    expect(await readFile(path.join(directory, "state.json"), "utf8")).toBe(content);
    await rm(directory, { recursive: true });
  });
});

test("a change that cannot be written changes nothing, and the next one is not stopped by it", async () => {
  const directory = await temporaryDirectory();
  const state = JSON.parse(await readFile(path.join(fixture.directory, "state.json"), "utf8"));
  const store = await Store.open(directory, async () => state);
  const setDelay = async (ocspDelayMs: number): Promise<void> =>
    store.change((current) => ({ state: { ...current, faults: { ...current.faults, ocspDelayMs } }, value: undefined }));
  await setDelay(7);
  await rm(directory, { recursive: true });
  await expect(setDelay(8)).rejects.toThrow("ENOENT");
  expect(store.state.faults.ocspDelayMs).toBe(7);
  await expect(setDelay(9)).rejects.toThrow("ENOENT");
});
