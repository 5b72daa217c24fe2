import type { Messages } from "./index.ts";

export const accountActs: Pick<Messages, "accountActs"> = {
  accountActs: {
    effects: "What happens",
    cancel: "Back",
    confirmFirst: "Please use your passkey, so that we know it is you.",
    usePasskey: "Use your passkey",
    understood: "I understand that this cannot be undone",
    acts: {
      hold: {
        title: "Suspend your ID",
        yes: "Suspend it now",
        effects: [
          "Nobody can sign in with your ID, on any device.",
          "You are signed out of every service.",
          "Your services stay connected. They work again once you end the suspension.",
          "To end it you need your My Number Card, or a smartphone that holds its functions.",
        ],
      },
      surrender: {
        title: "Erase this phone",
        yes: "Erase this phone",
        effects: [
          "The passkeys on this phone can no longer sign in.",
          "The certificate in this phone no longer shows who you are.",
          "You are signed out of every service.",
          "You can register again on a new phone, with your My Number Card for example.",
        ],
      },
      suspend: {
        title: "Suspend a passkey",
        yes: "Suspend this passkey",
        effects: [
          "This passkey can no longer sign in.",
          "You are signed out of every service.",
          "A check with your certificate makes it work again.",
        ],
      },
      unlink: {
        title: "Unlink this certificate",
        yes: "Unlink it",
        effects: [
          "This certificate no longer shows who you are.",
          "Passkeys added with this certificate stop working.",
          "The certificate before it counts again.",
          "You are signed out of every service.",
        ],
      },
      renew_pseudonym: {
        title: "Change your number at this service",
        yes: "Change the number",
        effects: [
          "This service is told that the number it knows you by has changed.",
          "You are signed out of this service.",
          "A service that does not follow may take you for a new user.",
        ],
      },
      report: {
        title: "This was not you",
        yes: "It was not me",
        effects: [
          "The passkey that was used stops working.",
          "You are signed out of every service.",
          "You can then suspend your ID, too.",
        ],
      },
      export: {
        title: "Get your data",
        yes: "Get the file",
        effects: [
          "All that is kept about you comes in one file (JSON).",
          "It holds your passkeys, your certificates, your connected services and the signed records.",
          "It may hold the name and address read from your certificate. Please keep it safe.",
        ],
      },
      erase: {
        title: "Delete your account",
        yes: "Delete my account for good",
        effects: [
          "Your passkeys, certificates, details and connected services are all deleted.",
          "Your services are told that the account is gone.",
          "Should you register again later, services will see another user.",
          "This cannot be undone.",
        ],
      },
    },
    endings: {
      held: { title: "Your ID is suspended", text: "Nobody can sign in with it on any device. End the suspension when your phone turns up.", next: "End the suspension" },
      surrendered: { title: "The phone was erased", text: "This phone can no longer sign in.", next: "Register on a new device" },
      suspended: { title: "The passkey is suspended", text: "A check with your certificate makes it work again.", next: "Make it work again" },
      unlinked: { title: "The certificate was unlinked", text: "Your ID can no longer be used with it.", next: "To the sign-in page" },
      reported: { title: "The passkey that was used was ended", text: "You were signed out of every service. If there is more that was not you, suspend your ID.", next: "Suspend your ID" },
      erased: { title: "Your account was deleted", text: "What was kept about you was deleted. Thank you for having been here.", next: "To the start page" },
    },
  },
};
