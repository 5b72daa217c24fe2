import { openToken, type Signer } from "../signer.ts";
import type { WireAnswer } from "../wire.ts";
import type { Fault } from "./fault.ts";

type Change = (parameters: URLSearchParams) => void;

/** A change to the parameters with which the browser comes back to the relying party. */
function callback(name: string, description: string, expected: string, change: Change): Fault {
  return { name, at: "authorize", description, expected, tamper: (answer, { signer }) => withParameters(answer, signer, change) };
}

async function withParameters(answer: WireAnswer, signer: Signer, change: Change): Promise<WireAnswer> {
  const location = answer.headers["location"];
  if (typeof location !== "string" || !URL.canParse(location)) return answer;
  const url = new URL(location);
  const signed = url.searchParams.get("response");
  if (signed === null) change(url.searchParams);
  else url.searchParams.set("response", await withClaims(signed, signer, change));
  return { ...answer, headers: { ...answer.headers, location: url.href } };
}

/** A signed response (JARM) has the same parameters as claims, and a right signature whatever they say. */
async function withClaims(response: string, signer: Signer, change: Change): Promise<string> {
  const { header, claims } = openToken(response);
  const texts = Object.entries(claims).filter((claim): claim is [string, string] => typeof claim[1] === "string");
  const parameters = new URLSearchParams(texts);
  change(parameters);
  const kept = Object.fromEntries(Object.entries(claims).filter(([name, value]) => typeof value !== "string" || parameters.has(name)));
  return signer.byProvider({ header, claims: { ...kept, ...Object.fromEntries(parameters) } });
}

function errorResponse(error: string, description: string): Fault {
  return callback(error, description, `Tell the person in plain words, offer to try again; no session. The error is ${error}.`, (parameters) => {
    parameters.delete("code");
    parameters.set("error", error);
    parameters.set("error_description", "made up by the simulator");
  });
}

/** Faults of the authorization response. */
export const callbackFaults: readonly Fault[] = [
  callback("state_wrong", "The state is not the one that was sent: a callback of another browser.", "Refuse the callback before the code is used (RFC 6749 10.12).", (parameters) => parameters.set("state", "wrong")),
  callback("state_missing", "The state is missing.", "Refuse the callback.", (parameters) => parameters.delete("state")),
  callback("iss_wrong", "The callback names another issuer: a mix-up attack.", "Refuse the callback before the code is sent anywhere (RFC 9207 2.4).", (parameters) => parameters.set("iss", "https://attacker.example")),
  callback("iss_missing", "The callback names no issuer, although discovery announces it.", "Refuse the callback (RFC 9207 2.4).", (parameters) => parameters.delete("iss")),
  callback("code_wrong", "The code was made up: somebody guesses, or injects another's.", "The token endpoint answers invalid_grant: end the sign-in.", (parameters) => parameters.set("code", "made-up-by-the-simulator")),
  callback("code_missing", "Neither code nor error.", "Refuse the callback.", (parameters) => parameters.delete("code")),
  callback("state_twice", "A parameter is there twice.", "Refuse the callback (RFC 6749 3.1).", (parameters) => parameters.append("state", "second")),
  errorResponse("access_denied", "The person declined."),
  errorResponse("login_required", "Nobody is signed in, and nobody may be asked (prompt=none)."),
  errorResponse("unmet_authentication_requirements", "The level that was asked for cannot be reached."),
  errorResponse("temporarily_unavailable", "The bridge is overloaded or under repair."),
  errorResponse("server_error", "The bridge failed."),
];
