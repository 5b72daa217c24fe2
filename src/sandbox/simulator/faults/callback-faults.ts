import type { WireAnswer } from "../wire.ts";
import type { Fault } from "./fault.ts";

/** A change to the parameters with which the browser comes back to the relying party. */
function callback(name: string, description: string, expected: string, change: (parameters: URLSearchParams) => void): Fault {
  return { name, at: "authorize", description, expected, tamper: (answer) => withParameters(answer, change) };
}

function withParameters(answer: WireAnswer, change: (parameters: URLSearchParams) => void): WireAnswer {
  const location = answer.headers["location"];
  if (typeof location !== "string" || !URL.canParse(location)) return answer;
  const url = new URL(location);
  change(url.searchParams);
  return { ...answer, headers: { ...answer.headers, location: url.href } };
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
