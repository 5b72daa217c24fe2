import { applicationId, commands, files } from "../applet/applet-table.ts";
import { encodeCommand } from "../apdu/apdu.ts";
import { sha256DigestInfo } from "../applet/digest-info.ts";
import { toHex, utf8 } from "../bytes.ts";
import { expectThat, expectType, transmitOf, type HostProbe } from "./message-bridge-probe.ts";

/** Takes the virtual card out of reach, and puts it there again. */
export interface CardControl {
  remove(): Promise<void>;
  insert(): Promise<void>;
}

interface CheckOptions {
  readonly authenticationPin: string;
  readonly card?: CardControl;
}

export interface Check {
  readonly name: string;
  readonly needsCardControl?: boolean;
  readonly run: (probe: HostProbe, options: CheckOptions) => Promise<void>;
}

const selectFile = (identifier: number): string =>
  toHex(encodeCommand({ ...commands.selectFile, data: Uint8Array.of(identifier >> 8, identifier & 0xff) }));
const verify = (pin: string): string => toHex(encodeCommand({ ...commands.verify, data: utf8(pin) }));
const select = toHex(encodeCommand({ ...commands.selectApplication, data: applicationId }));
const selectPin = selectFile(files.authentication.pin);
const selectKey = selectFile(files.authentication.key);
const selectCaCertificate = selectFile(files.authentication.caCertificate);
const askTriesLeft = toHex(encodeCommand(commands.verify));
const readBlock = toHex(encodeCommand({ ...commands.readBinary, expected: 0x100 }));
const sign = toHex(encodeCommand({ ...commands.sign, data: sha256DigestInfo(new Uint8Array(32)), expected: 0x100 }));

async function openAndSelect(probe: HostProbe): Promise<number> {
  const { id } = await probe.ask({ type: "open" }, "opened");
  await probe.expectResponse(select, "9000");
  return id;
}

