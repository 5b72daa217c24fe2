/** A virtual card in a real reader: for Node, with vsmartcard-vpcd and pcscd. */
export { jpkiAtr, retryPauses, serveVirtualCard } from "./serve-virtual-card.ts";
export type { ServeOptions, VirtualCard } from "./serve-virtual-card.ts";
export type { ApduEvent, VirtualCardEvent } from "./card-events.ts";
export type { Power } from "./vpcd-messages.ts";
export { makeThrowAwayImage, testPins, throwAwayPersonas } from "./throw-away-personas.ts";
export type { ThrowAwayPersonaName } from "./throw-away-personas.ts";
export { SimulatorRefusal } from "./simulator-refusal.ts";
