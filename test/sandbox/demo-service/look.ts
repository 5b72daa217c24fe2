/** Looks at every page of the demo service: `node test/sandbox/demo-service/look.ts FOLDER [NAME…]`. */
import { bundleStyleSheet } from "../../../src/sandbox/demo-service/style-sheet.ts";
import { lookAt } from "../../support/look-at.ts";
import { samples } from "./samples.ts";

const { body: style } = await bundleStyleSheet();
await lookAt({ samples, style, origin: "http://localhost:3100" }, process.argv.slice(2));
