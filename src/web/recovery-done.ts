import type { Context } from "koa";
import { recoveryDonePage, type RecoveryPurpose, recoveryPurposes } from "../../views/pages/index.ts";
import { Refusal } from "../errors.ts";
import { pathId, sendPage } from "./context.ts";
import { browserSecret } from "./cookies.ts";
import type { WebPorts } from "./ports.ts";

const model = "RecoveryDone";
const life = 5 * 60;

interface Stored {
  readonly purpose: RecoveryPurpose;
}

/** Whether a purpose is one that ends on such a page. */
export const isRecoveryPurpose = (purpose: string): purpose is RecoveryPurpose => recoveryPurposes.some((each) => each === purpose);

/** Goes to the page that tells what was just done: for five minutes, to the browser alone that opened its transaction. */
export async function goToDone(ctx: Context, ports: WebPorts, base: string, purpose: RecoveryPurpose): Promise<void> {
  await ports.storage.artifacts.put(model, browserSecret(ctx, ports) ?? "", { purpose } satisfies Stored, { expiresAt: ports.clock() + life });
  ctx.status = 303;
  ctx.redirect(`${base}/done/${purpose}`);
}

/** Tells what was done, only where it was: nobody is to believe by a link that their ID is suspended. @throws Refusal `not_found`. */
export async function showDone(ctx: Context, ports: WebPorts, base: string): Promise<void> {
  const purpose = pathId(ctx, "purpose");
  if (!isRecoveryPurpose(purpose)) throw new Refusal("not_found", "purpose");
  const done = await ports.storage.artifacts.find(model, browserSecret(ctx, ports) ?? "");
  if (done !== null && done.expiresAt > ports.clock() && (done.payload as Stored).purpose === purpose) return sendPage(ctx, ports, recoveryDonePage, { purpose, waysUrl: base, accountUrl: "/account" });
  ctx.status = 303;
  ctx.redirect(base);
}
