import { readFileSync } from "node:fs";
import { Refusal } from "../errors.ts";
import { type ChainFindings, type CheckpointFinding, compareWithCheckpoint, type Reader, type ReceiptFault, verifyReceipts } from "../storage/index.ts";
import { complain, exitCodes, print, printJson } from "./terminal.ts";
import type { AdministrationOptions } from "./with-storage.ts";

export interface VerifyOptions extends AdministrationOptions {
  readonly checkpoint?: string;
}

const faults: Readonly<Record<ReceiptFault, string>> = {
  altered: "it was changed",
  out_of_place: "it does not follow from the one before it, so one was removed, added or moved",
  not_signed: "no key of this log signed it",
  content_missing: "its content is gone, and no record says that it was forgotten",
};

const findings: Readonly<Record<Exclude<CheckpointFinding, "holds">, string>> = {
  cut_off: "receipts that were there at the checkpoint are missing at the end",
  rewritten: "the receipts up to the checkpoint are not those that were there",
  not_ours: "the checkpoint was not signed by a key of this log",
};

/**
 * Reads the whole log, and says what is wrong with it.
 * @throws Refusal `invalid_request` where the checkpoint cannot be read.
 */
export async function verifyLog(read: Reader, { checkpoint: file, json }: VerifyOptions): Promise<void> {
  const checkpoint = file === undefined ? null : await compareWithCheckpoint(read, contentOf(file));
  const chain = await verifyReceipts(read);
  const problems = problemsOf(chain, checkpoint);
  if (problems.length > 0) process.exitCode = exitCodes.problems;
  if (json === true) return printJson({ receipts: chain.receipts, unsigned: chain.unsigned, first_broken: chain.fault?.sequence ?? null, fault: chain.fault?.fault ?? null, checkpoint });
  if (problems.length > 0) return complain(problems.join("\n"), exitCodes.problems);
  const earlier = chain.unsigned === 0 ? "" : `, ${chain.unsigned} of them from before receipts were signed`;
  print(`${chain.receipts} receipts${earlier}; the chain holds${checkpoint === null ? "" : ", and nothing from before the checkpoint is missing"}`);
}

function problemsOf({ fault }: ChainFindings, checkpoint: CheckpointFinding | null): string[] {
  const problems: string[] = [];
  if (fault !== null) problems.push(`the chain is broken at receipt ${fault.sequence}: ${faults[fault.fault]}`);
  if (checkpoint !== null && checkpoint !== "holds") problems.push(findings[checkpoint]);
  return problems;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    throw new Refusal("invalid_request", `--checkpoint: ${file} cannot be read`);
  }
}
