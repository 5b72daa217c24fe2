import { z } from "zod";
import { ownAcr } from "../../assurance/vocabularies.ts";
import type { Clock } from "../../clock.ts";
import { ProblemError } from "./problem.ts";
import type { ProviderConnection } from "./provider-connection.ts";

const text = z.object({ ja: z.string(), en: z.string() });
const requirement = z.object({
  ial: z.number().optional(),
  aal: z.number().optional(),
  phishing_resistant: z.literal(true).optional(),
  hardware_bound: z.literal(true).optional(),
  status_checked_now: z.literal(true).optional(),
});
const crosswalk = z.object({
  scales: z.array(z.object({ vocabulary: z.string(), title: text, values: z.array(z.object({ acr: z.string().max(200), requires: requirement })).max(50) })).max(50),
});

/** The provider's table of levels that can be asked for. */
export type Crosswalk = z.infer<typeof crosswalk>;
export type Requirement = z.infer<typeof requirement>;

/** The document as the provider serves it. Throws `answer_not_trusted` when it is another. */
export function parseCrosswalk(document: unknown): Crosswalk {
  const parsed = crosswalk.safeParse(document);
  if (!parsed.success) throw new ProblemError({ code: "answer_not_trusted" });
  return parsed.data;
}

/** What the demo asks for unless the person chooses otherwise, and what it steps up to. */
export const defaultAcr = ownAcr(3, 2);
export const stepUpAcr = ownAcr(3, 3);

/** Seconds for which the table is kept. */
const freshness = 300;

/** Reads the crosswalk from the provider, and keeps it for a while. */
export function createCrosswalkReader(connection: ProviderConnection, clock: Clock): () => Promise<Crosswalk> {
  let kept: { readonly crosswalk: Crosswalk; readonly until: number } | undefined;
  return async () => {
    if (kept !== undefined && kept.until > clock()) return kept.crosswalk;
    kept = { crosswalk: parseCrosswalk(await connection.crosswalkDocument()), until: clock() + freshness };
    return kept.crosswalk;
  };
}

/** Whether the provider knows the value. */
export const offers = ({ scales }: Crosswalk, acr: string): boolean => scales.some(({ values }) => values.some((value) => value.acr === acr));
