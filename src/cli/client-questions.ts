import { createInterface } from "node:readline/promises";
import { redirectUriProblem } from "../relying-parties/index.ts";
import type { AddOptions } from "./client-options.ts";

/** Asks one question; the answer as it was typed, without the line end. */
export type Ask = (question: string) => Promise<string>;

/** Where the software usually ends a sign-in while it is being developed. */
const usualRedirects: Readonly<Record<string, string>> = {
  "openid-client": "http://localhost:8080/callback",
  apache: "http://localhost:8080/redirect_uri",
  authjs: "http://localhost:8080/api/auth/callback/jpki-bridge",
  spring: "http://localhost:8080/login/oauth2/code/jpki-bridge",
};

/** Asks, in plain words, for what the command line did not say. Enter alone takes what stands in brackets. */
export async function askForRegistration(given: string | undefined, options: AddOptions, ask: Ask): Promise<{ clientId: string; options: AddOptions }> {
  const question = asker(ask);
  const name = options.name ?? (await question("What is the service called? People see this name", "", (text) => (text === "" ? "it needs a name" : null)));
  const clientId = given ?? (await question("Its client id, by which programs know it", idFrom(name), (text) => (/^[A-Za-z0-9._~-]{1,64}$/.test(text) ? null : "letters, digits and . _ ~ -, 64 at most")));
  const software = options.for ?? [await question("Which software signs people in? openid-client, apache, authjs, spring, or other", "openid-client", among("openid-client", "apache", "authjs", "spring", "other"))];
  const [first = "other"] = software;
  const redirectUri = options.redirectUri ?? [await question("Where does the browser come back to after the sign-in?", usualRedirects[first] ?? "http://localhost:8080/callback", redirectUriProblem)];
  const canDoMore = first === "openid-client" || first === "other";
  const fapi = options.profile === undefined && options.auth === undefined && canDoMore && (await question("As strict as banks are (FAPI 2.0)? yes or no", "no", among("yes", "no"))) === "yes";
  const minimumIal = options.minimumIal ?? (await question("How surely must people be identified (IAL)? 1, 2 or 3; 3 is the My Number Card's own", "3", among("1", "2", "3")));
  const minimumAal = options.minimumAal ?? (await question("How strongly must they sign in (AAL)? 1, 2 or 3; 2 is any passkey", "2", among("1", "2", "3")));
  return { clientId, options: { ...options, name, redirectUri, minimumIal, minimumAal, for: software.filter((each) => each !== "other"), ...(fapi && { profile: "fapi2" }) } };
}

/** Asks until the answer will do. */
function asker(ask: Ask): (question: string, usual: string, problemOf: (answer: string) => string | null) => Promise<string> {
  return async (question, usual, problemOf) => {
    for (let hint = ""; ; ) {
      const typed = (await ask(`${hint}${question}${usual === "" ? "" : ` [${usual}]`}: `)).trim();
      const answer = typed === "" ? usual : typed;
      const problem = problemOf(answer);
      if (problem === null) return answer;
      hint = `  ${problem}\n`;
    }
  };
}

const among = (...words: readonly string[]) => (answer: string): string | null => (words.includes(answer) ? null : `one of ${words.join(", ")}`);

/** A client id from a name; `service` of a name without any Latin letter. */
function idFrom(name: string): string {
  const plain = name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 64);
  return plain === "" ? "service" : plain;
}

/** Runs something that may ask on the terminal. Questions go to stderr, so that what is printed can still be piped. */
export async function onTerminal<Result>(work: (ask: Ask) => Promise<Result>): Promise<Result> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new AbortController();
  terminal.once("close", () => closed.abort());
  try {
    return await work((question) => terminal.question(question, { signal: closed.signal }));
  } finally {
    terminal.close();
  }
}
