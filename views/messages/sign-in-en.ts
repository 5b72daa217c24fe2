import type { Messages } from "./index.ts";

export const signInPages: Pick<Messages, "signIn" | "stepUp" | "refused" | "signOutConfirm" | "signedOut"> = {
  signIn: {
    title: "Sign in",
    explain: "Sign in with your fingerprint, face or screen lock. No password needed.",
    button: "Sign in with a passkey",
    field: "Choose a passkey on this device",
    fieldHint: "Select this field to see the passkeys you can use.",
    first: "New here?",
    firstText: "Just once, you show who you are with your My Number Card, or with a smartphone that holds the functions of the card.",
    firstLink: "Register with a My Number Card or smartphone",
    cancel: "Go back without signing in",
    reasonTitle: "Please note",
    reasons: {
      higher_level: "This service asks for a stronger proof of who you are.",
      again: "To keep you safe, please show once more that it is you.",
      new_passkey: "You are registered. Please sign in with your new passkey.",
    },
    script: {
      waiting: "Please follow the instructions of your device.",
      checking: "Checking.",
      cancelled: "You were not signed in. Please try again.",
      unsupported: "This browser cannot use passkeys. Please try another browser or your phone.",
      offline: "There was no connection. Please check it and try again.",
    },
  },
  stepUp: {
    title: "Please show once more who you are",
    lead: (service: string) => `${service} asks for a stronger proof of who you are.`,
    whyTitle: "Why we ask",
    why: {
      authenticator: "This is an important step, so your certificate is needed in addition to your sign-in.",
      identity: "We have not checked who you are yet, or it was some time ago, so your certificate is needed.",
      status: "We need to check again that your certificate is still valid.",
    },
    whatTitle: "What you do",
    what: "In the app on your phone, check what is asked and enter your PIN (4 digits).",
    sameOnly: "This check works only on the smartphone you are using now.",
    cancel: "Go back without this check",
  },
  refused: {
    title: "We cannot continue",
    whatNow: "What you can do next",
    backTo: (service: string) => `Back to ${service}`,
    advice: {
      revoked: "Your municipality’s office can issue a new certificate. You can register again after that.",
      hold: "Your municipality’s office can end the suspension. Please try again after that.",
      expired: "Please renew your certificate at your municipality’s office. You can register again after that.",
      outage: "There is nothing wrong with your certificate. Please wait a little and try again.",
      level: "Another passkey or a check with your certificate may work. Please go back to the service and see whether it offers another way.",
      other: "Please go back to the service and try again. If you see this again, ask the service for help.",
    },
  },
  signOutConfirm: {
    title: "Do you want to sign out?",
    lead: "You will be signed out in this browser.",
    leadFrom: (service: string) => `${service} asks to sign you out. You will be signed out in this browser.`,
    yes: "Sign out",
    no: "Stay signed in",
  },
  signedOut: {
    title: "You are signed out",
    lead: "If other people use this device, please close the browser as well.",
    backTo: (service: string) => `Back to ${service}`,
    again: "Sign in again",
  },
};
