import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { describe, expect, test } from "vitest";

const folder = path.join(import.meta.dirname, "..");

interface Bundle {
  readonly kibibytesGzipped: number;
  readonly metafile: Metafile;
  /** Folders of `src` that are in it, and whatever else is; but the program, and the list of what the core exports. */
  readonly layers: readonly string[];
}

/** A browser's bundle of a program: a built-in module of Node anywhere in it is an error. */
async function bundle(program: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: folder },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    external: ["pcsc-mini", "jose"],
    metafile: true,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  const used = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const layers = new Set(used.map(([file]) => layerOf(file)).filter((layer) => !["<stdin>", "index.ts"].includes(layer)));
  return { kibibytesGzipped: gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length / 1024, metafile, layers: [...layers].sort() };
}

/** The folder of a file; `bytes.ts` is for all of them. */
function layerOf(file: string): string {
  return /(?:^|\/)client-sdk\/src\/(?<layer>[^/]+)/u.exec(file)?.groups?.["layer"] ?? file;
}

const use = (names: string, specifier: string): string => `import { ${names} } from "@jpki-bridge/client-sdk${specifier}"; console.log(${names});`;
const all = (specifier: string): string => `import * as everything from "@jpki-bridge/client-sdk${specifier}"; console.log({ ...everything });`;

const toTheCard = ["apdu", "applet", "bytes.ts", "transports"];
/** Of the applet it knows the type alone: a device may bring another. Of the transports, how a call is cancelled. */
const enrolment = ["bytes.ts", "enrolment", "statement", "transports"];

const rows: [name: string, program: string, layers: readonly string[], kibibytes: number][] = [
  ["the core, all of it", all(""), ["apdu", "applet", "approval", "bytes.ts", "enrolment", "software", "statement", "transports"], 20],
  ["/apdu", all("/apdu"), ["apdu", "bytes.ts", "transports"], 3],
  ["/applet", all("/applet"), toTheCard, 5],
  ["/statement", all("/statement"), ["bytes.ts", "statement"], 2],
  ["/enrolment", all("/enrolment"), enrolment, 8],
  ["/approval", all("/approval"), ["applet", "approval", ...enrolment], 10],
  ["/software", all("/software"), ["apdu", "applet", "bytes.ts", "software"], 5],
  ["/transports/pcsc", all("/transports/pcsc"), ["transports"], 3],
  // Its conformance tests speak to the applet behind a host.
  ["/transports/message-bridge", all("/transports/message-bridge"), toTheCard, 6],
  ["/transports/trace", all("/transports/trace"), ["apdu", "bytes.ts", "transports"], 3],
  ["/rp", all("/rp"), ["rp"], 4],
  ["/receipts", all("/receipts"), ["bytes.ts", "receipts"], 3],
  ["JpkiApplet of the core", use("JpkiApplet", ""), toTheCard, 5],
  ["EnrolmentClient of the core", use("EnrolmentClient", ""), enrolment, 8],
  ["statementBytes of the core", use("statementBytes", ""), ["bytes.ts", "statement"], 1],
  ["the page's end of the message bridge", use("MessageBridgeTransport", "/transports/message-bridge"), ["bytes.ts", "transports"], 2],
];

describe("bundled and minified, for a browser", () => {
  test.for(rows)("%s holds its own layers, no built-in module of Node, and is small", async ([, program, layers, kibibytes]) => {
    const bundled = await bundle(program);
    expect(bundled.layers).toEqual(layers);
    expect(bundled.kibibytesGzipped).toBeLessThan(kibibytes);
  });

  test("the README states these sizes", () => {
    const readme = readFileSync(path.join(folder, "README.md"), "utf8");
    const stated = [...readme.matchAll(/^\| `(?:@jpki-bridge\/client-sdk)?(?<name>[^`]*)`(?:, all of it|, without jose)? \| (?<size>\d+) \|$/gmu)].map(({ groups }) => [groups?.["name"] || "the core, all of it", Number(groups?.["size"])]);
    const limits = rows.filter(([name]) => name.startsWith("/") || name === "the core, all of it").map(([name, , , kibibytes]) => [name, kibibytes]);
    expect(new Map(stated as [string, number][])).toEqual(new Map(limits as [string, number][]));
  });

  test("nothing imports a package, but the PC/SC transport its binding and a relying party's kit jose", async () => {
    const bundles = await Promise.all(rows.map(async ([name, program]) => ({ name, ...(await bundle(program)) })));
    const foreign = bundles.flatMap(({ name, metafile }) => Object.values(metafile.outputs).flatMap(({ imports }) => imports.map((imported) => [name, imported.path])));
    expect([...new Set(foreign.map((pair) => pair.join(" ")))]).toEqual(["/transports/pcsc pcsc-mini", "/rp jose"]);
  });

  test("the simulator is for Node alone", async () => {
    await expect(bundle(all("/simulator"))).rejects.toThrow(/node:net/u);
  });
});
