import { once } from "node:events";
import type { Command } from "commander";
import { toBase64Url } from "../bytes.ts";
import { firstBrokenReceipt, readReceipts } from "../storage/index.ts";
import { explainReceipt } from "./audit-explain.ts";
import { complain, exitCodes, print, printJson } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

/** `audit verify / export / explain`: the chain of receipts. */
export function auditCommands(program: Command): void {
  const audit = program.command("audit").description("the audit log: verify its chain, export it, explain what was asserted");
  const command = (name: string, description: string): Command =>
    audit.command(name).description(description).option("--config <file>", "configuration file; the sandbox's when not given");

  command("verify", "check that every receipt follows from the one before it; exit 4 where one does not")
    .option("--json", "print JSON")
    .action((options: AdministrationOptions) =>
      withStorage(options, async ({ read }) => {
        const [receipts, firstBroken] = [await read.receipt.count(), await firstBrokenReceipt(read)];
        if (firstBroken !== null) process.exitCode = exitCodes.problems;
        if (options.json === true) return printJson({ receipts, first_broken: firstBroken });
        if (firstBroken === null) return print(`${receipts} receipts; the chain holds`);
        complain(`the chain is broken at receipt ${firstBroken}: it was changed, or one before it is missing`, exitCodes.problems);
      }),
    );

  command("export", "every receipt as a line of JSON").action((options: AdministrationOptions) =>
    withStorage(options, async ({ read }) => {
      for await (const { sequence, id, at, kind, personId, detail, previousHash, hash } of readReceipts(read)) {
        const line = { sequence, id, at, kind, person: personId, detail, previous_hash: toBase64Url(previousHash), hash: toBase64Url(hash) };
        if (!process.stdout.write(`${JSON.stringify(line)}\n`)) await once(process.stdout, "drain");
      }
    }),
  );

  command("explain <receipt>", "compute what a token said again, from the facts of its receipt and the policy of its time; exit 4 where they differ")
    .option("--json", "print JSON")
    .action((receipt: string, options: AdministrationOptions) => withStorage(options, ({ read }) => explainReceipt(read, receipt, options.json === true)));
}
