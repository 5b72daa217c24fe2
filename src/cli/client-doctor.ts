import type { JWK } from "jose";
import { systemClock } from "../clock.ts";
import type { Configuration } from "../config.ts";
import type { Diagnosis, RelyingParty } from "../relying-parties/index.ts";
import { readJsonFile } from "./client-key.ts";
import { examine } from "./examination.ts";
import { coloured, exitCodes, print, printJson } from "./terminal.ts";
import type { AdministrationOptions } from "./with-storage.ts";

export interface DoctorOptions extends AdministrationOptions {
  readonly keyFile?: string;
}

/** Checks a registration, pushes a trial request, and says how to mend what is wrong. Ends with 4 when something is. */
export async function doctor(configuration: Configuration, party: RelyingParty, { keyFile, json }: DoctorOptions): Promise<void> {
  const key = keyFile === undefined ? undefined : (readJsonFile("--key-file", keyFile) as JWK);
  const findings = await examine(configuration, party, key, systemClock());
  if (json === true) printJson(findings);
  else for (const finding of findings) print(line(finding));
  if (findings.some(({ outcome }) => outcome === "problem")) process.exitCode = exitCodes.problems;
}

const marks = { ok: ["green", "ok       "], warning: ["yellow", "warning  "], problem: ["red", "problem  "], not_tried: ["dim", "not tried"] } as const;

function line({ check, outcome, finding, remedy }: Diagnosis): string {
  const [colour, mark] = marks[outcome];
  return `${coloured(colour, mark)}  ${check}: ${finding}${remedy === "" ? "" : `\n           ${remedy}`}`;
}
