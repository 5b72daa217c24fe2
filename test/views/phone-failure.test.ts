import { expect, test } from "vitest";
import { failureOf } from "../../views/browser/phone/failure.ts";
import { messagesIn } from "../../views/messages/index.ts";

const own = messagesIn("en").phone.script;

test.each([
  { name: "NotAllowedError", failure: { sentence: own.passkeyCancelled, again: true } },
  { name: "AbortError", failure: { sentence: own.passkeyCancelled, again: true } },
  // Trying again would end the same way for ever.
  { name: "InvalidStateError", failure: { sentence: own.passkeyHere, again: false } },
  { name: "DataError", failure: { sentence: own.failed, again: false } },
])("the authenticator says $name", ({ name, failure }) => expect(failureOf(new DOMException("", name), own)).toEqual(failure));
