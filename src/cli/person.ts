import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import type { Configuration } from "../config.ts";
import { Refusal } from "../errors.ts";
import type { PersonId } from "../identifiers.ts";
import { erasePerson, findForOperator, findPerson, forceRecovery, holdPerson, type HoldRequest, recordLook, releasePerson } from "../people/index.ts";
import type { Storage } from "../storage/index.ts";
import { operatorOf, operatorOptions, type OperatorOptions } from "./operator.ts";
import { reviewCommands } from "./person-reviews.ts";
import { holdInWords, showPerson } from "./person-show.ts";
import { print, printJson, UsageError } from "./terminal.ts";
import { withStorage } from "./with-storage.ts";

interface HoldOptions extends OperatorOptions {
  readonly releaseBy: string;
}

interface EraseOptions extends OperatorOptions {
  readonly yes?: boolean;
}

/** An operator's request about one person. */
interface Request {
  readonly storage: Storage;
  readonly personId: PersonId;
  readonly operator: string;
  readonly reason: string;
  readonly at: number;
  readonly policy: Configuration["assurance"];
}

/** `person …`: what an operator may do for somebody. Each needs a reason and leaves a receipt. */
export function personCommands(person: Command): void {
  const command = (name: string, description: string): Command => operatorOptions(person.command(name).description(description));

  command("show <person>", "where somebody stands; no name and no certificate").action((named: string, options: OperatorOptions) =>
    withStorage(options, async (storage) => {
      const [at, who] = [systemClock(), operatorOf(options)];
      await showPerson(storage.read, await lookFor(storage, named, { ...who, at }), at, options.json === true);
    }),
  );

  command("hold <person>", "stop every sign-in at once; grants wait")
    .option("--release-by <who>", "what lifts it: signature (the person's JPKI signature) or operator", "signature")
    .action((named: string, options: HoldOptions) => {
      const liftedBy = liftedByOf(options.releaseBy);
      return withPerson(named, options, "on hold", ({ storage, ...request }) => holdOrTell(storage, { by: "operator", liftedBy, ...request }));
    });

  command("release <person>", "lift a hold that only the operator lifts").action((named: string, options: OperatorOptions) =>
    withPerson(named, options, "released", ({ storage, ...request }) => storage.transaction((transaction) => releasePerson(transaction, { by: "operator", ...request }))),
  );

  command("recover <person>", "end every passkey, session and grant: a JPKI signature alone brings the person back").action((named: string, options: OperatorOptions) =>
    withPerson(named, options, "without a passkey until the next JPKI signature", ({ storage, ...request }) => forceRecovery(storage, request)),
  );

  command("erase <person>", "erase somebody for good; services are told")
    .option("--yes", "it cannot be undone")
    .action((named: string, options: EraseOptions) => {
      if (options.yes !== true) throw new UsageError("--yes: an erasure cannot be undone");
      return withPerson(named, options, "erased", ({ storage, ...request }) => erasePerson(storage, { by: "operator", ...request }));
    });

  reviewCommands(person, command);
}

async function withPerson(named: string, options: OperatorOptions, done: string, work: (request: Request) => Promise<void>): Promise<void> {
  const who = operatorOf(options);
  await withStorage(options, async (storage, { assurance }) => {
    const at = systemClock();
    const personId = await lookFor(storage, named, { ...who, at });
    await work({ storage, personId, ...who, at, policy: assurance });
    if (options.json === true) printJson({ person: personId, done });
    else print(`${personId} is ${done}`);
  });
}

/** @throws Refusal `person_on_hold` that tells which hold there is already. */
async function holdOrTell(storage: Storage, request: HoldRequest): Promise<void> {
  try {
    await holdPerson(storage, request);
  } catch (error) {
    const person = error instanceof Refusal && error.code === "person_on_hold" ? await findPerson(storage.read, request.personId) : null;
    throw person?.state === "held" ? new Refusal("person_on_hold", `held already, ${holdInWords(person)}`) : error;
  }
}

/** Whom the operator means. What is refused tells something, too: the look is written down before anything else. */
async function lookFor(storage: Storage, named: string, look: Pick<Request, "operator" | "reason" | "at">): Promise<PersonId> {
  const personId = await findForOperator(storage.read, named);
  await recordLook(storage, personId, { ...look, looked: "person" });
  if (personId === null) throw new Refusal("not_found", "nobody goes by this pairwise subject, receipt id or person id");
  return personId;
}

function liftedByOf(text: string): "signature" | "operator" {
  if (text === "signature" || text === "operator") return text;
  throw new UsageError("--release-by: must be signature or operator");
}
