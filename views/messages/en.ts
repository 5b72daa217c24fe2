import { accountPages } from "./account-en.ts";
import { consentPages } from "./consent-en.ts";
import { consoleSentences } from "./console-en.ts";
import { enrolmentPages } from "./enrolment-en.ts";
import { otherDevicePages } from "./other-device-en.ts";
import { phone } from "./phone-en.ts";
import { recoveryPages } from "./recovery-en.ts";
import { signInPages } from "./sign-in-en.ts";
import type { Messages } from "./index.ts";

export const en: Messages = {
  common: {
    product: "jpki-bridge",
    skip: "Skip to the main content",
    otherLanguage: "日本語",
    otherLanguageLabel: "日本語に切り替える",
    sandbox: "This is a place to try things out. No real certificates or personal data are used.",
    noScript: "To use this page, please allow JavaScript in your browser.",
    noMyNumber: "This service never asks for your My Number (the 12-digit Individual Number).",
    cancel: "Cancel",
    service: "Service you are using",
    minutes: "It takes about three minutes.",
  },
  error: {
    title: "We could not continue",
    whatNow: "What you can do next",
    retry: "Please wait a little and try again.",
    retryIn: (seconds) => `Please try again in ${seconds} ${seconds === 1 ? "second" : "seconds"}.`,
    startAgain: "Please go back to the service you were using and start again.",
    retryButton: "Try again",
    home: "Go to the start page",
    code: "Error code",
    requestId: "Reference for support",
    developers: "For developers",
  },
  home: {
    title: "Show who you are once, then use passkeys everywhere",
    lead: "Show who you are once with the certificate of your My Number Card. From then on you sign in to many services with just your fingerprint or face.",
    points: [
      ["Just once", "You need the card and its PIN only the first time."],
      ["Nothing extra", "Each service sees a different number, so services cannot link what you do."],
      ["Always yours to undo", "Remove passkeys and disconnect services on your account page at any time."],
    ],
    account: "See your account",
    trial: "Try it",
    demoService: "Demonstration service",
    demoPhone: "Demonstration phone",
    demoAuthority: "Demonstration certification authority",
    developers: "For developers",
    metadata: "OpenID Connect metadata",
  },
  ...signInPages,
  ...enrolmentPages,
  ...consentPages,
  ...accountPages,
  ...otherDevicePages,
  ...recoveryPages,
  phone,
  console: consoleSentences,
};
