/** Looks at every page: `node test/views/look.ts FOLDER [NAME…]`. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { samples } from "../../views/samples.ts";
import { lookAt } from "../support/look-at.ts";

const entry = fileURLToPath(new URL("../../views/styles/main.css", import.meta.url));
const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, logLevel: "silent" });
await lookAt({ samples, style: outputFiles.map(({ text }) => text).join(""), origin: "http://localhost:3000" }, process.argv.slice(2));
