import { describe, expect, test } from "vitest";
import { catalogue } from "../../src/errors.ts";
import { readDocument, tableUnder } from "./markdown.ts";

const document = readDocument("docs/enrolment-protocol.md");
const names = (cell: string): string[] => [...cell.matchAll(/`(?<name>[^`]+)`/gu)].map(({ groups }) => groups?.["name"] ?? "");
const statuses = new Map<string, number>(Object.entries(catalogue).map(([code, { status }]) => [code, status]));

describe("docs/enrolment-protocol.md", () => {
  test("lists every call that is served", () => {
    const served = [...readDocument("src/web/routes/enrolment-device.ts").matchAll(/^ {2}step\("(?<name>[^"]+)"/gmu)].map(({ groups }) => groups?.["name"]);
    expect(tableUnder(document, "## Calls").flatMap(([call = ""]) => names(call))).toEqual(served);
  });

  const failures = tableUnder(document, "## Failures").flatMap(([codes = "", status = ""]) => {
    const each = status.split(",").map(Number);
    return names(codes).map((code, index) => ({ code, status: each[index] ?? each[0] }));
  });

  test("names failures", () => {
    expect(failures.length).toBeGreaterThan(15);
  });

  test.each(failures)("$code has the HTTP status it says", ({ code, status }) => {
    expect(statuses.get(code)).toBe(status);
  });

  test("names every member of the statement that is signed", () => {
    const members = /interface EnrolmentStatement \{(?<body>[^]*?)\n\}/u.exec(readDocument("client-sdk/src/statement/statement.ts"))?.groups?.["body"] ?? "";
    const signed = [...members.matchAll(/readonly (?<name>\w+)/gu)].map(({ groups }) => groups?.["name"]);
    expect(tableUnder(document, "## What is signed").flatMap(([member = ""]) => names(member))).toEqual(signed);
  });
});
