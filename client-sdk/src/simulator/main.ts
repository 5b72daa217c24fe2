#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { SoftwareSecureElement } from "../software/secure-element.ts";
import type { SecureElementImage } from "../software/secure-element-image.ts";
import { TransportError } from "../transports/transport-error.ts";
import { findCard } from "./card-source.ts";
import { exitCodes, help, readCommandLine, type SimulatorOptions } from "./command-line.ts";
import { KeptCard } from "./kept-card.ts";
import { cardEvent, describe, type SimulatorEvent } from "./report.ts";
import { serveVirtualCard } from "./serve-virtual-card.ts";
import { SimulatorRefusal } from "./simulator-refusal.ts";

const commandLine = readCommandLine(process.argv.slice(2));
if (commandLine.kind === "help") process.stdout.write(help);
else if (commandLine.kind === "wrong") complain(`${commandLine.reason}\n\n${help}`, exitCodes.usage);
else await serve(commandLine.options);

async function serve({ host, port, card: choice, state, writeImage, json }: SimulatorOptions): Promise<void> {
  const tell = (event: SimulatorEvent): void => void process.stdout.write(`${json ? JSON.stringify(event) : describe(event)}\n`);
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  try {
    const card = await findCard(choice);
    const element = await makeElement(card.image, state);
    if (writeImage !== null) await writeFile(writeImage, `${JSON.stringify(card.image, null, 2)}\n`, { mode: 0o600 });
    tell(cardEvent(card, element.counters()));
    await serveVirtualCard({ host, port, element, signal: controller.signal, onEvent: tell });
    tell({ event: "ended" });
  } catch (error) {
    if (error instanceof SimulatorRefusal) complain(error.message, exitCodes.refused);
    else if (!(error instanceof TransportError)) throw error;
    else if (error.code === "reader_unavailable") complain(`no vpcd at ${host}:${port}: is pcscd running, with vsmartcard-vpcd installed?`, exitCodes.noReader);
    else complain(`what answers at ${host}:${port} is not vpcd`, exitCodes.noReader);
  }
}

async function makeElement(image: SecureElementImage, state: string | null): Promise<SoftwareSecureElement | KeptCard> {
  try {
    return state === null ? new SoftwareSecureElement(image) : await KeptCard.open(image, state);
  } catch (error) {
    if (error instanceof TypeError) throw new SimulatorRefusal(`the card's image cannot be used: ${error.message}`, { cause: error });
    throw error;
  }
}

function complain(message: string, exitCode: number): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = exitCode;
}
