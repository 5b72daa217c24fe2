import { benchCertificate } from "./certificate.ts";
import { benchCrl } from "./crl.ts";
import { benchGrants } from "./grants.ts";
import { benchIntrospection } from "./introspection.ts";
import type { Measurement } from "./measurement.ts";
import { benchNodes } from "./nodes.ts";
import { benchReceipts } from "./receipts.ts";
import { benchRestore } from "./restore.ts";
import { benchScale } from "./scale.ts";
import { benchSdk } from "./sdk.ts";
import { benchSignals } from "./signals.ts";
import { benchSignIn } from "./signin.ts";
import { benchStart } from "./start.ts";
import { benchWatcher } from "./watcher.ts";

export interface Bench {
  /** In a line. */
  readonly measures: string;
  readonly run: () => Promise<Measurement[]>;
}

/** Every benchmark by its name, in the order they run in. */
export const benches: ReadonlyMap<string, Bench> = new Map([
  ["crl", { measures: "a CRL of 1,000,000 entries: first load, index, look-ups, restart", run: benchCrl }],
  ["signin", { measures: "complete sign-ins by passkey, beside bare oidc-provider", run: benchSignIn }],
  ["grants", { measures: "client credentials grants, beside bare oidc-provider and Debian's glewlwyd", run: benchGrants }],
  ["introspection", { measures: "introspections of a person's token, beside bare oidc-provider", run: benchIntrospection }],
  ["start", { measures: "the time until the first answer; resident memory then and after sign-ins", run: benchStart }],
  ["scale", { measures: "a sign-in where 1,000,000 people are known, beside one where 1,000 are", run: benchScale }],
  ["nodes", { measures: "sign-ins of two nodes on PostgreSQL, beside one node", run: benchNodes }],
  ["certificate", { measures: "a certificate's full verification, beside the bare signatures", run: benchCertificate }],
  ["watcher", { measures: "a new CRL compared with the evidence of 1,000,000 people", run: benchWatcher }],
  ["signals", { measures: "from a new CRL until the relying party of 100,000 people has heard of it", run: benchSignals }],
  ["sdk", { measures: "an enrolment by the SDK, beside the least that is possible by hand", run: benchSdk }],
  ["receipts", { measures: "a receipt's signature, beside a sign-in; a log's verification", run: benchReceipts }],
  ["restore", { measures: "20,000 people signed out after a restore", run: benchRestore }],
]);
