import { expect, test } from "vitest";
import { renewPseudonym } from "../../src/people/index.ts";
import type { ProviderPorts } from "../../src/provider/ports.ts";
import { receiptStatement } from "../../src/provider/receipt-statement.ts";
import { contentHash } from "../../src/storage/receipt-hash.ts";
import { toSeconds } from "../../src/storage/index.ts";
import { at, client, sector, somebody } from "../people/lifecycle-fixture.ts";

const detail = {
  client, assurance_policy: "test-1", policy_sha256: "x", acr_values: [], asserted: { ial: 2, aal: 2, fal: 1, acr: "a", amr: ["pop"], auth_time: at },
  facts: {
    person: "active", evidence: null, binding: null, authenticator: null, session: { passkey: null, signature: null },
    client: { authentication: "none", request: "plain", senderConstrained: "none" },
  },
};

/** Somebody of whom something was asserted; who asks for the statement gets it, or the code of a refusal. */
async function asserted() {
  const who = await somebody();
  const id = await who.storage.recordReceipt({ kind: "assertion_issued", at, personId: who.personId, detail });
  const ports = { storage: who.storage, issuer: "https://bridge.example", clock: () => at + 60 } as unknown as ProviderPorts;
  const ask = async (): Promise<unknown> => receiptStatement(ports, { clientId: client, sector, scopes: new Set() }, id).then(() => "stated", (error: unknown) => (error as { code: unknown }).code);
  return { ...who, id, ask };
}

test("a relying party is not told the pseudonym that took the place of the one it knew", async () => {
  const { storage, personId, ask } = await asserted();
  expect(await ask()).toBe("stated");
  await renewPseudonym(storage, { personId, sector, clients: [client], at: at + 1 });
  expect(await ask()).toBe("not_found");
});

test("no statement rests on a record whose content is marked as forgotten", async () => {
  const { storage, id, ask } = await asserted();
  const row = await storage.read.receipt.findUnique({ where: { id } });
  if (row === null) throw new Error("no receipt");
  const forgottenContentHash = contentHash({ ...row, at: toSeconds(row.at) });
  await storage.transaction(({ data }) => data.receipt.update({ where: { id }, data: { forgottenContentHash } }));
  expect(await ask()).toBe("not_found");
});
