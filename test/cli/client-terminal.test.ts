import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { cleanEnvironment, desk, program } from "./run-cli.ts";

const script = "/usr/bin/script";

// The questions need a terminal, which script(1) of util-linux gives a program.
test.skipIf(!existsSync(script))("client add asks on a real terminal, and registers what was answered (skipped without script)", async () => {
  const { directory, json } = desk();
  const command = `${process.execPath} ${program} client add`;
  const child = spawn(script, ["-qec", command, "/dev/null"], { cwd: directory, env: { ...cleanEnvironment(), JPKI_BRIDGE_DATA: directory, NO_COLOR: "1" } });
  const answers = ["Green Library", "", "", "", "", "", ""];
  let shown = "";
  let answered = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString();
    const asked = shown.split(/(?:\]|name): /).length - 1;
    while (answered < asked && answered < answers.length) child.stdin.write(`${answers[answered++] ?? ""}\n`);
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(shown).toMatch(/registered green-library/);
  expect(shown).toContain("configuration for openid-client");
  expect(code).toBe(0);
  expect(await json("client", "show", "green-library")).toMatchObject({ client_name: "Green Library", minimum_ial: 3, minimum_aal: 2, redirect_uris: ["http://localhost:8080/callback"] });
});
