import { describe, expect, test } from "vitest";
import { acrClaimProblem, askedAcr, requirementOf } from "../../src/provider/asking.ts";

const acr = (value: unknown): Record<string, unknown> => ({ claims: JSON.stringify({ id_token: { acr: value } }) });
const none = { necessary: [], voluntary: [] };

describe("what a request asks for", () => {
  const rows: [string, Record<string, unknown>, { necessary: string[]; voluntary: string[] }][] = [
    ["nothing", {}, none],
    ["acr_values in their order", { acr_values: "b a" }, { necessary: ["b", "a"], voluntary: [] }],
    ["with loose spaces", { acr_values: "  b   a " }, { necessary: ["b", "a"], voluntary: [] }],
    ["acr_values that are no text", { acr_values: ["a"] }, none],
    ["an essential value", acr({ value: "a", essential: true }), { necessary: ["a"], voluntary: [] }],
    ["essential values", acr({ values: ["a", "b"], essential: true }), { necessary: ["a", "b"], voluntary: [] }],
    ["an essential value before values", acr({ value: "c", values: ["a"], essential: true }), { necessary: ["c", "a"], voluntary: [] }],
    ["a voluntary value", acr({ value: "a" }), { necessary: [], voluntary: ["a"] }],
    ["voluntary values", acr({ values: ["a", "b"], essential: false }), { necessary: [], voluntary: ["a", "b"] }],
    ["the essential claim before the parameter", { acr_values: "x", ...acr({ value: "a", essential: true }) }, { necessary: ["a"], voluntary: ["x"] }],
    ["the parameter before the voluntary claim", { acr_values: "x", ...acr({ value: "a" }) }, { necessary: ["x"], voluntary: ["a"] }],
    ["an essential claim without values leaves the parameter", { acr_values: "x", ...acr({ essential: true }) }, { necessary: ["x"], voluntary: [] }],
    ["a null claim", { acr_values: "x", ...acr(null) }, { necessary: ["x"], voluntary: [] }],
    ["claims already parsed", { claims: { id_token: { acr: { value: "a", essential: true } } } }, { necessary: ["a"], voluntary: [] }],
    ["claims of userinfo only", { claims: JSON.stringify({ userinfo: { acr: { value: "a", essential: true } } }) }, none],
    ["claims that are null", { claims: "null" }, none],
  ];
  test.each(rows)("%s", (_name, parameters, expected) => expect(askedAcr(parameters)).toEqual(expected));
});

describe("an acr claim that cannot be meant", () => {
  const rows: [string, unknown, string | null][] = [
    ["nothing", undefined, null],
    ["null", null, null],
    ["essential alone", { essential: true }, null],
    ["a value", { essential: true, value: "a" }, null],
    ["values", { values: ["a"] }, null],
    ["essential as text", { essential: "true", value: "a" }, "claims.id_token.acr.essential: true or false"],
    ["a number for a value", { value: 3 }, "claims.id_token.acr.value: a string"],
    ["text for values", { values: "a" }, "claims.id_token.acr.values: strings"],
    ["no values", { values: [] }, "claims.id_token.acr.values: strings"],
    ["values of another kind among them", { values: ["a", 1] }, "claims.id_token.acr.values: strings"],
  ];
  test.each(rows)("%s", (_name, claim, problem) => expect(acrClaimProblem({ id_token: { acr: claim } })).toBe(problem));
});

describe("request and registration together", () => {
  const rows: [string, Record<string, unknown>, object][] = [
    ["nothing", {}, { acr: ["a"] }],
    ["all of it", { minimum_ial: 3, minimum_aal: 2, maximum_status_age: 60 }, { acr: ["a"], minimumIal: 3, minimumAal: 2, maximumStatusAge: 60 }],
    ["no age at all", { maximum_status_age: 0 }, { acr: ["a"], maximumStatusAge: 0 }],
    ["no levels", { minimum_ial: 4, minimum_aal: "2", maximum_status_age: "60" }, { acr: ["a"] }],
  ];
  test.each(rows)("a registration with %s", (_name, metadata, expected) => expect(requirementOf({ acr_values: "a" }, metadata)).toEqual(expected));
});
