/**
 * Writes docs/lifecycle.md from src/people/lifecycle-states.ts and src/people/phone-events.ts
 * (`npm run docs`). A test compares the two, so the page is never older than the program.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { transitions } from "../src/people/lifecycle-states.ts";
import { type Act, acts, phoneEvents } from "../src/people/phone-events.ts";

/** The page, in Markdown. */
export function lifecyclePage(): string {
  return [introduction, ...Object.entries(machines).map(([name, { title, remarks, initial }]) => section(title, name as keyof typeof transitions, initial, remarks)), eventsSection(), actsSection(), operators].join("\n");
}

const introduction = `# Lifecycle

Made from \`src/people/lifecycle-states.ts\` and \`src/people/phone-events.ts\` by \`npm run docs\`; do not edit.

A person has certificates on record (evidence) and passkeys made with them. Each changes by the transitions drawn here and by no other: the function of a transition takes the states it may start from, so that an illegal one does not compile; where two might do the same at once, a conditional update names those states. What a status source says of a certificate is taken up by the rules in \`src/people/evidence-status.ts\`. Every transition writes a receipt and tells the services that are connected, in the transaction in which it happens.
`;

const machines: Readonly<Record<keyof typeof transitions, { readonly title: string; readonly initial: string; readonly remarks: string }>> = {
  person: {
    title: "The person", initial: "active",
    remarks: "A hold that only the operator lifts may take the place of one that a signature lifts, not the other way round. Of an erased person nothing is left but that there was one, and the receipts until they are forgotten (`retention`); a certificate presented later makes a new person.",
  },
  evidence: {
    title: "A certificate on record", initial: "good",
    remarks: "`reinstate`: the person ended the link with the certificate that had taken its place; it is again what its status says. A status that fell between two looks is recorded as it is found. What is superseded or ended speaks for nobody and is not watched. A certificate whose link was ended is never linked to the same person again.",
  },
  passkey: {
    title: "A passkey", initial: "pending",
    remarks: "A passkey waits until the app that holds the transaction's key has confirmed it; made over that app's own channel, it is active at once.",
  },
};

function section(title: string, machine: keyof typeof transitions, initial: string, remarks: string): string {
  const arrows = Object.entries<{ readonly from: readonly string[]; readonly to: string }>(transitions[machine]).flatMap(([name, { from, to }]) =>
    from.filter((state) => state !== to || machine === "person").map((state) => `  ${state} --> ${to}: ${name.replaceAll("_", " ")}`),
  );
  return [`## ${title}\n`, "```mermaid", "stateDiagram-v2", `  [*] --> ${initial}`, ...arrows, "```\n", `${remarks}\n`].join("\n");
}

function eventsSection(): string {
  const rows = Object.values(phoneEvents).map(({ happens, acts: names }) => `| ${happens} | ${names.map((name) => `[${titleOf(name)}](#${name.replaceAll("_", "-")})`).join(", ")} |`);
  return ["## The seven events of a phone\n", "| what happens | what is done |", "|---|---|", ...rows, ""].join("\n");
}

function actsSection(): string {
  const sections = Object.entries<Act>(acts).flatMap(([name, { who, proof, falls, stays, hears }]) => [
    `### ${titleOf(name)}\n`, "| | |", "|---|---|",
    `| who | ${who} |`, `| proof | ${proof} |`, `| falls | ${falls} |`, `| stays | ${stays} |`, `| services hear | ${hears.map((heard) => `\`${heard}\``).join(", ")} |`, "",
  ]);
  return ["## What is done\n", "No e-mail and no help desk gives anybody a passkey. Beside what stands here services hear of what differs in the case at hand: a certificate that came with a recovery, a level that it gives.\n", ...sections].join("\n");
}

const titleOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

const operators = `## What an operator may do

By \`npx jpki-bridge person\`; every command takes \`--reason\`, and names the operator by \`--operator\` or the system's user. Both are in the receipt. A person is found by the pairwise subject that a service knows, by a receipt's id, or by the id inside the bridge.

| command | does |
|---|---|
| \`person show <person>\` | states, dates, media, the bridge's own ids. No name, no certificate, no service. The look itself is a receipt, also one that finds nobody |
| \`person hold <person>\` | a hold; \`--release-by operator\` keeps its release to the operator |
| \`person release <person>\` | lifts a hold that only the operator lifts, and no other: nobody talks a call centre into it |
| \`person recover <person>\` | ends every passkey, session and grant: the person comes back by a JPKI signature |
| \`person erase <person> --yes\` | erases for good |
| \`person reviews\`, \`person review approve / deny <review>\` | recoveries whose certificate nobody knows, and whose holder states the same basic four attributes as one person on record. The operator sees ids, medium and dates. Approved, the next recovery with that certificate within two weeks brings the person back |

Exit codes: 0 done, 2 wrong usage (also without a reason), 3 refused.
`;

if (import.meta.main) writeFileSync(path.join(import.meta.dirname, "lifecycle.md"), lifecyclePage());
