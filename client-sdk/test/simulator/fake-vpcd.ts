import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { encodeVpcdMessage, VpcdMessageReader } from "../../src/simulator/vpcd-messages.ts";
import { fromHex, toHex, type Bytes } from "../../src/bytes.ts";

/** The reader's side of vpcd's protocol: it listens, and speaks to the card that connects. */
export class FakeVpcd {
  readonly #server: Server;
  readonly #arrived: Socket[] = [];
  #wake = (): void => undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket) => {
      this.#arrived.push(socket);
      this.#wake();
    });
  }

  /** On a free port, or the given one. */
  static async start(port = 0): Promise<FakeVpcd> {
    const server = createServer();
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return new FakeVpcd(server);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** The next card that is put in. */
  async card(): Promise<CardInReader> {
    if (this.#arrived.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const socket = this.#arrived.shift();
    if (socket === undefined) throw new Error("no card has arrived");
    return new CardInReader(socket);
  }

  /** The service ends, and with it every connection. */
  async stop(...cards: readonly CardInReader[]): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const card of cards) card.drop();
    await closed;
  }
}

export class CardInReader {
  readonly #socket: Socket;
  readonly #reader = new VpcdMessageReader();
  readonly #answers: Bytes[] = [];
  #wake = (): void => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    // The card may be taken out at any time.
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      this.#answers.push(...this.#reader.push(chunk));
      this.#wake();
    });
  }

  /** Sends a message in hexadecimal; cut into single octets on the way if asked for. */
  send(content: string, cut: "whole" | "octets" = "whole"): void {
    const message = encodeVpcdMessage(fromHex(content) ?? new Uint8Array());
    if (cut === "whole") this.#socket.write(message);
    else for (const octet of message) this.#socket.write(Uint8Array.of(octet));
  }

  /** The next answer in hexadecimal. */
  async answer(): Promise<string> {
    if (this.#answers.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return toHex(this.#answers.shift() ?? new Uint8Array());
  }

  async ask(content: string): Promise<string> {
    this.send(content);
    return this.answer();
  }

  /** Resolves when the card is taken out. */
  async gone(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, "close");
  }

  drop(): void {
    this.#socket.destroy();
  }
}
