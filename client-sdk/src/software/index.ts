/** The JPKI applet in software, for development, tests and the sandbox. */
export { SoftwareSecureElement } from "./secure-element.ts";
export type { SecureElementImage, SecureElementKeyImage } from "./secure-element-image.ts";
