/** Follows what waits for approval, and shows the page anew when that changed. The page works without. */
import { getJson } from "./http.ts";
import { dataOf } from "./page.ts";

const interval = 3000;

async function follow(): Promise<void> {
  try {
    const { status } = await getJson<{ status: string }>(dataOf("statusUrl"));
    // Without what was just done, which is no news any more.
    if (status !== dataOf("status")) return window.location.replace(window.location.pathname);
  } catch {
    // No connection, too many questions, signed out meanwhile: the next look may do, and links still work.
  }
  window.setTimeout(() => void follow(), interval);
}

window.setTimeout(() => void follow(), interval);
