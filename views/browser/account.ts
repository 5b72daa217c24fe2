/** The account pages work without this: it only lets the browser forget passkeys that were removed. */
import { find } from "./page.ts";
import { forgetPasskey, keepOnly } from "./signals.ts";

const { rpId, userId, accepted, removed } = find("main").dataset;

if (rpId !== undefined && userId !== undefined && accepted !== undefined && removed !== undefined) {
  for (const credentialId of removed.split(" ").filter(Boolean)) await forgetPasskey(rpId, credentialId);
  // An empty list would make the browser drop every passkey: only a page that lists some may say so.
  if (accepted !== "") await keepOnly(rpId, userId, accepted.split(" "));
}
