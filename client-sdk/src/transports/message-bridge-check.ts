/**
 * The conformance tests of docs/message-bridge.md: a conversation with a host, row by row. Behind the host
 * is a virtual card, such as the software Secure Element; its authentication PIN is tried, once wrongly.
 */
import type { MessagePort } from "./message-bridge-messages.ts";
import { checks, type CardControl } from "./message-bridge-checks.ts";
import { HostProbe, HostFault } from "./message-bridge-probe.ts";

/** The card behind the host, and how long the host has. */
export interface HostCheckOptions {
  /** The PIN of the virtual card's authentication key, with three tries left. */
  readonly authenticationPin: string;
  /** Milliseconds that the host has for an answer; 2000 if absent. */
  readonly patience?: number;
  /** Takes the card out and puts it in again; without it, removal is not checked. */
  readonly card?: CardControl;
}

/** One rule, and whether the host keeps it. */
export interface HostCheckRow {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "not_run";
  /** What the host did instead. */
  readonly detail?: string;
}

/** Talks to the host at the other end of `port`, and tells how each row ended. Never rejects. */
export async function checkMessageBridgeHost(port: MessagePort, options: HostCheckOptions): Promise<HostCheckRow[]> {
  const rows: HostCheckRow[] = [];
  for (const { name, needsCardControl = false, run } of checks) {
    if (needsCardControl && options.card === undefined) {
      rows.push({ name, outcome: "not_run" });
      continue;
    }
    const probe = new HostProbe(port, options.patience ?? 2000);
    try {
      await run(probe, options);
      rows.push({ name, outcome: "passed" });
    } catch (error) {
      rows.push({ name, outcome: "failed", detail: error instanceof HostFault ? error.message : String(error) });
    } finally {
      probe.end();
    }
  }
  return rows;
}
