/** Opens the operator's console with the token of the address that the command printed. */
import { postJson } from "./http.ts";
import { dataOf, say, sentences, takeFragment, warn } from "./page.ts";

const words = sentences<{ waiting: string; refused: string }>();

say(words.waiting);
const token = takeFragment().get("token") ?? "";
try {
  const { location } = await postJson<{ location: string }>(dataOf("sessionUrl"), { token });
  window.location.replace(location);
} catch {
  warn(words.refused);
}
