/** The JPKI applet, on a card or in a Secure Element. */
export { JpkiApplet } from "./applet.ts";
export type { SelectOptions, VerifyPinOptions } from "./applet.ts";
export { AppletError } from "./applet-error.ts";
export type { AppletErrorCode, AppletErrorFacts } from "./applet-error.ts";
export type { KeyUse } from "./applet-table.ts";
