import type { Context } from "koa";
import type { AccountContext } from "../../views/pages/index.ts";

type Notice = NonNullable<AccountContext["notice"]>;

const notices: Readonly<Record<Notice, true>> = {
  renamed: true, removed: true, disconnected: true, added: true, forgotten: true, withheld: true,
  surrendered: true, suspended: true, unlinked: true, pseudonym_renewed: true, reported: true, reported_sessions: true,
};

/** What was just done, as the address says it: one of ours, or nothing. */
export function accountNotice(ctx: Context): { notice?: Notice } {
  const { notice } = ctx.query;
  return typeof notice === "string" && Object.hasOwn(notices, notice) ? { notice: notice as Notice } : {};
}
