import { isPin, pinRules, type KeyUse } from "../applet/applet-table.ts";
import { equalBytes, utf8 } from "../bytes.ts";

/** A PIN with its retry counter and whether it was given since the applet was selected. */
export class Pin {
  readonly #use: KeyUse;
  readonly #value: Uint8Array;
  #triesLeft: number;
  #verified = false;

  /** @throws TypeError if the PIN or its counter is not of the form the key asks for. */
  constructor(use: KeyUse, value: string, triesLeft: number = pinRules[use].tries) {
    this.#use = use;
    this.#value = utf8(value);
    this.#triesLeft = triesLeft;
    if (!isPin(use, this.#value)) throw new TypeError(`the PIN for ${use} is not of its form`);
    const isCounter = Number.isInteger(triesLeft) && triesLeft >= 0 && triesLeft <= pinRules[use].tries;
    if (!isCounter) throw new TypeError(`the retry counter for ${use} is out of range`);
  }

  get triesLeft(): number {
    return this.#triesLeft;
  }

  get verified(): boolean {
    return this.#verified;
  }

  /** Compares. The try is spent before, so that cutting the power in between wins nothing. */
  verify(candidate: Uint8Array): "right" | "wrong" | "blocked" {
    this.#verified = false;
    if (this.#triesLeft === 0) return "blocked";
    this.#triesLeft -= 1;
    if (!equalBytes(candidate, this.#value)) return "wrong";
    this.#triesLeft = pinRules[this.#use].tries;
    this.#verified = true;
    return "right";
  }

  /** As when the applet is deselected or the power goes: the counter stays. */
  forget(): void {
    this.#verified = false;
  }
}
