import { concatBytes } from "../bytes.ts";
import { readRequest, writeHostMessage, type HostMessageBody, type HostRequest, type MessagePort, type Reference } from "./message-bridge-messages.ts";
import { TransportError } from "./transport-error.ts";
import type { Transport } from "./transport.ts";

/**
 * The reference host of docs/message-bridge.md: serves any transport to a `MessageBridgeTransport` at the
 * other end of `port`. The function given back ends it and closes the transport. Closing the transport must
 * end an `open` of it that waits for a card, and a `transmit`.
 */
export function serveMessageBridge(port: MessagePort, transport: Transport): () => Promise<void> {
  const host = new MessageBridgeHost(port, transport);
  const endRequests = port.onMessage((message) => host.receive(message));
  const endRemovals = transport.onRemoved?.(() => host.removed());
  return async () => {
    endRequests();
    endRemovals?.();
    await transport.close?.();
  };
}

interface Connection {
  /** The `open` that made it. */
  readonly opened: Reference;
  removed: boolean;
}

class MessageBridgeHost {
  readonly #port: MessagePort;
  readonly #transport: Transport;
  /** Requests not answered yet, by id; those of the session that `#last` names. */
  readonly #unanswered = new Set<number>();
  #last: Reference = { session: "", id: 0 };
  #connection: Connection | undefined;
  /** The transport does one thing at a time. */
  #turn: Promise<void> = Promise.resolve();

  constructor(port: MessagePort, transport: Transport) {
    this.#port = port;
    this.#transport = transport;
  }

  receive(text: string): void {
    const read = readRequest(text);
    if (read.kind === "garbage") return;
    if (read.kind === "message" && read.message.type === "cancel") return this.#cancel(read.message);
    const reference = read.kind === "message" ? read.message : read.reference;
    const opens = read.kind === "message" && read.message.type === "open";
    // A page that was loaded anew begins with `open`; whoever does not is of a session that is over.
    if (reference.session !== this.#last.session && !opens) return this.#post(reference, { type: "error", code: "connection_closed" });
    if (!this.#isNew(reference)) return;
    this.#unanswered.add(reference.id);
    if (read.kind === "malformed") return this.#answer(reference, { type: "error", code: "protocol_error" });
    this.#turn = this.#turn.then(() => this.#serve(read.message));
  }

  removed(): void {
    const connection = this.#connection;
    if (connection === undefined || connection.removed) return;
    connection.removed = true;
    this.#post(connection.opened, { type: "removed" });
  }

  /** A request that came before, by its number, is not carried out again: it may hold a PIN. */
  #isNew({ session, id }: Reference): boolean {
    if (session === this.#last.session && id <= this.#last.id) return false;
    if (session !== this.#last.session) this.#abandon();
    this.#last = { session, id };
    return true;
  }

  /** Nobody waits for what an earlier session has under way: closing ends it. */
  #abandon(): void {
    if (this.#unanswered.size > 0) void this.#close().catch(() => undefined);
    this.#unanswered.clear();
  }

  async #serve(request: HostRequest): Promise<void> {
    if (!this.#isAwaited(request)) return;
    try {
      this.#answer(request, await this.#carryOut(request));
    } catch (error) {
      // Whatever else went wrong may tell of the command: only the code leaves.
      this.#answer(request, { type: "error", code: error instanceof TransportError ? error.code : "protocol_error" });
    } finally {
      if (request.type === "transmit") request.command.fill(0);
    }
  }

  async #carryOut(request: HostRequest): Promise<HostMessageBody> {
    if (request.type === "open") return this.#open(request);
    if (request.type === "transmit") return this.#transmit(request.session, request.command);
    await this.#close();
    return { type: "closed" };
  }

  /** Begins anew: what an earlier connection had selected and verified is gone. */
  async #open({ session, id }: Reference): Promise<HostMessageBody> {
    await this.#close();
    await this.#transport.open?.();
    // Cancelled meanwhile: nobody will use the connection, and nobody will close it.
    if (this.#isAwaited({ session, id })) this.#connection = { opened: { session, id }, removed: false };
    else await this.#transport.close?.();
    return { type: "opened" };
  }

  async #transmit(session: string, command: Uint8Array): Promise<HostMessageBody> {
    if (this.#connection?.opened.session !== session) throw new TransportError("connection_closed");
    if (this.#connection.removed) throw new TransportError("card_removed");
    return { type: "response", response: concatBytes(await this.#transport.transmit(command)) };
  }

  async #close(): Promise<void> {
    this.#connection = undefined;
    await this.#transport.close?.();
  }

  /** The request is answered at once; what it did is not known, so the connection is over as well. */
  #cancel(reference: Reference): void {
    if (!this.#isAwaited(reference)) return;
    this.#answer(reference, { type: "error", code: "cancelled" });
    // Closing also ends an `open` that waits for a card.
    void this.#close().catch(() => undefined);
  }

  #isAwaited({ session, id }: Reference): boolean {
    return session === this.#last.session && this.#unanswered.has(id);
  }

  /** One answer a request: what comes after a cancellation is dropped. */
  #answer(reference: Reference, body: HostMessageBody): void {
    if (!this.#isAwaited(reference)) return;
    this.#unanswered.delete(reference.id);
    this.#post(reference, body);
  }

  #post({ session, id }: Reference, body: HostMessageBody): void {
    try {
      this.#port.post(writeHostMessage({ session, id, ...body }));
    } catch {
      // Whoever asked is gone. The next to come begins with a session of its own.
    }
  }
}
