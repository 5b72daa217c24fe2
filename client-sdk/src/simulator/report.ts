import type { KeyUse } from "../applet/applet-table.ts";
import type { SourcedCard } from "./card-source.ts";
import type { VirtualCardEvent } from "./card-events.ts";

/** What the simulator tells of, as JSON lines or as text. */
export type SimulatorEvent = CardEvent | VirtualCardEvent | { readonly event: "ended" };

/** Which card is in the reader. */
export interface CardEvent {
  readonly event: "card";
  readonly source: SourcedCard["source"];
  readonly name: string;
  /** The PINs of a test card; `null` for a card from a file, and where there is no such key. */
  readonly pins: Readonly<Record<KeyUse, string | null>>;
  /** `null` where there is no such key. */
  readonly triesLeft: Readonly<Record<KeyUse, number | null>>;
}

/** The event of a card. A PIN from somebody's own file is not shown. */
export function cardEvent({ source, name, image }: SourcedCard, triesLeft: Record<KeyUse, number | null>): CardEvent {
  const pinOf = (use: KeyUse): string | null => (source === "file" ? null : (image[use]?.pin ?? null));
  return { event: "card", source, name, pins: { authentication: pinOf("authentication"), signature: pinOf("signature") }, triesLeft };
}

/** What to type next, with the PINs that are known. */
function hints({ pins, triesLeft }: CardEvent): string {
  const { authentication, signature } = pins;
  const pin = authentication ?? "PIN";
  const signatureHint = `  pkcs15-tool --read-certificate 02 --verify-pin --auth-id 02 --pin ${signature ?? "PIN"}\n`;
  return `
Try, with OpenSC:
  opensc-tool --name
  pkcs15-tool --list-certificates
  pkcs15-tool --verify-pin --auth-id 01 --pin ${pin}
  pkcs11-tool --sign --mechanism SHA256-RSA-PKCS --id 01 --login --pin ${pin} \\
    --token-label "JPKI (User Authentication PIN)" --input-file FILE --output-file SIGNATURE
${triesLeft.signature === null ? "" : signatureHint}`;
}

/** A line, or lines, for a person. */
export function describe(event: SimulatorEvent): string {
  switch (event.event) {
    case "card":
      return [`Virtual JPKI card: ${event.name} (${event.source})`, keyLine(event, "authentication"), keyLine(event, "signature"), hints(event)].join("\n");
    case "connected":
      return `The card is in the reader of vpcd at ${event.host}:${event.port}. Ctrl-C takes it out.`;
    case "disconnected":
      return `vpcd is gone; trying again in ${event.retryInMs / 1000} s`;
    case "power":
      return `power ${event.power}`;
    case "apdu":
      return `${event.header}${event.selected === undefined ? "" : ` ${event.selected}`} (${event.sent} octets) -> ${event.status} (${event.answered} octets)`;
    case "ended":
      return "The card was taken out.";
  }
}

function keyLine({ pins, triesLeft }: CardEvent, use: KeyUse): string {
  const tries = triesLeft[use];
  if (tries === null) return `  ${use.padEnd(14)}  no such key`;
  return `  ${use.padEnd(14)}  PIN ${pins[use] ?? "as in the file"}, ${tries} tries left`;
}
