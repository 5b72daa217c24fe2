import { afterEach, describe, expect, test, vi } from "vitest";
import { coloured, exitCodes, table, withProgress } from "../../src/cli/terminal.ts";

const stream = (isTTY: boolean): NodeJS.WriteStream => ({ isTTY, getColorDepth: () => 8, hasColors: () => true, write: () => true, writable: true, on: () => undefined, [Symbol.asyncIterator]: undefined }) as unknown as NodeJS.WriteStream;
afterEach(() => void vi.unstubAllEnvs());

describe("what a command prints", () => {
  test("exit codes are what the help says", () => expect(exitCodes).toEqual({ done: 0, failed: 1, usage: 2, refused: 3, problems: 4 }));

  const tables: [string, string[], string[][], string][] = [
    ["no rows", ["A", "B"], [], "A  B"],
    ["columns as wide as their widest cell", ["ID", "NAME"], [["long-id", "x"], ["i", "name"]], "ID       NAME\nlong-id  x\ni        name"],
    ["Japanese, which takes two columns a character", ["名前", "B"], [["みどり図書館", "x"], ["ｶﾅ", "x"], ["がく", "x"]], "名前          B\nみどり図書館  x\nｶﾅ            x\nがく          x"],
    ["missing and empty cells without trailing spaces", ["A", "B", "C"], [["1"], ["1", "", ""]], "A  B  C\n1\n1"],
  ];
  test.each(tables)("a table with %s", (_name, headings, rows, expected) => expect(table(headings, rows)).toBe(expected));

  test("colours are for terminals alone, and not for those that want none", () => {
    vi.stubEnv("NO_COLOR", undefined);
    vi.stubEnv("FORCE_COLOR", undefined);
    expect(coloured("red", "x", process.stdout.isTTY ? stream(false) : process.stdout)).toBe("x");
    vi.stubEnv("NO_COLOR", "1");
    expect(coloured("red", "x", process.stderr)).toBe("x");
  });

  test("progress is only for terminals, and hands on what it waited for", async () => {
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(await withProgress("waiting", Promise.resolve(3))).toBe(3);
    await expect(withProgress("waiting", Promise.reject(new Error("no")))).rejects.toThrow("no");
    if (!process.stderr.isTTY) expect(written).not.toHaveBeenCalled();
    written.mockRestore();
  });
});
