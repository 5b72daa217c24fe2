/** What can go wrong with one APDU on its way to the card and back. */
import { type SelectOptions, TransportError } from "@jpki-bridge/client-sdk";
import { at, type Fault, type Passage } from "../../client-sdk/test/support/faulty-transport.ts";

export interface CardFault {
  readonly name: string;
  fault(position: number): Fault;
  /** Nobody was lied to: once the card is there again, the same enrolment can be completed. */
  readonly isHonest: boolean;
  /** How patient the client is, where the fault is a matter of time. */
  readonly select?: SelectOptions;
}

/** Answers that come when nobody waits for them any more. */
const late: (() => void)[] = [];

/** Now they come. */
export function releaseLateAnswers(): void {
  for (const release of late.splice(0)) release();
}

const never = (): Promise<Uint8Array> => new Promise(() => undefined);
const gone = async ({ pass }: Passage): Promise<Uint8Array> => {
  await pass();
  throw new TransportError("card_removed");
};
const delayed = async ({ pass }: Passage): Promise<Uint8Array> => {
  const answer = await pass();
  return new Promise((resolve) => late.push(() => resolve(answer)));
};
const answering = (change: (answer: Uint8Array) => Uint8Array): Fault => async ({ pass }) => change(await pass());
/** The card gets another command than was sent, by way of the buffer that holds it. */
const commanding = (change: (command: Uint8Array) => void): Fault => async ({ command, pass }) => {
  change(command);
  return pass();
};
const flipped = (bytes: Uint8Array, index: number, bits = 0xff): Uint8Array => bytes.map((octet, place) => (place === index ? octet ^ bits : octet));
const flip = (bytes: Uint8Array, index: number): void => bytes.set(flipped(bytes, index));
const middle = ({ length }: Uint8Array): number => Math.floor((length - 2) / 2);

/** From one position on every command gets the answer to the one before, until the application is selected anew. */
const outOfStep = (position: number): Fault => {
  let inStepFrom = Infinity;
  return async (passage) => {
    const { before, command } = passage;
    if (passage.position > position && isSelectApplication(command)) inStepFrom = Math.min(inStepFrom, passage.position);
    const answer = await passage.pass();
    const isOut = passage.position > position && passage.position < inStepFrom;
    return isOut && before !== undefined ? before : answer;
  };
};
const isSelectApplication = ([, ins, p1]: Uint8Array): boolean => ins === 0xa4 && p1 === 0x04;

const hurried: SelectOptions = { answerWithin: 0.06, signWithin: 0.06 };
const once = (fault: Fault) => (position: number): Fault => at(position, fault);

export const cardFaults: readonly CardFault[] = [
  { name: "removed before the command arrives", isHonest: true, fault: once(({ remove }) => { remove(); return never(); }) },
  { name: "removed before the answer arrives", isHonest: true, fault: once(gone) },
  { name: "never answered", isHonest: true, fault: once(never), select: hurried },
  { name: "answered too late", isHonest: true, fault: once(delayed), select: hurried },
  { name: "command carried twice", isHonest: true, fault: once(async ({ pass }) => { await pass(); return pass(); }) },
  { name: "answer to the one before once more", isHonest: false, fault: once(async ({ before, pass }) => { const answer = await pass(); return before ?? answer; }) },
  { name: "answer given twice, all later ones a command late", isHonest: false, fault: outOfStep },
  { name: "answer without its status word", isHonest: false, fault: once(answering((answer) => answer.slice(0, -2))) },
  { name: "answer cut to its half", isHonest: false, fault: once(answering((answer) => answer.slice(0, Math.ceil(answer.length / 2)))) },
  { name: "answer cut to its status word", isHonest: false, fault: once(answering((answer) => answer.slice(-2))) },
  { name: "first octet of the answer flipped", isHonest: false, fault: once(answering((answer) => flipped(answer, 0))) },
  { name: "octet amid the answer flipped", isHonest: false, fault: once(answering((answer) => flipped(answer, middle(answer)))) },
  { name: "SW1 flipped", isHonest: false, fault: once(answering((answer) => flipped(answer, answer.length - 2))) },
  { name: "a bit of SW2 flipped", isHonest: false, fault: once(answering((answer) => flipped(answer, answer.length - 1, 0x02))) },
  { name: "octet amid the command flipped", isHonest: false, fault: once(commanding((command) => flip(command, middle(command) + 1))) },
  { name: "an octet near the end of the command flipped", isHonest: false, fault: once(commanding((command) => flip(command, command.length - 2))) },
];
