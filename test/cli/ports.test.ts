import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { afterTest, temporaryDirectory } from "../storage/temporary.ts";
import { runCli } from "./run-cli.ts";

/** A port that somebody else listens on. */
async function takenPort(): Promise<number> {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  afterTest(() => void other.close());
  return (other.address() as AddressInfo).port;
}

const elsewhere = { PORT: "0", DEMO_RP_PORT: "0", JLIS_PORT: "0" };
const rows: [name: string, command: (port: string) => { parameters: string[]; environment?: NodeJS.ProcessEnv }, sentence: RegExp][] = [
  ["the simulator's provider", (port) => ({ parameters: ["simulate", "--port", port, "--control-port", "0"] }), /for the provider, .* with --port\n$/],
  ["the simulator's control API", (port) => ({ parameters: ["simulate", "--port", "0", "--control-port", port] }), /for the control API, .* with --control-port\n$/],
  ["the sandbox's provider", (port) => ({ parameters: ["sandbox"], environment: { ...elsewhere, PORT: port } }), /for the provider, .* with PORT\n$/],
  ["the demo relying party", (port) => ({ parameters: ["sandbox"], environment: { ...elsewhere, DEMO_RP_PORT: port } }), /for the demo relying party, .* with DEMO_RP_PORT\n$/],
  ["the J-LIS stand-in", (port) => ({ parameters: ["sandbox"], environment: { ...elsewhere, JLIS_PORT: port } }), /for the J-LIS stand-in, .* with JLIS_PORT\n$/],
];
test.each(rows)("the port of %s is taken: the command ends with a sentence that says how to take another", async (_name, command, sentence) => {
  const port = await takenPort();
  const { parameters, environment } = command(String(port));
  const { code, stdout, stderr } = await runCli(parameters, temporaryDirectory(), environment);
  expect(stderr).toMatch(sentence);
  expect(stderr).toContain(`port ${port}`);
  expect([code, stdout]).toEqual([1, ""]);
});
