import type { Command } from "commander";
import { addOcspCommand } from "./ocsp-batch.ts";
import { addVerifyCommand } from "./verify-batch.ts";

export function certificateCommands(program: Command): void {
  const certificate = program.command("certificate").description("certificates and answers about their status judged, for operators and auditors");
  addVerifyCommand(certificate);
  addOcspCommand(certificate);
}
