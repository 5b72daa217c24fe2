/** The way to a Secure Element or card: one command APDU in, its response APDU out, one at a time. */
export interface Transport {
  /**
   * Sends a command APDU and answers the response APDU with its status word.
   * The caller may overwrite `command` once the answer is there.
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /** Ends the connection, if it has an end. */
  close?(): Promise<void>;
}
