/**
 * Takes one step that changes a person and dies at the n-th statement that it sends to the database:
 * `node recovery-process.ts FILE STEP N`. Says `done` where the step ended before.
 */
import Database from "better-sqlite3";
import { confirmPasskey, proveTransaction, registerBrowserPasskey, registerPasskey } from "../../src/enrolment/index.ts";
import { SoftwareAuthenticator } from "../passkeys/software-authenticator.ts";
import { challenge, deviceKey, number, openStorage, origin, portsOf, proves, readProof, type StepName, token, transactionId } from "./recovery-state.ts";

const [, , file = "", step = "", last = ""] = process.argv;
const proof = proves(step as StepName) ? readProof(file) : null;
const ports = portsOf(openStorage(file), proof === null ? [] : [proof.anchor]);
const credential = new SoftwareAuthenticator().create({ challenge, rp: { id: "localhost", name: "Bridge" }, user: { id: "AAAA", name: "", displayName: "" }, pubKeyCredParams: [{ type: "public-key", alg: -7 }] }, origin);
const prove = async (): Promise<unknown> => {
  if (proof === null) throw new Error("no proof was prepared");
  const { certificate, previous, signature } = proof;
  return proveTransaction(ports, transactionId, deviceKey, { certificate, signature, device: null, attributes: null, previous: step === "renew" ? { certificate: previous, signature } : null });
};
const steps: Record<StepName, () => Promise<unknown>> = {
  proof: prove,
  hold: prove,
  release: prove,
  renew: prove,
  passkey: () => registerPasskey(ports, transactionId, deviceKey, credential),
  continuation: () => registerBrowserPasskey(ports, transactionId, token, credential),
  confirm: () => confirmPasskey(ports, transactionId, deviceKey, number),
};

dieAtStatement(Number(last));
await steps[step as StepName]();
process.stdout.write("done");
process.exit(0);

/** Every statement of every connection of this process passes here: nothing of it is the bridge's own. */
function dieAtStatement(limit: number): void {
  const statement = Object.getPrototypeOf(new Database(":memory:").prepare("SELECT 1")) as Record<string, (...parameters: unknown[]) => unknown>;
  let sent = 0;
  for (const name of ["run", "get", "all", "raw"]) {
    const original = statement[name];
    if (original === undefined) throw new Error(`statements have no ${name}`);
    statement[name] = function (this: unknown, ...parameters: unknown[]): unknown {
      if (name !== "raw") sent += 1;
      if (sent === limit) process.kill(process.pid, "SIGKILL");
      return original.apply(this, parameters);
    };
  }
}
