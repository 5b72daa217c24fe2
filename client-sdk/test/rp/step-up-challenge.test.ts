import { describe, expect, test } from "vitest";
import { parseStepUpChallenge, stepUpChallenge } from "../../src/rp/index.ts";

describe("a challenge", () => {
  const rows: [name: string, asked: Parameters<typeof stepUpChallenge>[0], header: string][] = [
    ["for levels", { acrValues: ["urn:a", "b"] }, 'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="urn:a b"'],
    ["for freshness", { maxAge: 5 }, 'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", max_age="5"'],
    ["for both, of a bound token", { acrValues: ["a"], maxAge: 0, scheme: "DPoP" }, 'DPoP error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="a", max_age="0"'],
  ];
  test.for(rows)("%s", ([, asked, header]) => {
    expect(stepUpChallenge(asked)).toBe(header);
    const { acrValues, maxAge } = asked;
    expect(parseStepUpChallenge(header)).toEqual({ ...(acrValues && { acr_values: acrValues.join(" ") }), ...(maxAge !== undefined && { max_age: String(maxAge) }) });
  });

  const wrong: [name: string, asked: Parameters<typeof stepUpChallenge>[0]][] = [
    ["for nothing", {}],
    ["a quote", { acrValues: ['a", max_age="0'] }],
    ["a line break", { acrValues: ["a\r\nSet-Cookie: b"] }],
    ["a space", { acrValues: ["a b"] }],
    ["an empty value", { acrValues: [""] }],
    ["a negative age", { maxAge: -1 }],
    ["half a second", { maxAge: 0.5 }],
  ];
  test.for(wrong)("is not made of %s", ([, asked]) => expect(() => stepUpChallenge(asked)).toThrow(TypeError));
});

describe("parsing WWW-Authenticate", () => {
  const rows: [name: string, header: string, parameters: object | null][] = [
    ["of RFC 9470", 'Bearer error="insufficient_user_authentication", error_description="A different authentication level is required", acr_values="myACR"', { acr_values: "myACR" }],
    ["unquoted", "Bearer error=insufficient_user_authentication,max_age=5", { max_age: "5" }],
    ["spaces and capitals", 'BEARER  Error = "insufficient_user_authentication" , ACR_VALUES="a b"', { acr_values: "a b" }],
    ["the second of two challenges", 'Basic realm="a", DPoP error="insufficient_user_authentication", max_age="1"', { max_age: "1" }],
    ["after a token of another scheme", 'Negotiate abc==, Bearer error="insufficient_user_authentication", acr_values="a"', { acr_values: "a" }],
    ["an escaped quote", 'Bearer realm="a\\", max_age=\\"9", error="insufficient_user_authentication", max_age="1"', { max_age: "1" }],
    ["another challenge's parameters are not its own", 'Bearer error="insufficient_user_authentication", acr_values="a", DPoP max_age="1"', { acr_values: "a" }],
    ["the first of a name counts", 'Bearer error="insufficient_user_authentication", acr_values="a", acr_values="b"', { acr_values: "a" }],
    ["an age that is none is left out", 'Bearer error="insufficient_user_authentication", acr_values="a", max_age="-1"', { acr_values: "a" }],
    ["asks for nothing", 'Bearer error="insufficient_user_authentication"', null],
    ["another error", 'Bearer error="invalid_token", acr_values="a"', null],
    ["a bare scheme", "Bearer", null],
    ["words in a description", 'Bearer error="invalid_token", error_description="insufficient_user_authentication, acr_values=a"', null],
    ["empty", "", null],
  ];
  test.for(rows)("%s", ([, header, parameters]) => expect(parseStepUpChallenge(header)).toEqual(parameters));

  test("a long header takes no time", () => {
    const started = performance.now();
    expect(parseStepUpChallenge(`Bearer ${"a ".repeat(8000)}${"b=".repeat(8000)}"`)).toBeNull();
    expect(performance.now() - started).toBeLessThan(500);
  });
});
