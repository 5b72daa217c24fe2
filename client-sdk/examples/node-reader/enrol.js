#!/usr/bin/env node
/**
 * Enrols with the card in a PC/SC reader; see README.md in this folder.
 *
 *   node enrol.js LINK --issuer URL [--element IMAGE.json] [--trace FILE]
 */
import { appendFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { AppletError, EnrolmentClient, EnrolmentError, JpkiApplet, SoftwareSecureElement, TransportError } from "@jpki-bridge/client-sdk";
import { PcscTransport } from "@jpki-bridge/client-sdk/transports/pcsc";
import { RecordingTransport } from "@jpki-bridge/client-sdk/transports/trace";
import { ask, askHidden, endAsking, say } from "./terminal.js";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { issuer: { type: "string", default: "http://localhost:3000" }, element: { type: "string" }, trace: { type: "string" } },
});

/** What `confirm` is refused with until there is something to confirm. */
const passkeyNotMade = "transaction_wrong_state";

/** @typedef {import("@jpki-bridge/client-sdk").Transport} Transport */
/** @typedef {import("@jpki-bridge/client-sdk").ClaimedEnrolment} ClaimedEnrolment */
/** @typedef {import("@jpki-bridge/client-sdk").StatedEnrolment} StatedEnrolment */
/** @typedef {import("@jpki-bridge/client-sdk").ProvedEnrolment} ProvedEnrolment */
/** @typedef {import("@jpki-bridge/client-sdk").EnrolmentOutcome} EnrolmentOutcome */

const [link = ""] = positionals;
try {
  const client = await EnrolmentClient.open({ link, issuers: [options.issuer], language: "en" });
  const transport = await openTransport();
  try {
    const applet = await JpkiApplet.select(transport);
    finish(await enrol(await client.claim(), applet));
  } finally {
    await transport.close?.();
  }
} catch (error) {
  explain(error);
  process.exitCode = 1;
} finally {
  endAsking();
}

/** @returns {Promise<Transport>} */
async function openTransport() {
  const { element, trace } = options;
  if (element === undefined) say("Put the card into the reader.");
  const way = element === undefined ? new PcscTransport({ wait: true }) : new SoftwareSecureElement(JSON.parse(await readFile(element, "utf8")));
  if (trace === undefined) return way;
  return new RecordingTransport(way, { write: (line) => appendFileSync(trace, `${line}\n`) });
}

/**
 * @param {ClaimedEnrolment} claimed
 * @param {JpkiApplet} applet
 */
async function enrol(claimed, applet) {
  const { client_name, client_host, purpose, iss } = claimed.request;
  say(`${client_name} (${client_host}) asks you, by ${iss}, to ${purpose}.`);
  const stated = await untilRight(async () =>
    claimed.statement(claimed.numberRequired ? { number: await ask("The two digits in the other browser: ") } : {}),
  );
  const proved = await untilRight(() => prove(stated, applet));
  return proved.next === "passkey" ? makePasskey(proved) : proved;
}

/**
 * @param {StatedEnrolment} stated
 * @param {JpkiApplet} applet
 */
async function prove(stated, applet) {
  const triesLeft = await applet.triesLeft("authentication");
  if (triesLeft === 1 && (await ask("This is the last try before the PIN is blocked. Go on? (yes/no) ")) !== "yes") {
    throw new AppletError("pin_last_try", { triesLeft });
  }
  const pin = await askHidden(`The four digits of your PIN (${triesLeft} tries left): `);
  return stated.prove({ applet, pin, spendLastTry: triesLeft === 1, device: { medium: "card", approval: "pin" } });
}

/**
 * The passkey is made in this computer's browser, and counts once its number is typed here.
 * @param {ProvedEnrolment} proved
 */
async function makePasskey(proved) {
  const continued = await proved.continuation();
  say(`Make your passkey at ${continued.continuation.url}`);
  return untilRight(async () => continued.confirm(await ask("The six digits shown there: ")));
}

/** @param {EnrolmentOutcome} outcome */
function finish(outcome) {
  say(outcome.next === "return" ? `Done. Go on at ${outcome.return_url}` : "Done. Go on in the other browser.");
}

/**
 * Asks again after a mistake that leaves another try.
 * @template Result
 * @param {() => Promise<Result>} step
 */
async function untilRight(step) {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!isMistake(error)) throw error;
      explain(error);
    }
  }
}

/** @param {unknown} error */
function isMistake(error) {
  if (error instanceof AppletError) return error.code === "pin_malformed" || error.code === "pin_wrong";
  return error instanceof EnrolmentError && ["number_malformed", "number_wrong", passkeyNotMade].includes(error.code);
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof EnrolmentError) say(error.code === passkeyNotMade ? "Make the passkey first." : (error.description ?? error.code));
  else if (error instanceof AppletError || error instanceof TransportError) say(error.code);
  else throw error;
}
