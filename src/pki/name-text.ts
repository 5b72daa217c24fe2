import { tag } from "./der.ts";

/** Text of directory names: decoding, and the form in which RFC 4518 compares it. */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder("utf-16be", { fatal: true, ignoreBOM: true });
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;

/**
 * The text of a string value, `null` for a type that is not text, `undefined` for octets that the type
 * does not allow. NUL is never allowed: other software would end the name there.
 */
export function decodeDirectoryString(valueTag: number, contents: Uint8Array): string | null | undefined {
  const text = decode(valueTag, contents);
  return typeof text === "string" && text.includes("\0") ? undefined : text;
}

function decode(valueTag: number, contents: Uint8Array): string | null | undefined {
  switch (valueTag) {
    case tag.utf8String:
      return decodeBy(utf8, contents);
    case tag.bmpString:
      return decodeBy(utf16, contents);
    case tag.printableString: {
      const text = latin1(contents);
      return printable.test(text) ? text : undefined;
    }
    case tag.ia5String:
      return contents.every((octet) => octet < 0x80) ? latin1(contents) : undefined;
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

function latin1(contents: Uint8Array): string {
  return Buffer.from(contents.buffer, contents.byteOffset, contents.length).toString("latin1");
}

const whiteSpace = /[\s\u0085]+/gu;
/** Characters that RFC 4518 2.2 maps to nothing: controls, formats, variation selectors and two loose ones. */
const ignored = /\p{Cc}|\p{Cf}|\p{Variation_Selector}|\u034F|\uFFFC/gu;

/** caseIgnoreMatch of RFC 4518: mapped, normalized (NFKC), case folded, white space compressed. */
export function comparableText(text: string): string {
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
