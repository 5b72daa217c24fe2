import { userInfo } from "node:os";
import type { Command } from "commander";
import { refuseMyNumber } from "../web/my-number.ts";
import { UsageError } from "./terminal.ts";
import type { AdministrationOptions } from "./with-storage.ts";

/** What every command about people takes: who asks, and why. Both are in the receipt. */
export interface OperatorOptions extends AdministrationOptions {
  readonly reason: string;
  readonly operator?: string;
}

const longest = 200;

export const operatorOptions = (command: Command): Command =>
  command
    .requiredOption("--reason <text>", `why; it is written down: no names, at most ${longest} characters`)
    .option("--operator <name>", "who asks; the user of this system when not given")
    .option("--config <file>", "configuration file; the sandbox's when not given")
    .option("--json", "print JSON");

/**
 * Who asks and why, as the receipt has it.
 * @throws UsageError when one is empty or too long; Refusal `my_number_refused`.
 */
export function operatorOf({ reason, operator = userInfo().username }: Pick<OperatorOptions, "reason" | "operator">): { readonly operator: string; readonly reason: string } {
  return { operator: writtenText("--operator", operator), reason: writtenText("--reason", reason) };
}

function writtenText(option: string, text: string): string {
  const written = text.trim();
  if (written === "" || written.length > longest) throw new UsageError(`${option}: 1 to ${longest} characters`);
  refuseMyNumber(written, `${option}: must not hold a My Number`);
  return written;
}
