import type { Context } from "koa";
import { type AccountActivity, accountActivityPage } from "../../views/pages/index.ts";
import { Refusal } from "../errors.ts";
import { type Activity, listActivity, type PasskeyRecord } from "../people/index.ts";
import { partyOf } from "./account-services.ts";
import type { AccountSession } from "./account-session.ts";
import { sendPage } from "./context.ts";
import type { WebPorts } from "./ports.ts";

/** What happened to the person, a page at a time. @throws Refusal `invalid_request`. */
export async function showActivity(ctx: Context, ports: WebPorts, { person }: AccountSession): Promise<void> {
  const before = beforeOf(ctx);
  const { activities, next } = await listActivity(ports.storage.read, person, before);
  sendPage(ctx, ports, accountActivityPage, {
    activities: await Promise.all(activities.map((activity) => activityView(ports, person.passkeys, activity))),
    ...(next !== null && { olderUrl: `/account/activity?before=${next}` }),
    ...(before !== null && { latestUrl: "/account/activity" }),
  });
}

function beforeOf({ query: { before } }: Context): number | null {
  if (before === undefined) return null;
  if (typeof before !== "string" || !/^[0-9]{1,15}$/.test(before)) throw new Refusal("invalid_request", "before: a number");
  return Number(before);
}

async function activityView(ports: WebPorts, passkeys: readonly PasskeyRecord[], { id, kind, at, clientId, passkeyId, byOperator, isReportable }: Activity): Promise<AccountActivity> {
  const passkey = passkeys.find((each) => each.id === passkeyId)?.name ?? "";
  return {
    kind, at, byOperator,
    // An enrolment outside any service's request is for the issuer itself.
    ...(clientId !== null && clientId !== ports.issuer && { service: (await partyOf(ports, clientId)).name }),
    ...(passkey !== "" && { passkey }),
    ...(isReportable && { reportUrl: `/account/activity/${id}/report` }),
  };
}
