/** What can go wrong with one request on its way to the bridge and back. */

/** One request on its way. */
export interface Passage {
  /** Carries it to the bridge, and its answer back. */
  send(): Promise<Response>;
  /** Once whoever asked has stopped waiting. */
  readonly givenUp: Promise<void>;
}

export type HttpFault = (passage: Passage) => Promise<Response>;

export interface HttpFaultRow {
  readonly name: string;
  readonly fault: HttpFault;
  /** What an app comes to that insists, when it is this step's request. */
  outcome(step: string): RegExp;
  /** Seconds that the bridge has, where the fault is a matter of time: on a busy machine another step may be late, too. */
  readonly answerWithin?: number;
}

const completed = (): RegExp => /^completed$/u;
const answerMalformed = (): RegExp => /^answer_malformed$/u;
/** The bridge took the step and gives its answer once; where that is not what matters, the step's outcome is found. */
const unlessGivenOnce = (step: string): RegExp => {
  if (step === "claim") return /^answer_lost$/u;
  return step === "statement" ? /^answer_lost$/u : completed();
};
/** What comes late may come between the steps of another try, and use up its challenge. */
const inWhateverTime = (): RegExp => /^(?:completed|answer_lost|transaction_wrong_state|passkey_challenge_unknown|network_error)$/u;
const impatient = 0.25;

const never = (): Promise<Response> => new Promise(() => undefined);
const noNetwork = (): Promise<Response> => Promise.reject(new TypeError("fetch failed"));
const html = (status: number): Response => new Response("<html><title>not the bridge</title></html>", { status, headers: { "content-type": "text/html" } });
const json = (text: string): Response => new Response(text, { status: 200, headers: { "content-type": "application/json" } });

/** The connection breaks in the middle of the answer. */
function broken(text: string): Response {
  const half = new TextEncoder().encode(text.slice(0, text.length / 2));
  let isSent = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (isSent) controller.error(new TypeError("terminated"));
      else controller.enqueue(half);
      isSent = true;
    },
  });
  return new Response(body, { status: 200 });
}

export const httpFaults: readonly HttpFaultRow[] = [
  { name: "lost before it is sent", outcome: completed, fault: noNetwork },
  { name: "a proxy's 502, not carried", outcome: completed, fault: async () => html(502) },
  { name: "never carried, never answered", outcome: inWhateverTime, fault: never, answerWithin: impatient },
  { name: "answer lost", outcome: unlessGivenOnce, fault: async ({ send }) => { await send(); return noNetwork(); } },
  { name: "a proxy's 504, carried", outcome: unlessGivenOnce, fault: async ({ send }) => { await send(); return html(504); } },
  { name: "connection broken in the answer", outcome: unlessGivenOnce, fault: async ({ send }) => { const answer = await send(); return broken(await answer.text()); } },
  { name: "answered too late", outcome: inWhateverTime, fault: async ({ send, givenUp }) => { const answer = await send(); await givenUp; return answer; }, answerWithin: impatient },
  { name: "carried once nobody waits for it", outcome: inWhateverTime, fault: async ({ send, givenUp }) => { await givenUp; return send(); }, answerWithin: impatient },
  { name: "carried twice, answered by the first", outcome: completed, fault: async ({ send }) => { const answer = await send(); await send(); return answer; } },
  { name: "carried twice, answered by the second", outcome: unlessGivenOnce, fault: async ({ send }) => { await send(); return send(); } },
  { name: "JSON cut short", outcome: unlessGivenOnce, fault: async ({ send }) => { const text = await (await send()).text(); return json(text.slice(0, text.length / 2)); } },
  { name: "another answer, of no member", outcome: answerMalformed, fault: async ({ send }) => { await send(); return json("{}"); } },
  { name: "empty answer", outcome: unlessGivenOnce, fault: async ({ send }) => { await send(); return json(""); } },
  { name: "a page of the network's own, not carried", outcome: completed, fault: async () => html(200) },
];
