/** The page that a module works on: its data, its stages and the two places where it speaks. */

/** The first element that matches. The page and its module are made together: a missing one is our mistake. */
export function find<Kind extends HTMLElement = HTMLElement>(selector: string): Kind {
  const element = document.querySelector<Kind>(selector);
  if (element === null) throw new Error(`no ${selector} in this page`);
  return element;
}

/** A `data-…` attribute of `<main>`, by its camel-case name. */
export function dataOf(name: string): string {
  const value = find("main").dataset[name];
  if (value === undefined) throw new Error(`main has no data ${name}`);
  return value;
}

/** The sentences that the page hands to its module. */
export function sentences<Section extends Readonly<Record<string, string>>>(name = "messages"): Section {
  return JSON.parse(dataOf(name)) as Section;
}

/** Says how things stand: politely read out, and clears what was wrong before. */
export function say(sentence: string): void {
  write("[data-status]", sentence);
  write("[data-alert]", "");
}

/** Says what went wrong: read out at once. */
export function warn(sentence: string): void {
  write("[data-status]", "");
  write("[data-alert]", sentence);
}

/** Leaves a sentence alone that is there already, so that it is not read out again. */
function write(selector: string, sentence: string): void {
  const element = find(selector);
  if (element.textContent !== sentence) element.textContent = sentence;
}

/** Shows the parts made for a stage and hides the others; a part with a title gives it to the page. */
export function showStage(stage: string): void {
  find("main").dataset["state"] = stage;
  for (const part of document.querySelectorAll<HTMLElement>("[data-when]")) {
    const shown = part.dataset["when"]?.split(" ").includes(stage) === true;
    part.hidden = !shown;
    if (shown && part.dataset["title"] !== undefined) retitle(part.dataset["title"]);
  }
  // Whoever was on a control that is gone goes on from the start of the page's content.
  if (document.activeElement?.closest("[hidden]")) find("main").focus();
}

function retitle(title: string): void {
  const heading = find("[data-heading]");
  document.title = document.title.replace(heading.textContent, title);
  heading.textContent = title;
}

/** Puts the values into `{name}` places of a sentence. */
export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** Two sentences side by side: English puts a space between them, Japanese none. */
export function joined(first: string, second: string): string {
  return document.documentElement.lang === "ja" ? first + second : `${first} ${second}`;
}

/**
 * The values in the address's fragment, taken out of the address bar and history since they are
 * secrets. The link to the other language keeps them until they are used.
 */
export function takeFragment(): URLSearchParams {
  const { hash, pathname, search } = window.location;
  window.history.replaceState(null, "", `${pathname}${search}`);
  const language = document.querySelector<HTMLAnchorElement>("[data-language]");
  if (language !== null) language.hash = hash;
  return new URLSearchParams(hash.slice(1));
}

/** Keeps a control from being used twice while `work` is going on. */
export async function whileBusy(control: HTMLElement, work: () => Promise<void>): Promise<void> {
  if (control.ariaDisabled === "true") return;
  control.ariaDisabled = "true";
  try {
    await work();
  } finally {
    control.ariaDisabled = "false";
  }
}
