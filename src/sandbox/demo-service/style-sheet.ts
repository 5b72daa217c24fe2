import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { toBase64Url } from "../../bytes.ts";

export interface StyleSheet {
  /** Carries a digest of the content, so that browsers may keep it for ever. */
  readonly path: string;
  readonly body: string;
}

/** Bundles the style sheet: the bridge's own look, in another colour. */
export async function bundleStyleSheet(): Promise<StyleSheet> {
  const entry = fileURLToPath(new URL("style.css", import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, minify: true, write: false, logLevel: "error" });
  const body = outputFiles.map(({ text }) => text).join("");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
  return { path: `/style-${toBase64Url(digest).slice(0, 12)}.css`, body };
}
