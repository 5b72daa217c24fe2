import { EventEmitter } from "node:events";
import type { PcscBinding, PcscCard, PcscReader } from "../../src/transports/pcsc-binding.ts";

/** What the binding's errors look like. */
export const errorOfBinding = (code: string): Error => Object.assign(new Error("Async task error"), { code });

/** A PC/SC service in memory, which tells of its readers as the binding does. */
export class FakePcscService {
  /** Status bits by name. */
  readonly readers: Map<string, number>;
  readonly clients = new Set<FakeClient>();
  readonly commands: Uint8Array[] = [];
  readonly sharings: number[] = [];
  readonly dispositions: number[] = [];
  startError: string | undefined;
  connectErrors: string[] = [];
  transmitError: string | undefined;

  constructor(readers: Readonly<Record<string, number>>) {
    this.readers = new Map(Object.entries(readers));
  }

  get binding(): PcscBinding {
    return bindingTo(this);
  }

  /** The reader's status is another; `undefined`: it is unplugged. */
  set(name: string, status: number | undefined): void {
    if (status === undefined) this.readers.delete(name);
    else this.readers.set(name, status);
    for (const client of this.clients) client.tell(name);
  }

  stop(): void {
    for (const client of this.clients) client.emit("error", errorOfBinding("ServiceStopped"));
  }

  async connect(sharing: number): Promise<PcscCard> {
    const error = this.connectErrors.shift();
    if (error !== undefined) throw errorOfBinding(error);
    this.sharings.push(sharing);
    return {
      transmit: async (command) => {
        this.commands.push(command);
        if (this.transmitError !== undefined) throw errorOfBinding(this.transmitError);
        return Uint8Array.of(0x90, 0x00);
      },
      disconnect: async (disposition) => void this.dispositions.push(disposition),
    };
  }
}

function bindingTo(service: FakePcscService): PcscBinding {
  return {
    Client: class extends FakeClient {
      constructor() {
        super(service);
      }
    },
  };
}

class FakeClient extends EventEmitter {
  readonly #service: FakePcscService;
  readonly #known = new Map<string, FakeReader>();

  constructor(service: FakePcscService) {
    super();
    this.#service = service;
  }

  start(): void {
    if (this.#service.startError !== undefined) throw errorOfBinding(this.#service.startError);
    this.#service.clients.add(this);
    setTimeout(() => {
      for (const name of this.#service.readers.keys()) this.tell(name);
    });
  }

  stop(): void {
    this.#service.clients.delete(this);
  }

  tell(name: string): void {
    const raw = this.#service.readers.get(name);
    const known = this.#known.get(name);
    const reader = known ?? new FakeReader(this.#service, name);
    this.#known.set(name, reader);
    if (known === undefined) this.emit("reader", reader);
    if (raw === undefined) reader.emit("disconnect");
    else reader.emit("change", { raw });
  }
}

class FakeReader extends EventEmitter implements PcscReader {
  readonly #service: FakePcscService;
  readonly #name: string;

  constructor(service: FakePcscService, name: string) {
    super();
    this.#service = service;
    this.#name = name;
  }

  name(): string {
    return this.#name;
  }

  async connect(sharing: number): Promise<PcscCard> {
    return this.#service.connect(sharing);
  }
}
