import type { AssurancePolicy } from "../assurance/index.ts";
import { ConfigurationError } from "../config.ts";
import { distrustPeople } from "../people/index.ts";
import { replaceCookieKeys } from "../provider/keys-cookies.ts";
import { appendReceipt, compareWithCheckpoint, refuseAtWork, type Storage } from "../storage/index.ts";

/** Why nothing that ended since the backup has to be feared: each change has a receipt, and the log's end is known. */
export type NothingLacks =
  /** The last receipt is the one of a checkpoint taken when the bridge had stopped. */
  | { readonly by: "checkpoint" }
  /** An operator answers for it. */
  | { readonly by: "operator"; readonly operator: string; readonly reason: string };

export interface AfterRestore {
  readonly at: number;
  readonly policy: AssurancePolicy;
  /** Other tools put the database back where a bridge may be started on it at any moment: one that was is found. */
  readonly isInPlace?: boolean;
  /** Null where nobody says so: then something may lack. */
  readonly nothingLacks: NothingLacks | null;
  /** Told again and again how many people are signed out. */
  readonly onPeople?: (people: number) => void;
}

export interface AfterRestoreDone {
  readonly restored_at: number;
  /** The last receipt from before. */
  readonly last_receipt: number;
  readonly people: number;
  readonly passkeys_suspended: number;
  readonly nothing_lacks: NothingLacks["by"] | null;
}

/** No artifact lives as long. */
const tenYears = 10 * 366 * 24 * 60 * 60;
const sweptAtOnce = 10_000;

/** In the database while this is under way, so that no bridge starts on what is half done: longer than anything is swept by. */
const mark = { model: "Restore", id: "under way", seconds: 2 * tenYears } as const;

/** @throws ConfigurationError while a restore of this database has not come to its end. */
export async function refuseHalfRestored({ artifacts }: Storage): Promise<void> {
  if ((await artifacts.find(mark.model, mark.id)) !== null) throw new ConfigurationError(["database: a restore of it was begun and has not ended: run `restore --in-place` again, to its end"]);
}

/**
 * Makes a database that was put back safe to start on. What was used up after the backup would count again:
 * every code, token, session and transaction goes. People: {@link distrustPeople}. The provider's keys and
 * those of its cookies, of which one may have been given up since, go first where something may lack: the
 * next start makes new ones. The receipt says what was done. Killed in between, it must be done again:
 * until then {@link refuseHalfRestored} keeps bridges from starting.
 * @throws Refusal `operation_not_possible` while a bridge works on a database in its place; nothing is changed then.
 */
export async function makeSafe(storage: Storage, { at, policy, nothingLacks, onPeople, isInPlace = false }: AfterRestore): Promise<AfterRestoreDone> {
  const last = await storage.read.receipt.findFirst({ orderBy: { sequence: "desc" }, select: { sequence: true } });
  const mayLack = nothingLacks === null;
  await storage.transaction(async (transaction) => {
    if (isInPlace) await refuseAtWork(transaction, at);
    await transaction.artifacts.put(mark.model, mark.id, {}, { expiresAt: at + mark.seconds });
    if (!mayLack) return;
    await transaction.data.providerKey.deleteMany({});
    await replaceCookieKeys(transaction, at);
  });
  while ((await storage.artifacts.sweep(at + tenYears, sweptAtOnce)) > 0);
  const { people, suspended } = await distrustPeople(storage, { at, policy, mayLack }, onPeople);
  const detail = {
    restored_at: at, last_receipt: last?.sequence ?? 0, people, passkeys_suspended: suspended, nothing_lacks: nothingLacks?.by ?? null,
  };
  await storage.transaction(async ({ data, artifacts }) => {
    const word = nothingLacks?.by === "operator" ? { operator: nothingLacks.operator, reason: nothingLacks.reason } : {};
    await appendReceipt(data, { kind: "database_restored", at, personId: null, detail: { ...detail, ...word } });
    await artifacts.remove(mark.model, mark.id);
  });
  return detail;
}

/**
 * Whether a log ends where a checkpoint says that the bridge's own ended. Only a final one says it: beside a
 * bridge that goes on, the next receipt may follow at once.
 * @param madeAt when the backup was made, in seconds, where that is known: what came until then is in it.
 * @returns a sentence that says why not, or null.
 */
export async function whyNotTheEnd({ read }: Storage, checkpoint: string, madeAt: number | null): Promise<string | null> {
  const finding = await compareWithCheckpoint(read, checkpoint);
  if (finding === "cut_off") return "receipts were written after the backup, so it lacks what they record: leave --checkpoint out";
  if (finding !== "holds") return "the checkpoint is not one of this log";
  const { iat, sequence, final } = JSON.parse(Buffer.from(checkpoint.split(".")[1] ?? "", "base64url").toString()) as { iat: number; sequence: number; final?: true };
  if (final !== true) return "the checkpoint does not say that the bridge had stopped, so more may have followed: only one by `audit checkpoint --final` does";
  const last = await read.receipt.findFirst({ orderBy: { sequence: "desc" }, select: { sequence: true } });
  return iat >= (madeAt ?? 0) && sequence === (last?.sequence ?? 0) ? null : "the checkpoint was taken before the backup: it must be taken once the bridge has stopped for good";
}
