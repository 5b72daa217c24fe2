import type { Messages } from "./index.ts";

export const recoveryPages: Pick<Messages, "recovery"> = {
  recovery: {
    title: "Lost or changed your phone?",
    lead: "With your My Number Card, or a smartphone that holds its functions, you can do all of this yourself. Nothing goes by e-mail or telephone.",
    link: "Lost or changed your phone?",
    ways: {
      recover: { label: "Register again on a new device", hint: "For a new, broken or lost phone. Your earlier passkeys end." },
      hold: { label: "Suspend everything now", hint: "When the phone may still turn up. Sign-in stops at once." },
      release: { label: "End the suspension", hint: "When the phone has turned up." },
      renew: { label: "Carry your ID over to a new certificate", hint: "When your certificate was renewed, or replaced by another." },
    },
    account: "To your account",
    otherWays: "Other ways",
    start: {
      recover: {
        title: "Register again on a new device",
        lead: "You create a new passkey, and the earlier ones end.",
        effects: [
          "Earlier passkeys stop working.",
          "Your services are told at once to sign you out. Some may keep you signed in for a while.",
          "The services you use are told that you registered again.",
          "Your ID and your services stay as they are.",
        ],
      },
      hold: {
        title: "Suspend your ID",
        lead: "You show who you are with your certificate, and sign-in stops at once.",
        effects: [
          "Nobody can sign in with your ID, on any device.",
          "Your services are told at once to sign you out. Some may keep you signed in for a while.",
          "Your services stay connected. They work again once you end the suspension.",
        ],
      },
      release: {
        title: "End the suspension",
        lead: "You show who you are with your certificate, and the suspension ends.",
        effects: [
          "You can sign in with your passkeys again.",
          "Passkeys that you suspended work again, too, if this is the certificate they were created with.",
          "An ID that was suspended by the operator may need the operator to end it.",
        ],
      },
      renew: {
        title: "Carry your ID over to a new certificate",
        lead: "You show that the earlier certificate and the new one are both yours.",
        effects: [
          "The new certificate takes the place of the earlier one.",
          "You create a passkey, which is added to those you have. They go on working.",
          "You can undo this at any time on your account page.",
        ],
      },
    },
    effectsTitle: "What happens",
    unknownTitle: "If you are told that we know no ID by your certificate",
    unknown: "If you still have the earlier certificate, choose “Carry your ID over to a new certificate”.",
    review: "If you do not, present your signature certificate as well. Where name, address, birth date and gender are those you registered before, the operator looks at it and may let you carry your ID over.",
    keepTitle: "Passkeys to keep",
    keepLead: "Choose those that you still have and want to use. All others stop working.",
    lastUsed: "Last used",
    unnamed: (number) => `Passkey ${number}`,
    together: {
      title: "With two devices, one after the other",
      signIn: "Please sign in to your account first.",
      first: "1. Present the earlier certificate",
      firstLead: "Then present the new one within five minutes.",
      presented: "The earlier certificate was checked. Please present the new one within five minutes.",
      second: "2. Present the new certificate",
    },
    once: {
      title: "With one device that reads both",
      lead: "Choose this when your app can read both the earlier certificate and the new one.",
    },
    done: {
      recover: { title: "You are registered again", text: "Your earlier passkeys no longer work. From now on, sign in with the new one." },
      renew: { title: "Your ID was carried over", text: "From now on, the new certificate shows who you are." },
      hold: { title: "Your ID is suspended", text: "Nobody can sign in with it. End the suspension when your phone turns up; if it does not, register again on a new device." },
      release: { title: "The suspension has ended", text: "You can sign in with your passkeys." },
    },
  },
};
