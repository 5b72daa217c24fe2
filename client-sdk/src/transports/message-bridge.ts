/** An element behind a native app: the two ends of the message bridge, and the conformance tests of a host. */
export { MessageBridgeTransport } from "./message-bridge-transport.ts";
export type { MessageBridgeOptions } from "./message-bridge-transport.ts";
export type { MessagePort } from "./message-bridge-messages.ts";
export { serveMessageBridge } from "./message-bridge-host.ts";
export { checkMessageBridgeHost } from "./message-bridge-check.ts";
export type { HostCheckOptions, HostCheckRow } from "./message-bridge-check.ts";
export type { CardControl } from "./message-bridge-checks.ts";
