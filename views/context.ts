/** What every page is given, and the names of what the server bundles for it. */

/** The browser modules: each is bundled from `views/browser/<name>.ts`. */
export const scriptNames = ["sign-in", "enrol-progress", "enrol-return", "enrol-continue", "account", "approve", "approvals", "phone", "console"] as const;
export type ScriptName = (typeof scriptNames)[number];

/** The one style sheet: bundled from this file, relative to `views/`. */
export const styleEntry = "styles/main.css";

/** Addresses of the bundled files, on our own origin. */
export interface Assets {
  readonly style: string;
  script(name: ScriptName): string;
}

export interface PageContext {
  /** The anti-forgery token: `<meta name="csrf-token">` for scripts, field `csrf` in forms. */
  readonly csrf: string;
  readonly sandbox: boolean;
  readonly assets: Assets;
  /** Path to open for the other language, when this page answers a POST. Default: the page's own path. */
  readonly here?: string;
}

/** The service that the person came from. */
export interface RelyingParty {
  readonly name: string;
  readonly host: string;
  /** Shown only when it is a path on our own origin: pages make no third-party request. */
  readonly logoUri?: string;
}

export type Purpose = "enrol" | "recover" | "renew" | "step-up" | "attributes";
export type Medium = "card" | "smartphone";
