import { readHostMessage, writeRequest, type HostMessage, type MessagePort, type RequestBody } from "./message-bridge-messages.ts";
import { fromHex, randomBytes, toHex } from "../bytes.ts";

/** What a host did that the protocol does not allow. */
export class HostFault extends Error {}

/** Milliseconds in which a host that has nothing to say is heard to say nothing. */
const silence = 100;

/** One session with a host under test. */
export class HostProbe {
  readonly session = toHex(randomBytes(16));
  /** The texts that came in, as they were. */
  readonly texts: string[] = [];
  readonly #port: MessagePort;
  readonly #patience: number;
  readonly #end: () => void;
  #heard: () => void = () => undefined;
  #lastId = 0;

  /** `patience`: milliseconds that the host has for an answer. */
  constructor(port: MessagePort, patience: number) {
    this.#port = port;
    this.#patience = patience;
    this.#end = port.onMessage((text) => {
      this.texts.push(text);
      this.#heard();
    });
  }

  /** Another session at the same host. */
  another(): HostProbe {
    return new HostProbe(this.#port, this.#patience);
  }

  end(): void {
    this.#end();
  }

  /** Posts a text as it is. */
  postText(text: string): void {
    this.#port.post(text);
  }

  /** Posts a request; answers its id. */
  post(body: RequestBody, id = this.nextId()): number {
    this.postText(writeRequest({ session: this.session, id, ...body }));
    return id;
  }

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /** The messages about a request. */
  messagesAbout(id: number): HostMessage[] {
    return this.texts.flatMap((text) => {
      const read = readHostMessage(text);
      return read.kind === "message" && read.message.session === this.session && read.message.id === id ? [read.message] : [];
    });
  }

  /** Waits for the first message about a request. */
  async answerTo(id: number): Promise<HostMessage> {
    return this.waitFor(`an answer to request ${id}`, () => this.messagesAbout(id)[0]);
  }

  async waitFor<Found>(what: string, find: () => Found | undefined): Promise<Found> {
    const found = find();
    if (found !== undefined) return found;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<Found>((resolve, reject) => {
        timer = setTimeout(() => reject(new HostFault(`${what} did not come${this.#unreadable()}`)), this.#patience);
        this.#heard = () => {
          const late = find();
          if (late !== undefined) resolve(late);
        };
      });
    } finally {
      clearTimeout(timer);
      this.#heard = () => undefined;
    }
  }

  /** Posts a request and expects an answer of a type. */
  async ask<Type extends HostMessage["type"]>(body: RequestBody, type: Type): Promise<Extract<HostMessage, { type: Type }>> {
    return expectType(await this.answerTo(this.post(body)), type);
  }

  /** Posts a request and expects it to be refused with a code. */
  async expectRefusal(body: RequestBody, code: string): Promise<void> {
    const answer = await this.ask(body, "error");
    expectThat(answer.code === code, `${body.type} was refused with ${answer.code} instead of ${code}`);
  }

  /** Sends a command and answers the response in hexadecimal. */
  async transmit(command: string): Promise<string> {
    return toHex((await this.ask(transmitOf(command), "response")).response);
  }

  /** Sends a command and expects a response, in hexadecimal. */
  async expectResponse(command: string, expected: string): Promise<void> {
    const response = await this.transmit(command);
    expectThat(response === expected, `${command.slice(0, 8)} was answered by ${response} instead of ${expected}`);
  }

  async pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, silence));
  }

  #unreadable(): string {
    const count = this.texts.filter((text) => readHostMessage(text).kind !== "message").length;
    return count === 0 ? "" : `; ${count} messages were not of the protocol`;
  }
}

export function transmitOf(command: string): RequestBody {
  return { type: "transmit", command: fromHex(command) ?? new Uint8Array() };
}

export function expectThat(condition: boolean, otherwise: string): void {
  if (!condition) throw new HostFault(otherwise);
}

export function expectType<Type extends HostMessage["type"]>(message: HostMessage, type: Type): Extract<HostMessage, { type: Type }> {
  if (!hasType(message, type)) throw new HostFault(`${message.type} came instead of ${type}`);
  return message;
}

function hasType<Type extends HostMessage["type"]>(message: HostMessage, type: Type): message is Extract<HostMessage, { type: Type }> {
  return message.type === type;
}
