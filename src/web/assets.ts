import path from "node:path";
import { build, stop } from "esbuild";
import { type Assets, scriptNames, styleEntry } from "../../views/context.ts";
import { sha256Base64Url } from "../pki/digest.ts";

const views = path.join(import.meta.dirname, "../../views");
const types: Readonly<Record<string, string>> = { ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8" };

export interface Bundle {
  readonly assets: Assets;
  /** Path to file. Names carry a digest of the content, so that browsers may keep them for ever. */
  readonly files: ReadonlyMap<string, { readonly type: string; readonly body: Uint8Array }>;
}

let cached: Promise<Bundle> | undefined;

/** Bundles the pages' browser modules and style sheet, once a process. */
export function bundleAssets(): Promise<Bundle> {
  cached ??= bundle();
  return cached;
}

async function bundle(): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [...scriptNames.map((name) => ({ in: path.join(views, `browser/${name}.ts`), out: name })), { in: path.join(views, styleEntry), out: "style" }],
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    write: false,
    outdir: "/assets",
    legalComments: "none",
    logLevel: "error",
    loader: { ".woff2": "dataurl", ".svg": "dataurl" },
  });
  // Nothing else is bundled: its process would wait for more as long as this one runs.
  await stop();
  const files = new Map<string, { type: string; body: Uint8Array }>();
  const addresses = new Map<string, string>();
  for (const file of outputFiles) {
    const { name, ext } = path.parse(file.path);
    const address = `/assets/${name}-${sha256Base64Url(file.contents).slice(0, 12)}${ext}`;
    files.set(address, { type: types[ext] ?? "application/octet-stream", body: file.contents });
    addresses.set(`${name}${ext}`, address);
  }
  const addressOf = (name: string): string => {
    const address = addresses.get(name);
    if (address === undefined) throw new Error(`${name} was not bundled`);
    return address;
  };
  return { assets: { style: addressOf("style.css"), script: (name) => addressOf(`${name}.js`) }, files };
}
