import { userInfo } from "node:os";
import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import { asIdentifier, type ClientId } from "../identifiers.ts";
import { findRelyingParty } from "../relying-parties/index.ts";
import { kindOf, listDeadLetters, listQueues, retryDeadLetters } from "../signals/index.ts";
import { print, printJson, table, UsageError } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

interface RetryOptions extends AdministrationOptions {
  readonly jti?: string;
  readonly client?: string;
  readonly all?: boolean;
  readonly operator?: string;
}

/** Dead letters that are shown at once. */
const mostShown = 1000;

/** `signals …`: what relying parties are yet to be told, and what could not be told. */
export function signalsCommands(signals: Command): void {
  const command = (name: string, description: string): Command =>
    signals.command(name).description(description).option("--config <file>", "configuration file; the sandbox's when not given").option("--json", "print JSON");

  command("list", "every stream and every queue of logouts: how much waits, since when, and why").action((options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      const queues = await listQueues(storage);
      if (options.json === true) {
        return printJson(queues.map(({ clientId, streamId, delivery, status, waiting, oldestAt, attempts, lastError, deadLetters }) => ({ client_id: clientId, stream_id: streamId, delivery, status, waiting, oldest_at: oldestAt, attempts, last_error: lastError, dead_letters: deadLetters })));
      }
      print(table(["RELYING PARTY", "STREAM", "BY", "STATUS", "WAITING", "SINCE", "LAST ERROR", "DEAD"], queues.map((each) => [each.clientId, each.streamId ?? "", each.delivery, each.status, String(each.waiting), each.oldestAt === null ? "" : time(each.oldestAt), each.lastError ?? "", String(each.deadLetters)])));
    }),
  );

  command("dead-letters", `what was given up and why, the oldest ${mostShown}; kept for 30 days`).action((options: AdministrationOptions) =>
    withStorage(options, async (storage) => {
      const letters = await listDeadLetters(storage, mostShown);
      if (options.json === true) {
        return printJson(letters.map((each) => ({ jti: each.jti, client_id: each.clientId, stream_id: each.streamId, kind: kindOf(each), at: each.at, attempts: each.attempts, last_error: each.lastError, died_at: each.diedAt })));
      }
      print(table(["JTI", "RELYING PARTY", "STREAM", "KIND", "HAPPENED", "ATTEMPTS", "LAST ERROR"], letters.map((each) => [each.jti, each.clientId, each.streamId ?? "", kindOf(each), time(each.at), String(each.attempts), each.lastError ?? ""])));
    }),
  );

  command("retry", "puts dead letters back into their queues; receivers that have one already take it once")
    .option("--jti <id>", "the one of this token")
    .option("--client <id>", "those of one relying party")
    .option("--all", "all of them")
    .option("--operator <name>", "who asks; the user of this system when not given")
    .action(async ({ jti, client, all, operator = userInfo().username, ...options }: RetryOptions) => {
      if ([jti !== undefined, client !== undefined, all === true].filter(Boolean).length !== 1) throw new UsageError("name one of --jti, --client, --all");
      await withStorage(options, async (storage) => {
        if (client !== undefined && (await findRelyingParty(storage, asIdentifier<ClientId>(client))) === null) throw new Refusal("not_found", "no such relying party");
        const count = await retryDeadLetters(storage, { ...(jti !== undefined && { jti }), ...(client !== undefined && { clientId: client }) }, operator, systemClock());
        if (jti !== undefined && count === 0) throw new Refusal("not_found", "no dead letter of this token that can be put back");
        if (options.json === true) return printJson({ retried: count });
        print(`${count} put back; a running bridge delivers them within a second`);
      });
    });
}

const time = (seconds: number): string => new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
