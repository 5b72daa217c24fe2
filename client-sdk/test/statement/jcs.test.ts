import { describe, expect, test } from "vitest";
import { canonicalize, type JsonValue } from "../../src/statement/jcs.ts";

describe("canonicalize, by RFC 8785", () => {
  test.each<[string, string, string]>([
    [
      "3.2.2: the sample object",
      String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`,
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    ],
    [
      "3.2.3: names in the order of UTF-16 code units",
      String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
      `{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","\u{1F600}":"Emoji: Grinning Face","\uFB33":"Hebrew Letter Dalet With Dagesh"}`,
    ],
    ["integer-like names are strings too", `{"10":1,"9":2,"a":3,"A":4,"":5}`, `{"":5,"10":1,"9":2,"A":4,"a":3}`],
    ["nested", ` { "b" : [ { "d" : 1 , "c" : null } , [ ] , { } ] , "a" : "" } `, `{"a":"","b":[{"c":null,"d":1},[],{}]}`],
    ["a member named __proto__", `{"__proto__":1,"a":2}`, `{"__proto__":1,"a":2}`],
  ])("%s", (_, input, expected) => {
    expect(canonicalize(JSON.parse(input))).toBe(expected);
  });

  test.each<[string, string]>([
    ["\b\t\n\f\r", String.raw`"\b\t\n\f\r"`],
    ["\u0000\u001f", String.raw`"\u0000\u001f"`],
    ["\u007f\u2028\u2029", `"\u007f\u2028\u2029"`],
    ["/<>&'", `"/<>&'"`],
    [`"\\`, String.raw`"\"\\"`],
    ["日本語\u{20BB7}", `"日本語\u{20BB7}"`],
  ])("string %j", (text, expected) => {
    expect(canonicalize(text)).toBe(expected);
  });

  // Appendix B.
  test.each<[string, string]>([
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["41b3de4355555557", "333333333.33333343"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("number of IEEE 754 bits %s", (bits, expected) => {
    expect(canonicalize(Buffer.from(bits, "hex").readDoubleBE())).toBe(expected);
  });

  test.each<[string, JsonValue]>([
    ["NaN", Number.NaN],
    ["an infinity", Number.NEGATIVE_INFINITY],
    ["a lone high surrogate", "a\uD800"],
    ["a lone low surrogate in a name", { "\uDC00": 1 }],
  ])("refuses %s", (_, value) => {
    expect(() => canonicalize(value)).toThrow(TypeError);
  });
});
