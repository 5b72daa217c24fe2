/** The core, all in one: no Node, no dependency. Bundlers leave out what is not used. */
export * from "./apdu/index.ts";
export * from "./applet/index.ts";
export * from "./statement/statement.ts";
export * from "./enrolment/index.ts";
export * from "./approval/index.ts";
export * from "./software/index.ts";
