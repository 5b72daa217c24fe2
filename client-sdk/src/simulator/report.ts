import type { KeyUse } from "../applet/applet-table.ts";
import type { SourcedCard } from "./card-source.ts";
import type { VirtualCardEvent } from "./card-events.ts";

/** What the simulator tells of, as JSON lines or as text. */
export type SimulatorEvent =
  | VirtualCardEvent
  | {
      readonly event: "card";
      readonly source: SourcedCard["source"];
      readonly name: string;
      /** The PINs of a test card; `null` for a card from a file, and where there is no such key. */
      readonly pins: Readonly<Record<KeyUse, string | null>>;
      readonly triesLeft: Readonly<Record<KeyUse, number | null>>;
    }
  | { readonly event: "ended" };

/** The event that tells which card is in the reader. A PIN from somebody's own file is not shown. */
export function cardEvent({ source, name, image }: SourcedCard, triesLeft: Record<KeyUse, number | null>): SimulatorEvent {
  const pinOf = (use: KeyUse): string | null => (source === "file" ? null : (image[use]?.pin ?? null));
  return { event: "card", source, name, pins: { authentication: pinOf("authentication"), signature: pinOf("signature") }, triesLeft };
}

const hints = `
Try, with OpenSC:
  opensc-tool --name
  pkcs15-tool --list-certificates
  pkcs15-tool --verify-pin --auth-id 1 --pin 1234
  pkcs15-tool --read-certificate 2 --verify-pin --auth-id 2 --pin ABC123
  pkcs11-tool --sign --mechanism SHA256-RSA-PKCS --id 01 --login --pin 1234 \\
    --token-label "JPKI (User Authentication PIN)" --input-file FILE --output-file SIGNATURE
`;

/** A line, or lines, for a person. */
export function describe(event: SimulatorEvent): string {
  switch (event.event) {
    case "card":
      return [`Virtual JPKI card: ${event.name} (${event.source})`, keyLine(event, "authentication"), keyLine(event, "signature"), hints].join("\n");
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

function keyLine({ pins, triesLeft }: Extract<SimulatorEvent, { event: "card" }>, use: KeyUse): string {
  const tries = triesLeft[use];
  if (tries === null) return `  ${use.padEnd(14)}  no such key`;
  return `  ${use.padEnd(14)}  PIN ${pins[use] ?? "as in the file"}, ${tries} tries left`;
}
