import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { TransportError } from "../transports/transport-error.ts";
import type { Transport } from "../transports/transport.ts";
import type { Bytes } from "../bytes.ts";
import { apduEvent, type VirtualCardEvent } from "./card-events.ts";
import { encodeVpcdMessage, readVpcdMessage, VpcdMessageReader } from "./vpcd-messages.ts";

/** The answer to reset by which OpenSC's JPKI driver knows a card: T=1, short APDUs, no historical bytes. */
export const jpkiAtr = Uint8Array.of(0x3b, 0xe0, 0x00, 0xff, 0x81, 0x31, 0xfe, 0x45, 0x14);

/** Pauses before connecting again, in milliseconds; the last one stays. */
export const retryPauses = [500, 1_000, 2_000, 5_000] as const;

/** What answers as the card: a `SoftwareSecureElement`, or anything that answers APDUs and can be reset. */
export interface VirtualCard extends Pick<Transport, "transmit"> {
  /** The power goes, or comes. */
  reset(): void;
}

/** The reader, and the card that is put into it. */
export interface ServeOptions {
  /** Where vpcd listens, usually on port 35963. */
  readonly host: string;
  readonly port: number;
  readonly element: VirtualCard;
  /** Takes the card out of the reader. */
  readonly signal: AbortSignal;
  readonly atr?: Uint8Array;
  readonly onEvent?: (event: VirtualCardEvent) => void;
  /** {@link retryPauses} if absent; not empty. */
  readonly retryPauses?: readonly number[];
}

/**
 * Puts a card into the reader that vsmartcard's vpcd gives to pcscd, and answers for it until `signal`
 * says otherwise. If vpcd goes away, it connects again after the pauses of `retryPauses`.
 * @throws TransportError `reader_unavailable` if vpcd was not there to begin with, `protocol_error` if
 * what is there is not vpcd; or whatever `element` rejects with.
 */
export async function serveVirtualCard(options: ServeOptions): Promise<void> {
  const { signal, onEvent, retryPauses: pauses = retryPauses } = options;
  let failures = 0;
  let wasThere = false;
  while (!signal.aborted) {
    const socket = await open(options, wasThere);
    if (socket !== null) {
      wasThere = true;
      failures = 0;
      await serveConnection(socket, options);
    }
    if (signal.aborted) return;
    const retryInMs = pauses[Math.min(failures, pauses.length - 1)] ?? 0;
    failures += 1;
    onEvent?.({ event: "disconnected", retryInMs });
    // Rejects when the signal comes, which the loop's condition then sees.
    await pause(retryInMs, undefined, { signal }).catch(() => undefined);
  }
}

/** A connection, which the signal ends; `null` if there is none but there was one before, or if the signal came. */
async function open({ host, port, signal }: ServeOptions, wasThere: boolean): Promise<Socket | null> {
  const socket = connect({ host, port, noDelay: true, signal });
  return new Promise((resolve, reject) => {
    socket.once("connect", () => resolve(socket));
    socket.once("error", (cause) => {
      if (wasThere || signal.aborted) resolve(null);
      else reject(new TransportError("reader_unavailable", { cause }));
    });
  });
}

async function serveConnection(socket: Socket, options: ServeOptions): Promise<void> {
  const { host, port, element, atr = jpkiAtr, onEvent } = options;
  onEvent?.({ event: "connected", host, port });
  try {
    for await (const content of contentsOf(socket)) {
      const message = readVpcdMessage(content);
      if (message.kind === "unknown") throw new TransportError("protocol_error");
      if (message.kind === "power") {
        element.reset();
        onEvent?.({ event: "power", power: message.power });
      } else if (message.kind === "atr") {
        socket.write(encodeVpcdMessage(atr));
      } else {
        const response = await element.transmit(message.apdu);
        socket.write(encodeVpcdMessage(response));
        onEvent?.(apduEvent(message.apdu, response));
      }
    }
  } finally {
    socket.destroy();
    element.reset();
  }
}

async function* contentsOf(socket: Socket): AsyncGenerator<Bytes> {
  const reader = new VpcdMessageReader();
  try {
    for await (const chunk of socket) yield* reader.push(chunk);
  } catch {
    // However it ended, by the signal or otherwise, it ended.
  }
}
