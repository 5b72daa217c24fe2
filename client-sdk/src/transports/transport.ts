/**
 * The way to a Secure Element or card: one command APDU in, its response APDU out, one at a time.
 *
 * A transport carries bytes and judges nothing: a wrong status word is the applet's matter. It rejects
 * with a {@link TransportError} when the bytes could not be carried.
 */
export interface Transport {
  /** Connects, where a connection has to be made. Opening an open transport does nothing. */
  open?(): Promise<void>;
  /**
   * Sends a command APDU and answers the response APDU with its status word.
   * The caller may overwrite `command` once the answer is there.
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /** Ends the connection, if it has an end. Closing a closed transport does nothing. */
  close?(): Promise<void>;
  /** Calls `listener` once the card or element is gone; the function given back ends that. */
  onRemoved?(listener: () => void): () => void;
}
