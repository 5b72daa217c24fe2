/** One finding about a registration, and how to mend it. */
export interface Diagnosis {
  readonly check: string;
  readonly outcome: "ok" | "warning" | "problem" | "not_tried";
  readonly finding: string;
  /** What to do; empty when nothing is to be done. */
  readonly remedy: string;
}

export const ok = (check: string, finding: string): Diagnosis => ({ check, outcome: "ok", finding, remedy: "" });
export const warning = (check: string, finding: string, remedy: string): Diagnosis => ({ check, outcome: "warning", finding, remedy });
export const problem = (check: string, finding: string, remedy: string): Diagnosis => ({ check, outcome: "problem", finding, remedy });
export const notTried = (check: string, finding: string, remedy: string): Diagnosis => ({ check, outcome: "not_tried", finding, remedy });
