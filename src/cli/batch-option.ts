import { Option } from "commander";
import { UsageError } from "./terminal.ts";

/** `--batch`: how many values a command changes in one transaction. */
export const batchOption = (): Option => new Option("--batch <values>", "values in one go").default(500).argParser(toBatch);

function toBatch(text: string): number {
  const batch = Number(text);
  if (!Number.isSafeInteger(batch) || batch < 1 || batch > 10_000) throw new UsageError("--batch: 1 to 10000");
  return batch;
}
