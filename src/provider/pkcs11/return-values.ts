/** Return values of PKCS #11 2.40 (section 3.6) that a signer meets. */
const names: Readonly<Record<number, string>> = {
  0x02: "CKR_HOST_MEMORY", 0x03: "CKR_SLOT_ID_INVALID", 0x05: "CKR_GENERAL_ERROR", 0x06: "CKR_FUNCTION_FAILED", 0x07: "CKR_ARGUMENTS_BAD",
  0x12: "CKR_ATTRIBUTE_TYPE_INVALID", 0x13: "CKR_ATTRIBUTE_VALUE_INVALID",
  0x30: "CKR_DEVICE_ERROR", 0x31: "CKR_DEVICE_MEMORY", 0x32: "CKR_DEVICE_REMOVED",
  0x54: "CKR_FUNCTION_NOT_SUPPORTED", 0x60: "CKR_KEY_HANDLE_INVALID", 0x63: "CKR_KEY_TYPE_INCONSISTENT", 0x68: "CKR_KEY_FUNCTION_NOT_PERMITTED",
  0x70: "CKR_MECHANISM_INVALID", 0x82: "CKR_OBJECT_HANDLE_INVALID", 0x90: "CKR_OPERATION_ACTIVE", 0x91: "CKR_OPERATION_NOT_INITIALIZED",
  0xa0: "CKR_PIN_INCORRECT", 0xa1: "CKR_PIN_INVALID", 0xa2: "CKR_PIN_LEN_RANGE", 0xa3: "CKR_PIN_EXPIRED", 0xa4: "CKR_PIN_LOCKED",
  0xb0: "CKR_SESSION_CLOSED", 0xb1: "CKR_SESSION_COUNT", 0xb3: "CKR_SESSION_HANDLE_INVALID",
  0xe0: "CKR_TOKEN_NOT_PRESENT", 0xe1: "CKR_TOKEN_NOT_RECOGNIZED",
  0x100: "CKR_USER_ALREADY_LOGGED_IN", 0x101: "CKR_USER_NOT_LOGGED_IN", 0x102: "CKR_USER_PIN_NOT_INITIALIZED",
  0x150: "CKR_BUFFER_TOO_SMALL", 0x190: "CKR_CRYPTOKI_NOT_INITIALIZED", 0x191: "CKR_CRYPTOKI_ALREADY_INITIALIZED",
};

/** What a token, or the way to it, refused. Its code is the standard's name, or one of our own in lower case. */
export class TokenError extends Error {
  readonly code: string;

  constructor(code: string, detail: string) {
    super(`${code}: ${detail}`);
    this.name = `TokenError ${code}`;
    this.code = code;
  }
}

/** @throws TokenError for anything but CKR_OK and what is spared. */
export function checkReturnValue(call: string, value: number, spared: readonly string[] = []): void {
  if (value === 0) return;
  const code = names[value] ?? `CKR_0x${value.toString(16)}`;
  if (!spared.includes(code)) throw new TokenError(code, call);
}

/** Whether the sessions are gone, and new ones may do: the token was taken out, the device was restarted, another closed them. */
export const isSessionLost = (error: unknown): boolean =>
  error instanceof TokenError &&
  ["CKR_DEVICE_ERROR", "CKR_DEVICE_REMOVED", "CKR_TOKEN_NOT_PRESENT", "CKR_SESSION_CLOSED", "CKR_SESSION_HANDLE_INVALID", "CKR_USER_NOT_LOGGED_IN", "CKR_KEY_HANDLE_INVALID", "CKR_OBJECT_HANDLE_INVALID", "CKR_CRYPTOKI_NOT_INITIALIZED", "CKR_OPERATION_ACTIVE"].includes(error.code);

/** Whether trying again would only bring the token closer to locking itself. */
export const isPinRefused = (error: unknown): boolean => error instanceof TokenError && error.code.startsWith("CKR_PIN_");
