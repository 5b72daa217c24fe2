export { cancelFromBrowser, type Established, finishTransaction, openTransaction, redeemReturnCode, viewTransaction, type BrowserView } from "./browser.ts";
export { continuityFrom } from "./continuity.ts";
export { cancelFromDevice, claimTransaction, deviceStatus, issueStatement, type NextStep, proveTransaction } from "./device.ts";
export { verifyDeviceProof } from "./device-proof.ts";
export { confirmPasskey, continuePasskey, offerBrowserPasskey, passkeyOptions, registerBrowserPasskey, registerPasskey } from "./make-passkey.ts";
export type { EnrolmentPorts, WebAuthnParty } from "./ports.ts";
export { AttemptRefusal } from "./store.ts";
export { sweepEnrolments } from "./upkeep.ts";
export { type EnrolmentTransaction, makesPasskey, type Opener } from "./transaction.ts";
