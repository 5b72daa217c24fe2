import { endianness } from "node:os";
import koffi, { type LibraryHandle } from "koffi";
import { checkReturnValue, TokenError } from "./return-values.ts";

/** A slot, session or object of a module: CK_ULONG. */
export type Handle = bigint;
/** CK_ATTRIBUTE: its type and its value. */
export type Attribute = readonly [type: number, value: Uint8Array];

/** The few functions of a PKCS #11 module that signing needs (2.40, section 5). None blocks the event loop; all reject with a TokenError. */
export interface Pkcs11Module {
  /** Slots with a token in them, with its label. */
  slots(): Promise<readonly { readonly slot: Handle; readonly label: string }[]>;
  openSession(slot: Handle): Promise<Handle>;
  closeAllSessions(slot: Handle): Promise<void>;
  login(session: Handle, pin: string): Promise<void>;
  findObjects(session: Handle, template: readonly Attribute[]): Promise<Handle[]>;
  attribute(session: Handle, object: Handle, type: number): Promise<Uint8Array>;
  sign(session: Handle, mechanism: number, key: Handle, data: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

const ulong = 8;
/** Places in CK_FUNCTION_LIST, after its version. */
const place = { C_Initialize: 0, C_GetSlotList: 4, C_GetTokenInfo: 6, C_OpenSession: 12, C_CloseAllSessions: 14, C_Login: 18, C_GetAttributeValue: 24, C_FindObjectsInit: 26, C_FindObjects: 27, C_FindObjectsFinal: 28, C_SignInit: 42, C_Sign: 43 } as const;
/** N: CK_ULONG, P: pointer, B: CK_BYTE. */
const parameters: Record<keyof typeof place, string> = { C_Initialize: "P", C_GetSlotList: "BPP", C_GetTokenInfo: "NP", C_OpenSession: "NNPPP", C_CloseAllSessions: "N", C_Login: "NNPN", C_GetAttributeValue: "NNPN", C_FindObjectsInit: "NPN", C_FindObjects: "NPNP", C_FindObjectsFinal: "N", C_SignInit: "NPN", C_Sign: "NPNPP" };

const CKF_SERIAL_SESSION = 4;
const CKF_OS_LOCKING_OK = 2;
const CKU_USER = 1;
const unavailable = 0xffff_ffff_ffff_ffffn;

/** Loads a module and initializes it for calls from several threads. @throws TokenError */
export async function loadModule(file: string): Promise<Pkcs11Module> {
  // CK_ULONG is taken to have eight octets, structures to be aligned, integers to be little-endian.
  if (process.platform === "win32" || endianness() !== "LE" || koffi.sizeof("unsigned long") !== ulong) throw new TokenError("platform_not_supported", "tokens work on 64-bit Linux and macOS alone");
  const call = functionsOf(file);
  // CK_C_INITIALIZE_ARGS: four functions that lock, flags, reserved.
  const initialization = Buffer.alloc(6 * ulong);
  initialization.writeBigUInt64LE(BigInt(CKF_OS_LOCKING_OK), 4 * ulong);
  await call("C_Initialize", [initialization], ["CKR_CRYPTOKI_ALREADY_INITIALIZED"]);

  return {
    slots: async () => {
      const count = numberCell();
      await call("C_GetSlotList", [1, null, count]);
      const list = Buffer.alloc(Math.max(1, Number(count.readBigUInt64LE())) * ulong);
      await call("C_GetSlotList", [1, list, count]);
      const slots = Array.from({ length: Number(count.readBigUInt64LE()) }, (_, index) => list.readBigUInt64LE(index * ulong));
      const found = await Promise.all(slots.map(async (slot) => {
        // CK_TOKEN_INFO begins with the label, 32 octets padded with blanks.
        const information = Buffer.alloc(512);
        try {
          await call("C_GetTokenInfo", [slot, information]);
        } catch {
          // Another slot's token need not be well.
          return null;
        }
        return { slot, label: information.toString("utf8", 0, 32).trimEnd() };
      }));
      return found.filter((each) => each !== null);
    },
    openSession: async (slot) => {
      const session = numberCell();
      await call("C_OpenSession", [slot, CKF_SERIAL_SESSION, null, null, session]);
      return session.readBigUInt64LE();
    },
    closeAllSessions: (slot) => call("C_CloseAllSessions", [slot]),
    login: async (session, pin) => {
      const octets = Buffer.alloc(Buffer.byteLength(pin));
      octets.write(pin);
      await call("C_Login", [session, CKU_USER, octets, octets.length], ["CKR_USER_ALREADY_LOGGED_IN"]).finally(() => octets.fill(0));
    },
    findObjects: async (session, template) => {
      const packed = pack(template.map(([type, value]) => [type, Buffer.from(value)]));
      await call("C_FindObjectsInit", [session, packed.attributes, template.length]);
      const [found, count] = [Buffer.alloc(2 * ulong), numberCell()];
      try {
        await call("C_FindObjects", [session, found, 2, count]);
      } finally {
        await call("C_FindObjectsFinal", [session]);
      }
      return Array.from({ length: Number(count.readBigUInt64LE()) }, (_, index) => found.readBigUInt64LE(index * ulong));
    },
    attribute: async (session, object, type) => {
      const packed = pack([[type, Buffer.alloc(1024)]]);
      await call("C_GetAttributeValue", [session, object, packed.attributes, 1]);
      const length = packed.attributes.readBigUInt64LE(2 * ulong);
      if (length === unavailable) throw new TokenError("CKR_ATTRIBUTE_TYPE_INVALID", "C_GetAttributeValue");
      return Uint8Array.from(packed.values[0]?.subarray(0, Number(length)) ?? []);
    },
    sign: async (session, mechanism, key, data) => {
      // CK_MECHANISM: its type, and no parameter.
      const wanted = Buffer.alloc(3 * ulong);
      wanted.writeBigUInt64LE(BigInt(mechanism));
      await call("C_SignInit", [session, wanted, key]);
      const signature = Buffer.alloc(1024);
      const length = numberCell();
      length.writeBigUInt64LE(BigInt(signature.length));
      await call("C_Sign", [session, Buffer.from(data), data.length, signature, length]);
      return Uint8Array.from(signature.subarray(0, Number(length.readBigUInt64LE())));
    },
  };
}

type Argument = number | bigint | Buffer | null;
type Call = (name: keyof typeof place, given: readonly Argument[], spared?: readonly string[]) => Promise<void>;

/** Calls functions of a module by their names, each in a thread of its own. */
function functionsOf(file: string): Call {
  const list: (bigint | null)[] = [null];
  let library: LibraryHandle;
  try {
    library = koffi.load(file);
    const value = (library.func("unsigned long C_GetFunctionList(_Out_ void **list)") as (list: (bigint | null)[]) => number)(list);
    checkReturnValue("C_GetFunctionList", value);
  } catch (error) {
    if (error instanceof TokenError) throw error;
    throw new TokenError("module_not_loaded", `${file} is not a PKCS #11 module that can be loaded`);
  }
  const table = koffi.struct({ version: koffi.array("uint8_t", 2), functions: koffi.array("void *", 44) });
  const { functions } = koffi.decode(list[0], table) as { readonly functions: readonly bigint[] };
  const types: Readonly<Record<string, string>> = { N: "unsigned long", P: "void *", B: "uint8_t" };
  const callable = new Map(Object.entries(place).map(([name, index]) => {
    const prototype = koffi.proto("unsigned long", [...parameters[name as keyof typeof place]].map((letter) => types[letter] ?? "void *"));
    return [name, koffi.decode(functions[index], prototype) as { async(...given: unknown[]): void }];
  }));
  loaded.add(library);
  return async (name, given, spared = []) => {
    underWay.add(given);
    const value = await new Promise<number>((resolve, reject) => {
      callable.get(name)?.async(...given, (error: unknown, result: number) => (error === null || error === undefined ? resolve(result) : reject(error as Error)));
    }).finally(() => underWay.delete(given));
    checkReturnValue(name, Number(value), spared);
  };
}

// What the module works on must not be collected before it is done; nor the module.
const underWay = new Set<readonly Argument[]>();
const pointedTo = new WeakMap<Buffer, readonly Buffer[]>();
const loaded = new Set<LibraryHandle>();

/** CK_ATTRIBUTE[], and the values that it points to. */
function pack(template: readonly (readonly [type: number, value: Buffer])[]): { readonly attributes: Buffer; readonly values: readonly Buffer[] } {
  const attributes = Buffer.alloc(template.length * 3 * ulong);
  for (const [index, [type, value]] of template.entries()) {
    attributes.writeBigUInt64LE(BigInt(type), index * 3 * ulong);
    attributes.writeBigUInt64LE(BigInt(koffi.address(value)), (index * 3 + 1) * ulong);
    attributes.writeBigUInt64LE(BigInt(value.length), (index * 3 + 2) * ulong);
  }
  const values = template.map(([, value]) => value);
  pointedTo.set(attributes, values);
  return { attributes, values };
}

const numberCell = (): Buffer => Buffer.alloc(ulong);
