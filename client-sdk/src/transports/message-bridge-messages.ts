/** The messages of docs/message-bridge.md: JSON texts between the SDK and a native app that reaches the element. */
import { fromHex, toHex, type Bytes } from "../bytes.ts";
import { isTransportErrorCode } from "./transport-error-codes.ts";
import type { TransportErrorCode } from "./transport-error.ts";

export const protocolVersion = 1;
/** The longest extended command APDU: header, Lc, 65535 octets of data, Le (ISO/IEC 7816-4, 5.1). */
const longestApdu = 4 + 3 + 65_535 + 2;
const longestSession = 64;
/** Twice what the longest message has, which leaves room for unknown members. */
const longestText = 4 * longestApdu;

/** Carries texts to the other side and back, in order, each as it was. */
export interface MessagePort {
  post(message: string): void;
  /** Calls `listener` with each message that comes in; the function given back ends that. */
  onMessage(listener: (message: string) => void): () => void;
}

/** Which request a message is, or is about: a session's requests are numbered upwards from 1. */
export interface Reference {
  readonly session: string;
  readonly id: number;
}

export type RequestBody =
  | { readonly type: "open" }
  | { readonly type: "transmit"; readonly command: Bytes }
  | { readonly type: "close" }
  /** `id` is that of the request to be given up. */
  | { readonly type: "cancel" };
export type HostRequest = Reference & RequestBody;

export type HostMessageBody =
  | { readonly type: "opened" }
  | { readonly type: "response"; readonly response: Bytes }
  | { readonly type: "closed" }
  | { readonly type: "error"; readonly code: TransportErrorCode }
  /** `id` is that of the `open` whose card is gone. */
  | { readonly type: "removed" };
export type HostMessage = Reference & HostMessageBody;

/** A message as it was read: whole, or not of the protocol but with a sender who can be answered, or nothing. */
export type Read<Message> =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "malformed"; readonly reference: Reference }
  | { readonly kind: "garbage" };

export function writeRequest(request: HostRequest): string {
  const { session, id, type } = request;
  const head = { version: protocolVersion, session, id, type };
  return JSON.stringify(type === "transmit" ? { ...head, command: toHex(request.command) } : head);
}

export function writeHostMessage(message: HostMessage): string {
  const { session, id, type } = message;
  const head = { version: protocolVersion, session, id, type };
  if (type === "response") return JSON.stringify({ ...head, response: toHex(message.response) });
  return JSON.stringify(type === "error" ? { ...head, code: message.code } : head);
}

export function readRequest(text: string): Read<HostRequest> {
  return read(text, ({ type, command }, reference) => {
    if (type === "open" || type === "close" || type === "cancel") return { ...reference, type };
    const bytes = type === "transmit" ? readApdu(command) : null;
    return bytes === null ? null : { ...reference, type: "transmit", command: bytes };
  });
}

export function readHostMessage(text: string): Read<HostMessage> {
  return read(text, ({ type, response, code }, reference) => {
    if (type === "opened" || type === "closed" || type === "removed") return { ...reference, type };
    if (type === "error") return isTransportErrorCode(code) ? { ...reference, type, code } : null;
    const bytes = type === "response" ? readApdu(response) : null;
    // A response ends with its status word.
    return bytes === null || bytes.length < 2 ? null : { ...reference, type: "response", response: bytes };
  });
}

type Members = Readonly<Record<string, unknown>>;

function read<Message>(text: string, readBody: (members: Members, reference: Reference) => Message | null): Read<Message> {
  const members = readObject(text);
  const reference = members === null ? null : readReference(members);
  if (members === null || reference === null) return { kind: "garbage" };
  const message = members["version"] === protocolVersion ? readBody(members, reference) : null;
  return message === null ? { kind: "malformed", reference } : { kind: "message", message };
}

function readObject(text: unknown): Members | null {
  if (typeof text !== "string" || text.length > longestText) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

function readReference({ session, id }: Members): Reference | null {
  if (typeof session !== "string" || session.length === 0 || session.length > longestSession) return null;
  return typeof id === "number" && Number.isSafeInteger(id) && id > 0 ? { session, id } : null;
}

function readApdu(hex: unknown): Bytes | null {
  return typeof hex === "string" && hex.length <= longestApdu * 2 ? fromHex(hex) : null;
}
