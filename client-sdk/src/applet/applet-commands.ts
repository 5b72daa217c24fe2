/** The applet's commands, each with what its answer means. They reject with an {@link AppletError}. */
import type { CommandApdu, ResponseApdu } from "../apdu/apdu.ts";
import { statusWords } from "../apdu/status-words.ts";
import { TransportError } from "../transports/transport-error.ts";
import { AppletError, errorOfStatus, triesLeftIn } from "./applet-error.ts";
import { applicationId, commands, files, pinRules, signatureLength, type FileKind, type KeyUse } from "./applet-table.ts";
import { sha256DigestInfo } from "./digest-info.ts";

export interface SendOptions {
  /** Seconds until the answer must be there. */
  readonly within?: number | undefined;
  /** The command holds a PIN. */
  readonly isSecret?: boolean | undefined;
}

/** Sends a command to the element and answers its whole response. */
export type Send = (command: CommandApdu, options?: SendOptions) => Promise<ResponseApdu>;

/** Whatever refuses the application's name is another card, in the many ways in which cards refuse. */
export async function selectApplication(send: Send): Promise<void> {
  const { status } = await send({ ...commands.selectApplication, data: applicationId });
  if (status !== statusWords.success) throw new AppletError("applet_not_found", { status });
}

export async function selectFile(send: Send, use: KeyUse, kind: FileKind): Promise<void> {
  const identifier = files[use][kind];
  const { status } = await send({ ...commands.selectFile, data: Uint8Array.of(identifier >> 8, identifier & 0xff) });
  if (status !== statusWords.success) throw errorOfStatus(status);
}

/** The tries left for the PIN whose file is selected. VERIFY without data asks and spends none. */
export async function askTriesLeft(send: Send, use: KeyUse): Promise<number> {
  const { status } = await send(commands.verify);
  // "No verification needed": a right PIN was given before, which set the counter back.
  if (status === statusWords.success) return pinRules[use].tries;
  const { code, triesLeft } = errorOfStatus(status);
  if (code === "pin_blocked") return 0;
  if (triesLeft === undefined) throw errorOfStatus(status);
  return triesLeft;
}

/** Presents the PIN whose file is selected, and that has `triesLeft`. */
export async function presentPin(send: Send, pin: Uint8Array, triesLeft: number): Promise<void> {
  const { status } = await send({ ...commands.verify, data: pin }, { isSecret: true });
  if (status === statusWords.success) return;
  const left = triesLeftIn(status);
  // A wrong PIN costs a try. An answer that says otherwise is that to another command.
  if (left !== null && left >= triesLeft) throw new TransportError("protocol_error");
  throw errorOfStatus(status);
}

/** Signs by the key whose file is selected. `within`: seconds that the element has for it. */
export async function signDigest(send: Send, digest: Uint8Array, within: number): Promise<Uint8Array> {
  const command = { ...commands.sign, data: sha256DigestInfo(digest), expected: signatureLength };
  const { data, status } = await send(command, { within });
  if (status !== statusWords.success) throw errorOfStatus(status);
  // Success without a signature is the answer to another command.
  if (data.length !== signatureLength) throw new TransportError("protocol_error");
  return data;
}
