/** A way through an enrolment, and the requests it takes. */
export interface Way {
  readonly device: "same" | "other";
  /** Where the passkey is made: over the device's own channel, or in its browser. */
  readonly passkey: "here" | "browser";
  readonly steps: readonly string[];
}

export const ways: readonly Way[] = [
  { device: "same", passkey: "here", steps: ["claim", "statement", "proof", "passkey/options", "passkey"] },
  { device: "other", passkey: "browser", steps: ["claim", "statement", "proof", "continuation", "confirm"] },
];
