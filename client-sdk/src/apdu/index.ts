/** The way to an element, and the APDUs that go over it. */
export type { Bytes } from "../bytes.ts";
export { decodeCommand, decodeResponse, encodeCommand, encodeResponse } from "./apdu.ts";
export type { CommandApdu, ResponseApdu } from "./apdu.ts";
export { exchange } from "./exchange.ts";
export type { ExchangeOptions } from "./exchange.ts";
export type { Transport } from "../transports/transport.ts";
export { TransportError } from "../transports/transport-error.ts";
export type { TransportErrorCode } from "../transports/transport-error.ts";
export type { Cancellable } from "../transports/cancellation.ts";
export { Connection } from "../transports/connection.ts";
export type { Sequence, Transmit, TransmitOptions } from "../transports/connection.ts";
