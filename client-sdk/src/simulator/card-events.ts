import { decodeCommand, decodeResponse } from "../apdu/apdu.ts";
import { commands } from "../applet/applet-table.ts";
import { toHex } from "../bytes.ts";
import type { Power } from "./vpcd-messages.ts";

/** What happens to a virtual card. It holds no PIN, no certificate and no signature: it may be shown and kept. */
export type VirtualCardEvent =
  | { readonly event: "connected"; readonly host: string; readonly port: number }
  /** vpcd went away, or was not there again. */
  | { readonly event: "disconnected"; readonly retryInMs: number }
  | { readonly event: "power"; readonly power: Power }
  | ApduEvent;

/** One command and its answer, without what they carry. */
export interface ApduEvent {
  readonly event: "apdu";
  /** CLA INS P1 P2 in hexadecimal. */
  readonly header: string;
  /** What was selected, in hexadecimal: an application or file identifier. */
  readonly selected?: string;
  /** Octets of command data. */
  readonly sent: number;
  /** Octets of response data. */
  readonly answered: number;
  /** The status word in hexadecimal. */
  readonly status: string;
}

/** The event of a command and its response, both as bytes. */
export function apduEvent(command: Uint8Array, response: Uint8Array): ApduEvent {
  const decoded = decodeCommand(command);
  const { data = new Uint8Array() } = decoded ?? {};
  const answer = decodeResponse(response);
  return {
    event: "apdu",
    header: toHex(command.subarray(0, 4)),
    ...(decoded?.ins === commands.selectApplication.ins ? { selected: toHex(data) } : {}),
    sent: data.length,
    answered: answer?.data.length ?? 0,
    status: (answer?.status ?? 0).toString(16).padStart(4, "0"),
  };
}
