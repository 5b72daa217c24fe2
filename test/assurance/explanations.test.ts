import { expect, test } from "vitest";
import { assure, defaultPolicy, explanations, reasonsFor } from "../../src/assurance/index.ts";
import { evidence, facts, hardware, now, status } from "./facts.ts";

test("each level with the rule that gave it and the fact that capped it, in both languages", () => {
  const { ial, aal, fal } = reasonsFor(assure(facts({ evidence: evidence({ status: status({ status: "revoked" }) }) }), now, defaultPolicy));
  expect(ial).toEqual({
    level: 1, rule: "pseudonym", cap: "evidence_revoked",
    because: { ja: "いまの本人確認の裏づけとなる証明書がありません。", en: "No certificate says who this is at present." },
    cappedBecause: { ja: "証明書は失効しています。", en: "The certificate was revoked." },
  });
  expect(aal).toMatchObject({ level: 2, rule: "passkey_user_verified", cap: "backup_eligible" });
  expect(fal).toMatchObject({ level: 3, rule: "key_bound_assertion" });
});

test("at the top nothing caps", () => {
  for (const reason of Object.values(reasonsFor(assure(facts({ authenticator: hardware }), now, defaultPolicy)))) {
    expect(reason.level).toBe(3);
    expect(reason).not.toHaveProperty("cap");
    expect(reason).not.toHaveProperty("cappedBecause");
  }
});

test("every code has a sentence in both languages", () => {
  const sentences = [...Object.values(explanations.rules), ...Object.values(explanations.caps)];
  expect(sentences).toHaveLength(36);
  for (const { ja, en } of sentences) {
    expect(ja).toMatch(/。$/);
    expect(en).toMatch(/^[A-Z].*\.$/);
  }
});