export const checks: readonly Check[] = [
  {
    name: "opens and closes",
    run: async (probe) => {
      await probe.ask({ type: "open" }, "opened");
      await probe.ask({ type: "close" }, "closed");
    },
  },
  {
    name: "answers with the version, session and id of the request",
    run: async (probe) => {
      const id = probe.post({ type: "open" });
      const text = await probe.waitFor("any message", () => probe.texts[0]);
      const { version, session, id: answered } = JSON.parse(text) as Readonly<Record<string, unknown>>;
      expectThat(version === 1 && session === probe.session && answered === id, "they are others");
    },
  },
  {
    name: "carries whole responses",
    run: async (probe) => {
      await openAndSelect(probe);
      await probe.expectResponse(selectCaCertificate, "9000");
      const response = await probe.transmit(readBlock);
      expectThat(/^3082.{508}9000$/u.test(response), `${response.length / 2} octets came instead of 256 of a certificate and 9000`);
    },
  },
  {
    name: "passes status words on as they are",
    run: async (probe) => {
      await openAndSelect(probe);
      await probe.expectResponse(selectFile(0xffff), "6a82");
      await probe.expectResponse(selectPin, "9000");
      await probe.expectResponse(askTriesLeft, "63c3");
    },
  },
  {
    name: "answers each request once",
    run: async (probe) => {
      await openAndSelect(probe);
      await probe.ask({ type: "close" }, "closed");
      await probe.pause();
      expectThat(probe.texts.length === 3, `three requests had ${probe.texts.length} answers`);
    },
  },
  {
    name: "carries out commands in the order in which they came",
    run: async (probe) => {
      await probe.ask({ type: "open" }, "opened");
      const ids = [select, selectPin, askTriesLeft].map((command) => probe.post(transmitOf(command)));
      for (const [index, id] of ids.entries()) {
        const { response } = expectType(await probe.answerTo(id), "response");
        const expected = index === 2 ? "63c3" : "9000";
        expectThat(toHex(response) === expected, `command ${index + 1} was answered by ${toHex(response)} instead of ${expected}`);
      }
    },
  },
  {
    name: "does not carry out a repeated request again",
    run: async (probe, { authenticationPin }) => {
      await openAndSelect(probe);
      await probe.expectResponse(selectPin, "9000");
      const wrong = transmitOf(verify(authenticationPin === "0000" ? "1111" : "0000"));
      const id = probe.post(wrong);
      probe.post(wrong, id);
      await probe.answerTo(id);
      await probe.pause();
      const triesLeft = await probe.transmit(askTriesLeft);
      await probe.expectResponse(verify(authenticationPin), "9000");
      expectThat(triesLeft === "63c2", `one wrong PIN, sent twice, left ${triesLeft} instead of 63c2`);
      expectThat(probe.messagesAbout(id).length === 1, "it was answered more than once");
    },
  },
  {
    name: "refuses a command before there is a connection",
    run: async (probe) => probe.expectRefusal(transmitOf(select), "connection_closed"),
  },
  {
    name: "refuses a command after closing, and closes twice",
    run: async (probe) => {
      await openAndSelect(probe);
      await probe.ask({ type: "close" }, "closed");
      await probe.ask({ type: "close" }, "closed");
      await probe.expectRefusal(transmitOf(select), "connection_closed");
    },
  },
  {
    name: "a new connection knows nothing of an earlier one's PIN",
    run: async (probe, { authenticationPin }) => {
      await openAndSelect(probe);
      await probe.expectResponse(selectPin, "9000");
      await probe.expectResponse(verify(authenticationPin), "9000");
      await probe.ask({ type: "open" }, "opened");
      // Selecting the application would make the card forget the PIN by itself.
      await probe.transmit(selectKey);
      const response = await probe.transmit(sign);
      expectThat(!response.endsWith("9000"), "it signed without a PIN");
    },
  },
  {
    name: "a new session ends the earlier one's connection",
    run: async (probe) => {
      await openAndSelect(probe);
      const another = probe.another();
      try {
        await openAndSelect(another);
        await probe.expectRefusal(transmitOf(select), "connection_closed");
        await another.expectResponse(select, "9000");
      } finally {
        another.end();
      }
    },
  },
  {
    name: "refuses what is not of the protocol",
    run: async (probe) => {
      await openAndSelect(probe);
      for (const body of [
        { version: 1, type: "reset" },
        { version: 1 },
        { version: 1, type: "transmit" },
        { version: 1, type: "transmit", command: "00a" },
        { version: 1, type: "transmit", command: "00 a4 04 0c" },
        { version: 1, type: "transmit", command: [0, 164, 4, 12] },
        { version: 1, type: "transmit", command: "00".repeat(65_545) },
        { version: 2, type: "transmit", command: select },
        { type: "transmit", command: select },
      ]) {
        const id = probe.nextId();
        probe.postText(JSON.stringify({ session: probe.session, id, ...body }));
        const { code } = expectType(await probe.answerTo(id), "error");
        expectThat(code === "protocol_error", `${JSON.stringify(body).slice(0, 60)} was refused with ${code}`);
      }
      await probe.expectResponse(selectPin, "9000");
    },
  },
  {
    name: "passes over what nobody can be answered for",
    run: async (probe) => {
      const { session } = probe;
      const references = [{}, { session }, { id: 1 }, { session: "", id: 1 }, { session, id: 0 }, { session, id: -1 }, { session, id: 1.5 }, { session, id: "1" }, { session: "s".repeat(65), id: 1 }];
      const texts = ["", "{", "[]", "null", "7", ...references.map((reference) => JSON.stringify({ version: 1, type: "open", ...reference }))];
      for (const text of texts) probe.postText(text);
      await probe.pause();
      expectThat(probe.texts.length === 0, `it was answered: ${probe.texts[0]}`);
      await openAndSelect(probe);
    },
  },
  {
    name: "cancelling what is not under way does nothing",
    run: async (probe) => {
      const opened = await openAndSelect(probe);
      for (const id of [opened, opened + 1, 1000]) probe.post({ type: "cancel" }, id);
      await probe.pause();
      expectThat(probe.texts.length === 2, "it was answered");
      await probe.expectResponse(selectPin, "9000");
    },
  },
  {
    name: "a cancelled command has its answer, or ends the connection",
    run: async (probe) => {
      await openAndSelect(probe);
      const id = probe.post(transmitOf(selectPin));
      probe.post({ type: "cancel" }, id);
      const answer = await probe.answerTo(id);
      if (answer.type === "response") await probe.expectResponse(selectPin, "9000");
      else {
        expectThat(answer.type === "error" && answer.code === "cancelled", `${answer.type} came`);
        await probe.expectRefusal(transmitOf(selectPin), "connection_closed");
      }
      await openAndSelect(probe);
      expectThat(probe.messagesAbout(id).length === 1, "it was answered more than once");
    },
  },
  {
    name: "repeats no PIN",
    run: async (probe, { authenticationPin }) => {
      await probe.expectRefusal(transmitOf(verify(authenticationPin)), "connection_closed");
      const id = probe.nextId();
      probe.postText(JSON.stringify({ version: 2, session: probe.session, id, type: "transmit", command: verify(authenticationPin) }));
      await probe.answerTo(id);
      const repeated = probe.texts.some((text) => text.includes(toHex(utf8(authenticationPin))) || text.includes(`"${authenticationPin}"`));
      expectThat(!repeated, "an answer holds the PIN");
    },
  },
  {
    name: "tells once that the card is gone, and takes it again",
    needsCardControl: true,
    run: async (probe, { card }) => {
      const id = await openAndSelect(probe);
      await card?.remove();
      await probe.waitFor("removed", () => probe.messagesAbout(id).find(({ type }) => type === "removed"));
      await probe.expectRefusal(transmitOf(select), "card_removed");
      await card?.insert();
      await openAndSelect(probe);
      await probe.pause();
      expectThat(probe.messagesAbout(id).length === 2, "it told so more than once");
    },
  },
  {
    name: "without a card refuses to open, or waits for it until cancelled",
    needsCardControl: true,
    run: async (probe, { card }) => {
      await card?.remove();
      const id = probe.post({ type: "open" });
      await probe.pause();
      if (probe.messagesAbout(id).length === 0) probe.post({ type: "cancel" }, id);
      const answer = await probe.answerTo(id);
      const isRight = answer.type === "error" && (answer.code === "card_absent" || answer.code === "cancelled");
      await card?.insert();
      expectThat(isRight, `${answer.type === "error" ? answer.code : answer.type} came`);
      await openAndSelect(probe);
    },
  },
];
