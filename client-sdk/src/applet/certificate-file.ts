import { statusWords } from "../apdu/status-words.ts";
import { concatBytes, equalBytes, type Bytes } from "../bytes.ts";
import { selectFile, type Send } from "./applet-commands.ts";
import { AppletError, errorOfStatus } from "./applet-error.ts";
import { commands, emptyFile, type FileKind, type KeyUse } from "./applet-table.ts";
import { derHeaderLength, readDerLength } from "./der-length.ts";

/** No certificate of the bridge's world is larger; READ BINARY's offset ends at 32767. */
const longestFile = 16 * 1024;
/** The serial number, and most of the issuer, stand in a certificate's first octets. */
const tellingLength = 0x100;

export type CertificateKind = Extract<FileKind, "certificate" | "caCertificate">;

/**
 * The certificate in one of the applet's files, in DER, read in blocks of at most `blockLength` octets.
 * Rejects with `certificate_absent` if the file is missing, empty, or was never written (all FF or 00).
 */
export async function readCertificateFile(send: Send, use: KeyUse, kind: CertificateKind, blockLength: number): Promise<Bytes> {
  await selectCertificateFile(send, use, kind);
  let file = await readBlocks(send, new Uint8Array(), derHeaderLength, () => blockLength);
  const length = readDerLength(file);
  if (length === null || length > longestFile) throw new AppletError(isUnwritten(file) ? "certificate_absent" : "file_malformed");
  file = await readBlocks(send, file, length, (left) => Math.min(left, blockLength));
  return file.slice(0, length);
}

/** Rejects with `wrong_card` if the card's authentication certificate, which needs no PIN, is another one. */
export async function refuseOtherCard(send: Send, certificate: Uint8Array): Promise<void> {
  await selectCertificateFile(send, "authentication", "certificate");
  const expected = certificate.subarray(0, tellingLength);
  const begun = await readBlocks(send, new Uint8Array(), expected.length, (left) => left);
  if (!equalBytes(begun, expected)) throw new AppletError("wrong_card");
}

async function selectCertificateFile(send: Send, use: KeyUse, kind: CertificateKind): Promise<void> {
  try {
    await selectFile(send, use, kind);
  } catch (error) {
    const isMissing = error instanceof AppletError && error.code === "file_not_found";
    throw isMissing ? new AppletError("certificate_absent", { status: statusWords.notFound }) : error;
  }
}

/** Reads on until at least `wanted` octets are there. `ask`: how many to ask for when so many are left. */
async function readBlocks(send: Send, begun: Bytes, wanted: number, ask: (left: number) => number): Promise<Bytes> {
  let file = begun;
  while (file.length < wanted) file = concatBytes(file, await readBlock(send, file.length, ask(wanted - file.length)));
  return file;
}

/** At least one octet; an answer may be shorter than asked for. */
async function readBlock(send: Send, offset: number, expected: number): Promise<Uint8Array> {
  const { data, status } = await send({ ...commands.readBinary, p1: offset >> 8, p2: offset & 0xff, expected });
  const isSuccess = status === statusWords.success || status === statusWords.endOfFile;
  if (isSuccess && data.length > 0) return data;
  if (offset === 0 && (isSuccess || emptyFile.includes(status))) throw new AppletError("certificate_absent", { status });
  if (isSuccess || status === statusWords.offsetOutsideFile) throw new AppletError("file_malformed", { status });
  throw errorOfStatus(status);
}

function isUnwritten(file: Uint8Array): boolean {
  const [first] = file;
  return (first === 0x00 || first === 0xff) && file.every((octet) => octet === first);
}
