/** Waiting for the person: for a form to be sent, for one of two buttons, until a step succeeds. */
import type { Messages } from "../../messages/index.ts";
import { find, say, showStage, warn } from "../page.ts";
import { failureOf } from "./failure.ts";

type Own = Messages["phone"]["script"];

/** A step failed in a way that ends the journey. Its sentence has been shown. */
export class JourneyOver extends Error {}

/** Forms of this page are read by its module and never sent. */
export function keepForms(): void {
  for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());
}

/** The fields of a form, the next time it is sent. */
export function nextSubmission(selector: string): Promise<FormData> {
  const form = find<HTMLFormElement>(selector);
  return new Promise((resolve) => form.addEventListener("submit", () => resolve(new FormData(form)), { once: true }));
}

/** The selector of the button that is pressed first. */
export function nextClick(...selectors: readonly string[]): Promise<string> {
  return Promise.race(selectors.map((selector) => new Promise<string>((resolve) => find(selector).addEventListener("click", () => resolve(selector), { once: true }))));
}

/** Runs a step that begins by asking the person, again and again while its failure allows that. */
export async function untilDone<Result>(own: Own, step: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (error instanceof JourneyOver) throw error;
      const { sentence, again } = failureOf(error, own);
      if (!again) end(sentence);
      warn(sentence);
    }
  }
}

/** Shows a stage and empties its first field for the person to type in. */
export function ask(stage: string): void {
  say("");
  showStage(stage);
  const field = document.querySelector<HTMLInputElement>(`[data-when="${stage}"] input`);
  if (field === null) return;
  field.value = "";
  field.focus();
}

/** Shows that the journey is over, and why. */
export function showEnd(sentence: string): void {
  showStage("failed");
  warn(sentence);
}

/** Ends the journey from inside one of its steps. */
export function end(sentence: string): never {
  showEnd(sentence);
  throw new JourneyOver(sentence);
}
