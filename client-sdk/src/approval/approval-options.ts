import type { JpkiApplet } from "../applet/applet.ts";
import type { EnrolmentRequest } from "../enrolment/enrolment-answers.ts";
import type { OpenOptions } from "../enrolment/enrolment-client.ts";
import type { CreateCredential } from "../enrolment/passkey.ts";
import type { ClaimedDevice } from "../enrolment/proof.ts";
import { unlessCancelled } from "../transports/cancellation.ts";

/**
 * Releases the PIN that the platform holds, once the platform has made sure that the person is there.
 * @param reason what the person approves, to be shown in the platform's own dialogue
 * @param options.signal ends the dialogue; a PIN that comes later is overwritten unused
 * @returns the PIN in a buffer of its own, which is overwritten after use
 */
export type ReleasePin = (reason: EnrolmentRequest, options: { readonly signal: AbortSignal }) => Promise<Uint8Array>;

/** What the app brings: its issuers, the way to the applet, and what the platform can do. */
export interface ApprovalOptions extends Omit<OpenOptions, "link"> {
  /** Which medium `connect` leads to. The bridge is told, and believes only the certificate. */
  readonly medium: ClaimedDevice["medium"];
  /** Selects the application, waiting for the card if need be. Called again after a card was taken away, or refused anything but a PIN. */
  readonly connect: (options: { readonly signal: AbortSignal }) => Promise<JpkiApplet>;
  /** How biometrics release the PIN; absent where they do not. Its consequence: docs/approval.md. */
  readonly releasePin?: ReleasePin | undefined;
  /** The platform's passkey ceremony; absent where the passkey is made in the browser. */
  readonly createCredential?: CreateCredential | undefined;
}

/** The PIN, or `null` if the platform releases none. One that comes after `signal` aborted is overwritten unused. */
export async function releasePin(options: ApprovalOptions, reason: EnrolmentRequest, signal: AbortSignal): Promise<Uint8Array | null> {
  // Whatever the app's function does, also by throwing, comes as a promise.
  const released = (async () => options.releasePin?.(reason, { signal }))();
  try {
    const pin = await unlessCancelled(released, signal);
    return ArrayBuffer.isView(pin) ? pin : null;
  } catch {
    void released.then((pin) => pin?.fill(0)).catch(() => undefined);
    return null;
  }
}
