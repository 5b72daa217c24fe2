import type { Context, Middleware } from "koa";
import { networkOf, widerNetworksOf } from "./network.ts";
import type { WebPorts } from "./ports.ts";
import { type LimitPorts, sharedLimit } from "./rate-limit.ts";

/** Seconds for which what a beginning stores is kept: an interaction, or a session that nobody is signed in to. */
const window = 900;
const everybody = "all";
/** How much more than a network a wider one may begin, in which others may be, too: else who has many would take the beginnings of all. */
const wider = 16;

/**
 * Limits what anybody can have stored by a link alone: an authorization request leaves an interaction, a page
 * for a device's code or for signing out a session with the page's secret. All else that strangers can have
 * stored has limits of its own (docs/limits.md). An authorization request that is answered at once stores
 * nothing, and gives back what it took.
 */
export function beginnings(ports: LimitPorts & { readonly limits: Pick<WebPorts["limits"], "begun_per_network" | "begun"> }): Middleware {
  const ofNetwork = sharedLimit(ports, "begun by network", ports.limits.begun_per_network, window);
  const ofWider = sharedLimit(ports, "begun by wider network", ports.limits.begun_per_network * wider, window);
  const ofAll = sharedLimit(ports, "begun", ports.limits.begun, window);
  return async (ctx, next) => {
    if (!begins(ctx)) return next();
    const network = networkOf(ctx.ip);
    const around = widerNetworksOf(ctx.ip);
    await ofNetwork.consume(network);
    for (const each of around) await ofWider.consume(each);
    // Last: what is refused to one network must not be taken from all the others.
    await ofAll.consume(everybody, "service_unavailable");
    await next();
    if (hasStored(ctx)) return;
    await Promise.all([ofNetwork.giveBack(network), ...around.map((each) => ofWider.giveBack(each)), ofAll.giveBack(everybody)]);
  };
}

const begins = ({ method, path }: Context): boolean => method !== "POST" && ["/authorize", "/device", "/sign-out"].includes(path);

const hasStored = ({ path, res }: Context): boolean => path !== "/authorize" || String(res.getHeader("location") ?? "").includes("/interaction/");
