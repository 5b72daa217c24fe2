import { describe, expect, test } from "vitest";
import { type AssuranceRequirements, checkAssurance } from "../../src/rp/index.ts";

const now = 1_800_000_000;
const evidence = { kind: "jpki_user_authentication", medium: "card", verified_at: now - 86_400, status: "good", status_source: "ocsp", status_time: now - 100 };
const assurance = { evidence, authenticator: { kind: "passkey" }, binding: { bound_at: now - 86_400, ial: 3, aal: 2 }, policy: "1" };
const claims = { ial: 3, aal: 2, fal: 2, acr: "urn:jpki-bridge:ial3-aal2", auth_time: now - 50, assurance };

describe("what is required and told", () => {
  const rows: [name: string, requirements: AssuranceRequirements, told: Record<string, unknown>][] = [
    ["nothing", {}, {}],
    ["every level, reached exactly", { ial: 3, aal: 2, fal: 2 }, claims],
    ["lower levels", { ial: 1, aal: 1, fal: 1 }, claims],
    ["an acr of several", { acr: ["aal3", "urn:jpki-bridge:ial3-aal2"] }, claims],
    ["ages at their limits", { maximumAge: 20, maximumStatusAge: 70 }, claims],
    ["a policy of several", { policy: ["0", "1"] }, claims],
    ["a binding", { bindingAal: 2 }, claims],
    ["a binding, of a card that signed itself", { bindingAal: 3 }, { ...claims, assurance: { ...assurance, authenticator: { kind: "jpki_card" }, binding: undefined } }],
  ];
  test.for(rows)("%s", ([, requirements, told]) => expect(checkAssurance(told, requirements, now)).toEqual({ satisfied: true }));
});

describe("what is required and not told", () => {
  const rows: [name: string, requirements: AssuranceRequirements, told: Record<string, unknown>, failures: [string, unknown][]][] = [
    ["a lower IAL", { ial: 3 }, { ...claims, ial: 2 }, [["ial", 2]]],
    ["a lower AAL", { aal: 3 }, claims, [["aal", 2]]],
    ["a lower FAL", { fal: 3 }, claims, [["fal", 2]]],
    ["several", { ial: 3, aal: 3, fal: 3 }, { ...claims, ial: 1 }, [["ial", 1], ["aal", 2], ["fal", 2]]],
    ["no levels at all", { ial: 1, aal: 1, fal: 1 }, {}, [["ial", undefined], ["aal", undefined], ["fal", undefined]]],
    ["a level as text", { ial: 1 }, { ial: "3" }, [["ial", "3"]]],
    ["a level that there is not", { ial: 1 }, { ial: 4 }, [["ial", 4]]],
    ["another acr", { acr: ["aal3"] }, claims, [["acr", "urn:jpki-bridge:ial3-aal2"]]],
    ["an acr that begins alike", { acr: ["aal3"] }, { acr: "aal33" }, [["acr", "aal33"]]],
    ["no acr will do", { acr: [] }, claims, [["acr", "urn:jpki-bridge:ial3-aal2"]]],
    ["an authentication too long ago", { maximumAge: 19 }, claims, [["maximumAge", now - 50]]],
    ["an authentication in the future", { maximumAge: 3600 }, { auth_time: now + 31 }, [["maximumAge", now + 31]]],
    ["no time of authentication", { maximumAge: 3600 }, {}, [["maximumAge", undefined]]],
    ["a status too old", { maximumStatusAge: 69 }, claims, [["maximumStatusAge", now - 100]]],
    ["a status that is not good", { maximumStatusAge: 300 }, { assurance: { evidence: { ...evidence, status: "revoked" } } }, [["maximumStatusAge", "revoked"]]],
    ["no evidence", { maximumStatusAge: 300 }, { assurance: {} }, [["maximumStatusAge", undefined]]],
    ["a passkey bound lower", { bindingAal: 3 }, claims, [["bindingAal", 2]]],
    ["a passkey bound nobody knows how", { bindingAal: 1 }, { assurance: { authenticator: { kind: "passkey" } } }, [["bindingAal", undefined]]],
    ["another policy", { policy: ["2"] }, claims, [["policy", "1"]]],
    ["an assurance that is null", { policy: ["1"] }, { assurance: null }, [["policy", undefined]]],
  ];
  test.for(rows)("%s", ([, requirements, told, failures]) =>
    expect(checkAssurance(told, requirements, now)).toEqual({ satisfied: false, failures: failures.map(([requirement, actual]) => ({ requirement, actual })) }),
  );
});
