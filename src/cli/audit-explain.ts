import { readRecordedAssertion, type Reason, type RecordedAssertion, type Replay, replayAssertion } from "../assurance/index.ts";
import { Refusal } from "../errors.ts";
import { policyOnRecord } from "../provider/index.ts";
import { findReceipt, type Reader, type Receipt } from "../storage/index.ts";
import { coloured, exitCodes, print, printJson, table } from "./terminal.ts";

/**
 * Tells what an assertion said and why, and whether it was right.
 * @throws Refusal `not_found` for an unknown receipt, `invalid_request` for one that records no assertion.
 */
export async function explainReceipt(read: Reader, id: string, json: boolean): Promise<void> {
  const receipt = await findReceipt(read, id);
  if (receipt === null) throw new Refusal("not_found", "no receipt has this id");
  const recorded = receipt.kind === "assertion_issued" ? readRecordedAssertion(receipt.detail) : null;
  if (recorded === null) throw new Refusal("invalid_request", `a receipt of kind ${receipt.kind} records no assertion`);

  const onRecord = await policyOnRecord(read, recorded.assurance_policy);
  const replay = onRecord === null ? null : replayAssertion(recorded, receipt.at, onRecord.policy);
  const problems = problemsOf(receipt, recorded, onRecord?.digest ?? null, replay);
  if (problems.length > 0) process.exitCode = exitCodes.problems;
  if (json) return printJson(documentOf(receipt, recorded, replay, problems));

  print(`${coloured("bold", receipt.id)}  ${new Date(receipt.at * 1000).toISOString().replace(".000Z", "Z")}  receipt ${receipt.sequence}, for ${recorded.client}, by policy ${recorded.assurance_policy}`);
  print(table(["", "ASSERTED", "COMPUTED AGAIN"], rowsOf(recorded.asserted, replay)));
  for (const [value, reason] of Object.entries(replay?.reasons ?? {})) print(sentencesOf(value, reason));
  print(problems.length === 0 ? coloured("green", "what was asserted follows from the facts") : coloured("red", problems.join("\n")));
}

function problemsOf(receipt: Receipt, recorded: RecordedAssertion, policyDigest: string | null, replay: Replay | null): string[] {
  const problems: string[] = [];
  if (!receipt.intact) problems.push("the receipt was changed after it was written");
  if (policyDigest === null) problems.push(`the policy ${recorded.assurance_policy} is not on record`);
  else if (policyDigest !== recorded.policy_sha256) problems.push(`the policy on record as ${recorded.assurance_policy} is not the one that decided`);
  if (replay !== null && replay.differences.length > 0) problems.push(`other than computed: ${replay.differences.join(", ")}`);
  return problems;
}

function documentOf({ id, sequence, at, intact }: Receipt, recorded: RecordedAssertion, replay: Replay | null, problems: readonly string[]): object {
  const { client, assurance_policy, acr_values, asserted, facts } = recorded;
  return { receipt: id, sequence, at, intact, client, assurance_policy, acr_values, asserted, computed: replay?.computed ?? null, reasons: replay?.reasons ?? null, problems, facts };
}

function rowsOf(asserted: RecordedAssertion["asserted"], replay: Replay | null): string[][] {
  const computed: Readonly<Record<string, unknown>> = replay?.computed ?? {};
  const text = (value: unknown): string => (Array.isArray(value) ? value.join(" ") : String(value ?? "-"));
  return Object.entries(asserted).map(([name, value]) => [name, text(value), text(computed[name])]);
}

const sentencesOf = (value: string, { level, rule, because, cap, cappedBecause }: Reason): string =>
  `${value.toUpperCase()} ${level}: ${because.en} (${rule})${cap === undefined ? "" : ` Not higher: ${cappedBecause?.en ?? ""} (${cap})`}`;
