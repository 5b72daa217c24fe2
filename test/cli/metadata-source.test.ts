import { writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { metadataService } from "../../src/cli/metadata-source.ts";
import { checkConfiguration } from "../../src/config.ts";
import { maximumMetadataOctets } from "../../src/passkeys/index.ts";
import { now } from "../certificates/authority.ts";
import { complete, place } from "../config/place.ts";
import { blob, root } from "../passkeys/metadata-world.ts";
import { afterTest, temporaryStorage } from "../storage/temporary.ts";

/** What becomes of metadata from a source: the number of the BLOB taken, or the code of the refusal. */
async function outcome(source: { url: string } | { file: string }, directory = place()): Promise<unknown> {
  writeFileSync(path.join(directory, "mds-root.der"), root.certificate);
  const configuration = checkConfiguration({ ...complete(), passkeys: { metadata: { ...source, anchors: ["mds-root.der"] } } }, directory, "sandbox");
  const service = metadataService(configuration, { storage: temporaryStorage(), clock: () => now, log: pino({ level: "silent" }) });
  await service.refresh();
  const { current, refused } = service.snapshot();
  return current?.number ?? refused;
}

async function served(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  afterTest(() => void (server.close(), server.closeAllConnections()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const octetStream = { "content-type": "application/octet-stream" };
const answers: [string, RequestListener, unknown][] = [
  ["a BLOB", (_request, response) => response.writeHead(200, octetStream).end(blob()), 7],
  ["a BLOB as JWT", (_request, response) => response.writeHead(200, { "content-type": "application/jwt; charset=utf-8" }).end(blob()), 7],
  ["a page", (_request, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>"), "malformed_metadata"],
  ["a redirect", (request, response) => (request.url === "/" ? response.writeHead(302, { location: "/there" }).end() : response.writeHead(200, octetStream).end(blob())), "metadata_unavailable"],
  ["an error", (_request, response) => response.writeHead(503).end(), "metadata_unavailable"],
  ["a coding nobody asked for", (_request, response) => response.writeHead(200, { ...octetStream, "content-encoding": "gzip" }).end(blob()), "malformed_metadata"],
  ["more than may be, announced", (_request, response) => response.writeHead(200, { ...octetStream, "content-length": 50 * 1024 * 1024 }).write("x"), "metadata_too_large"],
  ["more than may be, in pieces", (_request, response) => {
    const piece = Buffer.alloc(1024 * 1024, 0x61);
    const more = (): void => void (response.writable && response.write(piece, more));
    response.writeHead(200, octetStream);
    more();
  }, "metadata_too_large"],
  ["a connection that breaks", (request) => request.socket.destroy(), "metadata_unavailable"],
];
test.each(answers)("an address that answers with %s", async (_name, answer, expected) => expect(await outcome({ url: await served(answer) })).toBe(expected));

test("an address where nobody answers", async () => expect(await outcome({ url: "http://127.0.0.1:9/" })).toBe("metadata_unavailable"));

const files: [string, string | Uint8Array | null, unknown][] = [
  ["with a BLOB", blob(), 7],
  ["that is missing", null, "metadata_unavailable"],
  ["that is empty", "", "malformed_metadata"],
  ["that is too large", new Uint8Array(maximumMetadataOctets + 1), "metadata_too_large"],
];
test.each(files)("a file %s", async (_name, content, expected) => {
  const directory = place();
  if (content !== null) writeFileSync(path.join(directory, "blob.jwt"), content);
  expect(await outcome({ file: "blob.jwt" }, directory)).toBe(expected);
});
