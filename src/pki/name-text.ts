import { type DerValue, tag } from "./der.ts";

/** Text of directory names: decoding, and the form in which RFC 4518 compares it. */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true });
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/**
 * The text of a string value, `null` for a type that is not text, `undefined` for octets that the type
 * does not allow. NUL is never allowed: other software would end the name there.
 */
export function decodeDirectoryString(value: DerValue): string | null | undefined {
  const text = decode(value);
  return typeof text === "string" && text.includes("\0") ? undefined : text;
}

/** By octet: what every string type but BMPString allows (X.680 41.4). */
const isPrintable: readonly boolean[] = Array.from({ length: 0x100 }, (_, octet) => octet < 0x80 && printable.test(String.fromCharCode(octet)));

/** Whether a value is text beyond doubt, as most names are: told without making the text. */
export function isPlainText({ tag: type, input, start, end }: DerValue): boolean {
  if (type !== tag.utf8String && type !== tag.printableString) return false;
  for (let at = start; at < end; at += 1) if (isPrintable[input[at] ?? 0] !== true) return false;
  return true;
}

function decode(value: DerValue): string | null | undefined {
  switch (value.tag) {
    case tag.utf8String:
      return asciiText(value) ?? decodeBy(utf8, value.contents);
    case tag.bmpString:
      return decodeBy(utf16, value.contents);
    case tag.printableString: {
      const text = asciiText(value);
      return text !== null && printable.test(text) ? text : undefined;
    }
    case tag.ia5String:
      return asciiText(value) ?? undefined;
    default:
      return null;
  }
}

function decodeBy(decoder: TextDecoder, contents: Uint8Array): string | undefined {
  try {
    return decoder.decode(contents);
  } catch {
    return undefined;
  }
}

/** `null` when an octet is not ASCII. Most names are, and a decoder costs more than they are long. */
export function asciiText({ input, start, end }: DerValue): string | null {
  let text = "";
  for (let at = start; at < end; at += 1) {
    const octet = input[at] ?? 0;
    if (octet > 0x7f) return null;
    text += String.fromCharCode(octet);
  }
  return text;
}

const whiteSpace = /[\s\u0085]+/gu;
/** Characters that RFC 4518 2.2 maps to nothing: controls, formats, variation selectors and two loose ones. */
const ignored = /\p{Cc}|\p{Cf}|\p{Variation_Selector}|\u034F|\uFFFC/gu;

const visibleAscii = /^[ -~]*$/;

/** caseIgnoreMatch of RFC 4518: mapped, normalized (NFKC), case folded, white space compressed. */
export function comparableText(text: string): string {
  // Of these characters the steps below change letter case and spaces alone.
  if (visibleAscii.test(text)) return text.toLowerCase().replace(/ +/g, " ").trim();
  const mapped = text.replace(whiteSpace, " ").replace(ignored, "").normalize("NFKC");
  return foldCase(mapped).normalize("NFKC").replace(whiteSpace, " ").trim();
}

/** Full case folding by way of upper case; the dotless i alone has an upper case that is not its fold. */
function foldCase(text: string): string {
  return text
    .split("ı")
    .map((part) => part.toLowerCase().toUpperCase().toLowerCase())
    .join("ı");
}
