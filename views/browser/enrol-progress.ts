/** Follows an enrolment from the browser that opened it, and goes on when the phone is done. */
import type { Messages } from "../messages/index.ts";
import type { EnrolmentState } from "../pages/enrol-progress.ts";
import { getJson, ServerRefusal } from "./http.ts";
import { dataOf, find, say, sentences, showStage, warn } from "./page.ts";

interface Progress {
  readonly state: EnrolmentState;
  readonly number?: string;
  readonly location?: string;
  readonly error?: string;
  readonly error_description?: string;
}

const interval = 1500;
const ended: readonly EnrolmentState[] = ["complete", "failed", "expired", "cancelled"];

const own = sentences<Messages["enrolProgress"]["script"]>();
let shown = dataOf("state");

/** Shows how things stand; `true` when there is nothing more to wait for. */
function show(progress: Progress): boolean {
  const { state, number, location, error_description } = progress;
  if (location !== undefined) {
    say(own[state]);
    window.location.assign(location);
    return true;
  }
  if (number !== undefined) find("[data-number]").textContent = number;
  if (state !== shown) showStage(state);
  shown = state;
  if (error_description === undefined) say(own[state]);
  else warn(error_description);
  return ended.includes(state);
}

/** One look; `true` when there is nothing more to wait for. */
async function look(): Promise<boolean> {
  try {
    return show(await getJson<Progress>(dataOf("statusUrl")));
  } catch (error) {
    if (!(error instanceof ServerRefusal)) {
      say(own.offline);
      return false;
    }
    if (error.code === "rate_limited" || error.code === "service_unavailable") return false;
    return show({ state: "failed", error: error.code, error_description: error.sentence });
  }
}

async function follow(): Promise<void> {
  if (await look()) return;
  window.setTimeout(() => void follow(), interval);
}

if (!ended.some((state) => state === shown)) void follow();
