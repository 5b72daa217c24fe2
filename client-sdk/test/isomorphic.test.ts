import path from "node:path";
import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { derOf, imageOf, newKeyPair, verifies } from "./support/fixtures.ts";
import { utf8 } from "../src/bytes.ts";

const index = path.join(import.meta.dirname, "../src/index.ts");

/** What every browser has. Nothing of Node's: no process, no Buffer, no require. */
const webGlobals = { AbortSignal, TextEncoder, URL, URLSearchParams, clearTimeout, crypto, setTimeout };

test("bundled for the browser, it signs with nothing but the web platform", async () => {
  const bundle = await build({ entryPoints: [index], bundle: true, write: false, format: "iife", globalName: "sdk", platform: "browser" });
  const { privateJwk, publicKey } = await newKeyPair();
  const script = `${bundle.outputFiles[0]?.text}
    (async () => {
      const applet = await sdk.JpkiApplet.select(new sdk.SoftwareSecureElement(JSON.parse(image)));
      await applet.verifyPin("authentication", "1234");
      const certificate = await applet.readCertificate("authentication");
      const key = await sdk.DpopKey.generate();
      const proof = await key.prove({ method: "POST", url: "https://bridge.example/", now: 1 });
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("message")));
      return { certificate, proof, signature: await applet.sign("authentication", digest) };
    })()`;
  const context = createContext({ ...webGlobals, Uint8Array, image: JSON.stringify(imageOf(privateJwk)) });
  const { certificate, proof, signature } = await runInContext(script, context);
  expect(certificate).toEqual(derOf(1534));
  expect(proof.split(".")).toHaveLength(3);
  expect(await verifies(publicKey, signature, utf8("message"))).toBe(true);
});
