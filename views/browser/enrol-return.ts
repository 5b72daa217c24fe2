/** The phone's app opened this page: hands its one-time code to the server and goes on. */
import type { Messages } from "../messages/index.ts";
import { NoConnection, postJson } from "./http.ts";
import { dataOf, say, sentences, showStage, takeFragment, warn } from "./page.ts";
import { sentenceOf } from "./sentence-of.ts";

const own = sentences<Messages["enrolReturn"]["script"]>();

async function goOn(): Promise<void> {
  const fragment = takeFragment();
  const txn = fragment.get("txn");
  const code = fragment.get("code");
  if (txn === null || code === null) {
    fail(own.incomplete);
    return;
  }
  say(own.working);
  try {
    const { location } = await postJson<{ location: string }>(dataOf("returnUrl"), { txn, code });
    window.location.assign(location);
  } catch (error) {
    // The code was not used: opening the page again may still take the person back.
    if (error instanceof NoConnection) window.history.replaceState(null, "", `#${fragment.toString()}`);
    fail(sentenceOf(error, { cancelled: own.incomplete, offline: own.offline }));
  }
}

function fail(sentence: string): void {
  showStage("failed");
  warn(sentence);
}

void goOn();
