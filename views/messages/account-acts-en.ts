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
          "Your services are told at once to sign you out. Some may keep you signed in for a while.",
          "Your services stay connected. They work again once you end the suspension.",
          "To end it you need your My Number Card, or a smartphone that holds its functions, and its PIN.",
        ],
      },
      surrender: {
        title: "Erase the phone of this passkey",
        yes: "Erase the phone",
        effects: [
          "This passkey, and all others made with the certificate in the same phone, can no longer sign in.",
          "If it was made with the certificate in that phone, that certificate no longer shows who you are. If it was made with your My Number Card, the card stays as it is.",
          "Your services are told at once to sign you out. Some may keep you signed in for a while.",
          "You can register again on a new phone, with your My Number Card for example.",
        ],
      },
      suspend: {
        title: "Suspend a passkey",
        yes: "Suspend this passkey",
        effects: [
          "This passkey can no longer sign in.",
          "Your services are told at once to sign you out. Some may keep you signed in for a while.",
          "A check with your certificate makes it work again.",
        ],
      },
      remove: {
        title: "Remove a passkey",
        yes: "Remove this passkey",
        effects: [
          "This passkey can never sign in again.",
          "Your services are told at once to sign you out. Some may keep you signed in for a while.",
          "You can add a new passkey after a check with your certificate.",
        ],
      },
      disconnect: {
        title: "Disconnect this service",
        yes: "Disconnect it",
        effects: [
          "This service can no longer use your sign-in.",
          "It asks for your permission again next time.",
          "About what it was given before, please ask the service.",
        ],
      },
      forget: {
        title: "Delete your details",
        yes: "Delete them",
        effects: [
          "What was read from your signature certificate is deleted.",
          "No service gets it any more.",
          "About what was given before, please ask each service.",
        ],
      },
      unlink: {
        title: "Unlink this certificate",
        yes: "Unlink it",
        effects: [
          "This certificate no longer shows who you are.",
          "Passkeys added with this certificate stop working.",
          "The certificate before it counts again.",
          "Your services are told at once to sign you out. Some may keep you signed in for a while.",
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
          "The passkey it was done with stops working, if one is on record for it.",
          "Your services are told at once to sign you out. Some may keep you signed in for a while.",
          "You can then suspend your ID, too.",
        ],
      },
      export: {
        title: "Get your data",
        yes: "Get the file",
        effects: [
          "What is kept about you comes in one file (JSON). Only what shows that you are signed in is left out.",
          "It holds your passkeys, your certificates with the answers about them, your connected services and the signed records.",
          "It may hold the name and address read from your certificate. Please keep it safe.",
        ],
      },
      erase: {
        title: "Delete your account",
        yes: "Delete my account for good",
        effects: [
          "Your passkeys, certificates, details and connected services are all deleted.",
          "Records without your name stay for the audit, as long as the operator must keep them.",
          "Your services are told that the account is gone.",
          "Should you register again later, services will see another user.",
          "This cannot be undone.",
        ],
      },
    },
    endings: {
      held: { title: "Your ID is suspended", text: "Nobody can sign in with it on any device. End the suspension when your phone turns up.", next: "End the suspension" },
      surrendered: { title: "The phone was erased", text: "Its passkeys can no longer sign in. Your services were told to sign you out.", next: "Register on a new device" },
      suspended: { title: "The passkey is suspended", text: "A check with your certificate makes it work again.", next: "Make it work again" },
      removed: { title: "The passkey was removed", text: "It can no longer sign in. Your services were told to sign you out.", next: "To the sign-in page" },
      unlinked: { title: "The certificate was unlinked", text: "Your ID can no longer be used with it.", next: "To the sign-in page" },
      reported: { title: "The passkey that was used was ended", text: "Your services were told to sign you out. If there is more that was not you, suspend your ID.", next: "Suspend your ID" },
      erased: { title: "Your account was deleted", text: "What was kept about you was deleted. Records without your name stay for the audit, as long as the operator must keep them.", next: "To the start page" },
    },
  },
};
