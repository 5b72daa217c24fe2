import { describe, expect, test } from "vitest";
import { readDocument, tableUnder } from "./markdown.ts";

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifest = (file: string): Manifest => JSON.parse(readDocument(file)) as Manifest;
const document = readDocument("docs/dependencies.md");
const listed = (heading: string): string[] => tableUnder(document, heading).map(([name = ""]) => name.replaceAll("`", ""));

describe("docs/dependencies.md", () => {
  test.each([
    ["## Production", manifest("package.json").dependencies],
    ["## Development", manifest("package.json").devDependencies],
  ])("%s lists what package.json has, and nothing else", (heading, dependencies = {}) => {
    expect(listed(heading)).toEqual(Object.keys(dependencies).toSorted());
  });

  test("the client SDK has none, as it says", () => {
    const { dependencies, devDependencies } = manifest("client-sdk/package.json");
    expect([dependencies, devDependencies]).toEqual([undefined, undefined]);
  });

  test("every package has its use, and a reason unless it is types or needed by another", () => {
    const rows = [...tableUnder(document, "## Production"), ...tableUnder(document, "## Development")];
    const bare = rows.filter(([, use = "", reason = ""]) => use === "" || (reason === "" && !/^types$|^needed by/u.test(use)));
    expect(bare).toEqual([]);
  });

  test("versions are exact", () => {
    const { dependencies = {}, devDependencies = {} } = manifest("package.json");
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?$/u.test(version));
    expect(loose).toEqual([]);
  });
});
