/**
 * The protocol of vsmartcard's vpcd (virtualsmartcard/src/vpcd): each message is two octets of length,
 * big-endian, and that many octets. One octet alone is a control of the reader, anything else an APDU.
 * The card answers an APDU with its response, and the control for the ATR with the ATR.
 */
import { concatBytes, type Bytes } from "../bytes.ts";

export type VpcdMessage =
  | { readonly kind: "power"; readonly power: Power }
  | { readonly kind: "atr" }
  | { readonly kind: "apdu"; readonly apdu: Bytes }
  /** A control that vpcd does not have: whoever speaks there is not vpcd. */
  | { readonly kind: "unknown" };

/** What the reader does to the card's power. */
export type Power = "off" | "on" | "reset";

const controls = new Map<number, VpcdMessage>([
  [0, { kind: "power", power: "off" }],
  [1, { kind: "power", power: "on" }],
  [2, { kind: "power", power: "reset" }],
  [4, { kind: "atr" }],
]);

/** Reads the content of a message. */
export function readVpcdMessage(content: Bytes): VpcdMessage {
  const [control] = content;
  if (content.length !== 1 || control === undefined) return { kind: "apdu", apdu: content };
  return controls.get(control) ?? { kind: "unknown" };
}

/** A message ready to send. `content` is at most 65535 octets, which holds every response APDU of the applet. */
export function encodeVpcdMessage(content: Uint8Array): Bytes {
  return concatBytes(Uint8Array.of(content.length >> 8, content.length & 0xff), content);
}

/** Cuts a stream into the contents of messages, wherever the network has cut it. */
export class VpcdMessageReader {
  #pending: Bytes = new Uint8Array();

  /** The contents that are complete with this chunk, in their order. */
  push(chunk: Uint8Array): Bytes[] {
    this.#pending = concatBytes(this.#pending, chunk);
    const contents: Bytes[] = [];
    for (let content = this.#take(); content !== null; content = this.#take()) contents.push(content);
    return contents;
  }

  #take(): Bytes | null {
    const [high, low] = this.#pending;
    if (high === undefined || low === undefined) return null;
    const end = 2 + high * 0x100 + low;
    if (this.#pending.length < end) return null;
    const content = this.#pending.slice(2, end);
    this.#pending = this.#pending.slice(end);
    return content;
  }
}
