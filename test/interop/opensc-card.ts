import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { toHex } from "../../src/bytes.ts";
import { makeThrowAwayImage, serveVirtualCard, type VirtualCard } from "../../client-sdk/src/simulator/index.ts";
import { SoftwareSecureElement, type SecureElementImage } from "@jpki-bridge/client-sdk";
import { startReader, type VpcdReader } from "./vpcd-reader.ts";

export interface Exchange {
  /** Hexadecimal. */
  readonly command: string;
  readonly response: string;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A throw-away card in a reader of our own, with OpenSC's programs to use it and a log of what they send.
 * OpenSC is told to try its JPKI driver alone: vpcd takes 44 ms for an APDU, and its other drivers send
 * some thirty before.
 */
export interface OpenscCard {
  /** What the card in the reader holds. */
  readonly image: SecureElementImage;
  /** A directory for the test's files. */
  readonly directory: string;
  /** Runs a program on this card. */
  run(program: string, ...parameters: readonly string[]): Promise<Ended>;
  /** As `output`, but gives what the card was asked meanwhile. */
  exchangesOf(program: string, ...parameters: readonly string[]): Promise<readonly Exchange[]>;
  /** What the program prints; fails if the program does. */
  output(program: string, ...parameters: readonly string[]): Promise<string>;
  /** Takes the card out and puts a new one in. */
  replace(): Promise<void>;
  close(): Promise<void>;
}

export async function openscCard(): Promise<OpenscCard> {
  const directory = mkdtempSync(path.join(tmpdir(), "jpki-bridge-opensc-"));
  const configuration = path.join(directory, "opensc.conf");
  writeFileSync(configuration, "app default { card_drivers = jpki; }\n");
  const reader = await startReader();
  const exchanges: Exchange[] = [];
  const run = (program: string, ...parameters: readonly string[]): Promise<Ended> => runProgram(program, parameters, { ...reader.environment, OPENSC_CONF: configuration });
  const output = async (program: string, ...parameters: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(program, ...parameters);
    if (code !== 0) throw new Error(`${program} has ended with ${code}: ${stderr}`);
    return stdout;
  };
  // pcscd looks into its readers every few hundred milliseconds.
  const untilPresent = async (present: "Yes" | "No"): Promise<void> => {
    while (!(await output("opensc-tool", "--list-readers")).includes(`0    ${present}`)) await pause(50);
  };
  let image = await makeThrowAwayImage("good-card");
  let takeOut = putIn(reader, image, exchanges);
  await untilPresent("Yes");
  return {
    directory,
    run,
    output,
    get image() {
      return image;
    },
    exchangesOf: async (program, ...parameters) => {
      const before = exchanges.length;
      await output(program, ...parameters);
      return exchanges.slice(before);
    },
    replace: async () => {
      await takeOut();
      await untilPresent("No");
      image = await makeThrowAwayImage("good-card");
      takeOut = putIn(reader, image, exchanges);
      await untilPresent("Yes");
    },
    close: async () => {
      await takeOut();
      await reader.stop();
      rmSync(directory, { recursive: true });
    },
  };
}

/** The function given back takes the card out. */
function putIn({ host, port }: VpcdReader, image: SecureElementImage, exchanges: Exchange[]): () => Promise<void> {
  const out = new AbortController();
  const served = serveVirtualCard({ host, port, element: logged(new SoftwareSecureElement(image), exchanges), signal: out.signal });
  return async () => {
    out.abort();
    await served;
  };
}

/** Writes down what the element is asked and answers. */
export function logged(element: VirtualCard, exchanges: Exchange[]): VirtualCard {
  return {
    reset: () => element.reset(),
    transmit: async (command) => {
      const response = await element.transmit(command);
      exchanges.push({ command: toHex(command), response: toHex(response) });
      return response;
    },
  };
}

async function runProgram(program: string, parameters: readonly string[], environment: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(program, parameters, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}
