import type { Command } from "commander";
import { addOcspCommand } from "./ocsp-batch.ts";
import { addVerifyCommand } from "./verify-batch.ts";

export function certificateCommands(certificate: Command): void {
  addVerifyCommand(certificate);
  addOcspCommand(certificate);
}
