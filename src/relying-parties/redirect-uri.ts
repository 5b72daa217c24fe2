/** Why a URI cannot be redirected to, or null: absolute https without fragment, http on loopback only. */
export function redirectUriProblem(text: string): string | null {
  // What a parser would strip or turn round is compared character by character later on.
  if (/[^\x21-\x7e]|\\/.test(text)) return "has characters that no URL may have (write them percent-encoded, host names in Punycode)";
  if (!URL.canParse(text)) return "not an absolute URL";
  const uri = new URL(text);
  if (text.includes("#")) return "has a fragment";
  if (uri.username !== "" || uri.password !== "") return "has user information";
  if (uri.hostname.includes("*")) return "has a wildcard: name each URI";
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(uri.hostname);
  if (uri.protocol !== "https:" && !(uri.protocol === "http:" && loopback)) return "must be https (http only on loopback)";
  return /^https?:\/\/[^/]/i.test(text) ? null : "not an absolute URL";
}
