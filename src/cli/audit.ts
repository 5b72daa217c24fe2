import type { Command } from "commander";
import { systemClock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import { findForOperator } from "../people/index.ts";
import { readReceipts, receiptDocument, refuseAtWork, rotateReceiptKey, takeCheckpoint } from "../storage/index.ts";
import { verifyLog, type VerifyOptions } from "./audit-verify.ts";
import { printLines } from "./json-lines.ts";
import { print, printJson } from "./terminal.ts";
import { type AdministrationOptions, withStorage } from "./with-storage.ts";

/** `audit verify / checkpoint / export / explain / keys / rotate-key`: the chain of receipts. */
export function auditCommands(audit: Command): void {
  const command = (name: string, description: string): Command =>
    audit.command(name).description(description).option("--config <file>", "configuration file; the sandbox's when not given");

  command("verify", "check that every receipt is as it was written, signed, and follows from the one before it; exit 4 where one does not")
    .option("--checkpoint <file>", "what `audit checkpoint` printed earlier: nothing from before it may be missing or rewritten")
    .option("--json", "print JSON")
    .action((options: VerifyOptions) => withStorage(options, ({ read }) => verifyLog(read, options)));

  command("checkpoint", "print the signed head of the log; keep it elsewhere, for `audit verify --checkpoint`")
    .option("--final", "the bridge has stopped, and nothing follows: for `restore --checkpoint`; refused while one works")
    .action(({ final = false, ...options }: AdministrationOptions & { readonly final?: boolean }) =>
      withStorage(options, async (storage, { issuer }) => {
        if (final) await refuseAtWork(storage, systemClock());
        print(await takeCheckpoint(storage, issuer, systemClock(), final));
      }),
    );

  command("export", "every receipt as a line of JSON, to be checked by @jpki-bridge/client-sdk/receipts")
    .option("--person <person>", "those of one person alone, found by pairwise subject, receipt id or person id")
    .action(({ person, ...options }: AdministrationOptions & { readonly person?: string }) =>
      withStorage(options, async ({ read }) => {
        const personId = person === undefined ? undefined : await findForOperator(read, person);
        if (personId === null) throw new Refusal("not_found", "nobody goes by this pairwise subject, receipt id or person id");
        await printLines(readReceipts(read, personId === undefined ? {} : { personId }), receiptDocument);
      }),
    );

  command("explain <receipt>", "compute what a token said again, from the facts of its receipt and the policy of its time; exit 4 where they differ")
    .option("--json", "print JSON")
    .action(async (receipt: string, options: AdministrationOptions) => {
      // It alone needs the provider.
      const { explainReceipt } = await import("./audit-explain.ts");
      await withStorage(options, ({ read }) => explainReceipt(read, receipt, options.json === true));
    });

  command("keys", "the public keys of all receipts, as JWK set").action((options: AdministrationOptions) =>
    withStorage(options, async ({ read }) => printJson({ keys: await read.receiptKeys() })),
  );

  command("rotate-key", "sign receipts by a new key from now on; the old one stays published")
    .option("--json", "print JSON")
    .action((options: AdministrationOptions) =>
      withStorage(options, async (storage) => {
        const key = await rotateReceiptKey(storage, systemClock());
        if (options.json === true) return printJson({ key });
        print(`${key} signs receipts; a running bridge takes it up within a minute`);
      }),
    );
}
