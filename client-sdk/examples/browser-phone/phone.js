/** A page that plays the phone: the approval flow of the SDK, drawn with what a browser has. See README.md. */
import { JpkiApplet } from "@jpki-bridge/client-sdk/applet";
import { ApprovalFlow } from "@jpki-bridge/client-sdk/approval";
import { SoftwareSecureElement } from "@jpki-bridge/client-sdk/software";

/** @typedef {import("@jpki-bridge/client-sdk/approval").ApprovalState} ApprovalState */

/** What the person reads, by the code of the SDK or of the applet. */
/** @type {Record<string, string>} */
const sentences = {
  number_wrong: "That is not the number that the browser shows.",
  number_malformed: "Type the two digits that the browser shows.",
  pin_wrong: "The PIN is not right.",
  pin_malformed: "The PIN has four digits.",
  pin_last_try: "There is one try left.",
  passkey_not_created: "No passkey was made.",
  passkey_not_made_yet: "Make the passkey first.",
};

// The link was opened in this page: its secret leaves the address bar.
const link = location.href;
history.replaceState(null, "", location.pathname);

const { issuers, image } = await (await fetch("settings.json")).json();
const element = new SoftwareSecureElement(await (await fetch(image)).json());
const flow = ApprovalFlow.start(link, {
  issuers,
  language: document.documentElement.lang,
  medium: "smartphone",
  connect: ({ signal }) => JpkiApplet.select(element, { signal }),
  createCredential,
});

flow.subscribe(show);
show(flow.state);
for (const form of document.forms) form.addEventListener("submit", submit);

/** @type {import("@jpki-bridge/client-sdk").CreateCredential} */
async function createCredential(options, { signal }) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(/** @type {PublicKeyCredentialCreationOptionsJSON} */ (options));
  const credential = await navigator.credentials.create({ publicKey, ...(signal && { signal }) });
  if (!(credential instanceof PublicKeyCredential)) throw new Error("no passkey was made");
  return /** @type {RegistrationResponseJSON} */ (credential.toJSON());
}

/** @param {ApprovalState} state */
function show(state) {
  for (const part of all("[data-step]")) part.hidden = part.dataset["step"] !== state.step;
  all("[data-asks]").forEach((part) => (part.hidden = !("request" in state) || state.request === null));
  all("[data-cancel]").forEach((part) => (part.hidden = ["completed", "cancelled", "failed"].includes(state.step)));
  const facts = { ...("request" in state ? state.request : null), ...("progress" in state && { progress: state.progress }), problem: problemOf(state) };
  for (const [name, value] of Object.entries(facts)) all(`[data-text="${name}"]`).forEach((part) => (part.textContent = String(value)));
  if (state.step === "approval") all("[data-last-try]").forEach((part) => (part.hidden = !state.lastTry));
  if (state.step === "confirmation") all("[data-continuation]").forEach((part) => part.setAttribute("href", state.continuation.url));
  if (state.step === "failed") all("[data-retry]").forEach((part) => (part.hidden = !state.retry));
  if (state.step === "completed" && state.outcome.next === "return") location.assign(state.outcome.return_url);
}

/** @param {ApprovalState} state */
function problemOf(state) {
  if (state.step === "failed") return state.description ?? state.code;
  const problem = "problem" in state ? state.problem : null;
  const tries = "triesLeft" in state && state.triesLeft !== null ? ` Tries left: ${state.triesLeft}.` : "";
  return problem === null ? "" : `${sentences[problem] ?? problem}${tries}`;
}

/** @param {SubmitEvent} event */
function submit(event) {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const fields = new FormData(form);
  form.reset();
  act(event.submitter?.dataset["action"] ?? form.dataset["action"], String(fields.get("answer") ?? ""), fields.has("spendLastTry"));
}

/**
 * @param {string | undefined} action
 * @param {string} answer
 * @param {boolean} spendLastTry
 */
function act(action, answer, spendLastTry) {
  if (action === "agree") void flow.agree();
  if (action === "enterNumber") void flow.enterNumber(answer);
  if (action === "enterPin") void flow.enterPin(new TextEncoder().encode(answer.normalize("NFKC")), { spendLastTry });
  if (action === "createPasskey") void flow.createPasskey();
  if (action === "continueInBrowser") void flow.continueInBrowser();
  if (action === "confirm") void flow.confirm(answer);
  if (action === "retry") void flow.retry();
  if (action === "cancel") void flow.cancel();
}

/** @param {string} selector */
function all(selector) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))];
}
