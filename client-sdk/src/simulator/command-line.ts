import { parseArgs } from "node:util";
import { sandboxJlis } from "./jlis-personas.ts";
import { retryPauses } from "./serve-virtual-card.ts";
import { testPins, throwAwayPersonas } from "./throw-away-personas.ts";

/** Where the card is to come from. */
export type CardChoice = { readonly persona: string } & (
  | { readonly from: "file"; readonly file: string }
  | { readonly from: "jlis"; readonly jlis: string }
  | { readonly from: "throw-away" }
  /** The sandbox's J-LIS stand-in if it runs, else a throw-away card. */
  | { readonly from: "anywhere" }
);

export interface SimulatorOptions {
  readonly host: string;
  readonly port: number;
  readonly card: CardChoice;
  /** The file that keeps the retry counters. */
  readonly state: string | null;
  /** The file that the card's image is written to. */
  readonly writeImage: string | null;
  readonly json: boolean;
}

export type CommandLine =
  | { readonly kind: "serve"; readonly options: SimulatorOptions }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly reason: string };

export const exitCodes = { done: 0, failed: 1, usage: 2, refused: 3, noReader: 4 } as const;

const defaultReader = "localhost:35963";

const personaLines = Object.entries(throwAwayPersonas).map(([name, { description }]) => `                      ${name.padEnd(20)} ${description}`);

export const help = `Usage: jpki-card-simulator [--vpcd HOST:PORT] [--persona NAME] [options]

A JPKI card for any PC/SC program: the software applet of @jpki-bridge/client-sdk in
the reader that vsmartcard's vpcd gives to pcscd. Test keys and certificates only.

  --vpcd HOST:PORT  where vpcd listens (default ${defaultReader})
  --persona NAME    whose card (default good-card)
  --jlis URL        a persona of this J-LIS stand-in of a jpki-bridge sandbox
  --throw-away      a card made on the spot, new each time; its personas:
${personaLines.join("\n")}
  --image FILE      the card in this file, JSON as the SDK's README describes it
                    Without these three: a persona of ${sandboxJlis} if a J-LIS
                    stand-in answers there, else a throw-away card
  --state FILE      keep the retry counters in this file; without it they live as
                    long as the process
  --write-image FILE
                    also write the card to FILE, with its test keys, for --image
  --json            events as JSON lines on standard output
  --help            this text

PIN of test cards: authentication ${testPins.authentication}, signature ${testPins.signature}.
If vpcd goes away it is tried again after ${retryPauses.map((pause) => pause / 1000).join(", ")} seconds, then every ${(retryPauses.at(-1) ?? 0) / 1000} seconds.
SIGINT (Ctrl-C) or SIGTERM takes the card out.

Exit codes: 0 ended on request, 1 failed, 2 wrong usage, 3 no such card can be had,
4 no vpcd at that address
`;

/** Reads the arguments. */
export function readCommandLine(args: readonly string[]): CommandLine {
  const values = parse(args);
  if (typeof values === "string") return { kind: "wrong", reason: values };
  if (values.help === true) return { kind: "help" };
  const { image, jlis, persona = "good-card", state = null, "write-image": writeImage = null, json = false, "throw-away": throwAway = false } = values;
  if ([image !== undefined, jlis !== undefined, throwAway].filter(Boolean).length > 1) return { kind: "wrong", reason: "only one of --image, --jlis and --throw-away" };
  if (image !== undefined && values.persona !== undefined) return { kind: "wrong", reason: "--image has its own card: no --persona" };
  const reader = readAddress(values.vpcd ?? defaultReader);
  if (reader === null) return { kind: "wrong", reason: "--vpcd is HOST:PORT" };
  if (jlis !== undefined && !(/^https?:/u.test(jlis) && URL.canParse(jlis))) return { kind: "wrong", reason: "--jlis is a URL, as http://localhost:3200" };
  return { kind: "serve", options: { ...reader, card: choose(persona, image, jlis, throwAway), state, writeImage, json } };
}

function choose(persona: string, image: string | undefined, jlis: string | undefined, throwAway: boolean): CardChoice {
  if (image !== undefined) return { persona, from: "file", file: image };
  if (jlis !== undefined) return { persona, from: "jlis", jlis };
  return { persona, from: throwAway ? "throw-away" : "anywhere" };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({ args: [...args], options: { vpcd: text, persona: text, jlis: text, "throw-away": flag, image: text, state: text, "write-image": text, json: flag, help: flag } }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** `HOST:PORT`, an IPv6 address in brackets. */
function readAddress(text: string): { host: string; port: number } | null {
  const { bracketed, plain, digits } = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:]+)):(?<digits>[0-9]{1,5})$/u.exec(text)?.groups ?? {};
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : null;
}
