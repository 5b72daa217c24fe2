import { extensionOid } from "../../src/pki/oid.ts";
import { concatBytes } from "../../src/bytes.ts";
import { context, contextConstructed, der, explicit, ia5String, integer, oid, sequence, utf8String } from "./der-writer.ts";
import { directoryName, type ExtensionSpec } from "./extensions.ts";

/** Names of subjects, and the extensions by which an authority restricts names and policies below it. */

export const dns = (text: string) => ia5String(text, context(2));
export const mailbox = (text: string) => ia5String(text, context(1));
export const uri = (text: string) => ia5String(text, context(6));
export const ip = (...octets: readonly number[]) => der(context(7), Uint8Array.from(octets));
export const otherName = (type: string, text: string) => explicit(0, oid(type), explicit(0, utf8String(text)));
export const registeredId = (dotted: string) => der(context(8), oid(dotted).subarray(2));
export { directoryName };

export const subjectAltName = (...names: readonly Uint8Array[]): ExtensionSpec => ({
  oid: extensionOid.subjectAltName,
  critical: false,
  value: sequence(...names),
});

/** A subtree whose minimum and maximum are as RFC 5280 wants them, or other ones. */
export const subtree = (base: Uint8Array, minimum?: number, maximum?: number) =>
  sequence(base, ...implicit(0, minimum), ...implicit(1, maximum));

function implicit(number: number, value: number | undefined): readonly Uint8Array[] {
  return value === undefined ? [] : [concatBytes(Uint8Array.of(context(number)), integer(value).subarray(1))];
}

interface Subtrees {
  readonly permitted?: readonly Uint8Array[];
  readonly excluded?: readonly Uint8Array[];
}

/** Of names: whole subtrees. */
export const nameConstraints = ({ permitted = [], excluded = [] }: Subtrees): ExtensionSpec =>
  nameConstraintsOf({ permitted: permitted.map((base) => subtree(base)), excluded: excluded.map((base) => subtree(base)) });

/** Of subtrees as given. */
export const nameConstraintsOf = ({ permitted = [], excluded = [] }: Subtrees): ExtensionSpec => ({
  oid: extensionOid.nameConstraints,
  critical: true,
  value: sequence(
    ...(permitted.length === 0 ? [] : [der(contextConstructed(0), ...permitted)]),
    ...(excluded.length === 0 ? [] : [der(contextConstructed(1), ...excluded)]),
  ),
});

/** certificatePolicies without qualifiers. */
export const policies = (...asserted: readonly string[]): ExtensionSpec => ({
  oid: extensionOid.certificatePolicies,
  critical: false,
  value: sequence(...asserted.map((policy) => sequence(oid(policy)))),
});

export const policyMappings = (...mappings: readonly (readonly [issuer: string, subject: string])[]): ExtensionSpec => ({
  oid: extensionOid.policyMappings,
  critical: true,
  value: sequence(...mappings.map(([issuer, subject]) => sequence(oid(issuer), oid(subject)))),
});

export const policyConstraints = (constraints: { readonly explicit?: number; readonly mapping?: number }): ExtensionSpec => ({
  oid: extensionOid.policyConstraints,
  critical: true,
  value: sequence(...implicit(0, constraints.explicit), ...implicit(1, constraints.mapping)),
});

export const inhibitAnyPolicy = (skip: number): ExtensionSpec => ({ oid: extensionOid.inhibitAnyPolicy, critical: true, value: integer(skip) });
