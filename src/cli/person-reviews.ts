import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { decideReview, listReviews, recordLook } from "../people/index.ts";
import { operatorOf, operatorOptions, type OperatorOptions } from "./operator.ts";
import { print, printJson, table } from "./terminal.ts";
import { withStorage } from "./with-storage.ts";

interface ReviewsOptions extends OperatorOptions {
  readonly all?: boolean;
}

const verdicts = [
  { verb: "approve", decision: "approved", description: "the certificate is this person's: the next recovery with it brings them back" },
  { verb: "deny", decision: "denied", description: "it is not, or nothing shows it" },
] as const;

/** `person reviews` and `person review approve / deny`: recoveries that wait for an operator. */
export function reviewCommands(person: Command, command: (name: string, description: string) => Command): void {
  command("reviews", "recoveries that wait for a decision")
    .option("--all", "decided ones, too")
    .action((options: ReviewsOptions) =>
      withStorage(options, async (storage) => {
        await recordLook(storage, null, { ...operatorOf(options), looked: "reviews", at: systemClock() });
        const reviews = await listReviews(storage.read, options.all === true ? null : "open");
        if (options.json === true) return printJson(reviews.map(({ id, personId, medium, certificateExpiresAt, openedAt, state, decidedAt, decidedBy, reason }) => ({
          review: id, person: personId, medium, certificate_expires_at: certificateExpiresAt, opened_at: openedAt, state, decided_at: decidedAt, decided_by: decidedBy, reason,
        })));
        print(table(["REVIEW", "PERSON", "MEDIUM", "OPENED", "STATE", "DECIDED BY"], reviews.map(({ id, personId, medium, openedAt, state, decidedBy }) => [id, personId, medium, timeOf(openedAt), state, decidedBy ?? ""])));
      }),
    );

  const review = person.command("review").description("decide a recovery that waits: approve, deny");
  for (const { verb, decision, description } of verdicts) {
    operatorOptions(review.command(`${verb} <review>`).description(description)).action((id: string, options: OperatorOptions) =>
      withStorage(options, async (storage) => {
        await decideReview(storage, { id, decision, ...operatorOf(options), at: systemClock() });
        if (options.json === true) printJson({ review: id, state: decision });
        else print(`${id} is ${decision}`);
      }),
    );
  }
}

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
