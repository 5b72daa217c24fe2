/** The settings under which NIST PKITS has its policy sections judged (PKITS 4.8, 4.10, 4.12). */

export interface PkitsSetting {
  readonly policies?: readonly string[];
  readonly requireExplicit?: true;
  readonly inhibitMapping?: true;
  readonly inhibitAny?: true;
  readonly valid: boolean;
}

const policies = (...numbers: readonly number[]) => ({ policies: numbers.map((number) => `2.16.840.1.101.3.2.1.48.${number}`) });
const valid = (setting: Omit<PkitsSetting, "valid"> = {}): PkitsSetting => ({ ...setting, valid: true });
const refused = (setting: Omit<PkitsSetting, "valid"> = {}): PkitsSetting => ({ ...setting, valid: false });
const explicit = { requireExplicit: true } as const;

/** By the end entity's file; all others are judged once, and their names say what is expected. */
export const pkitsSettings: Readonly<Record<string, readonly PkitsSetting[]>> = {
  ValidCertificatePathTest1EE: [valid(), valid(explicit), valid({ ...policies(1), ...explicit }), refused({ ...policies(2), ...explicit }), valid({ ...policies(1, 2), ...explicit })],
  AllCertificatesNoPoliciesTest2EE: [valid(), refused(explicit)],
  DifferentPoliciesTest3EE: [valid(), refused(explicit), refused({ ...policies(1, 2), ...explicit })],
  DifferentPoliciesTest4EE: [refused()],
  DifferentPoliciesTest5EE: [refused()],
  OverlappingPoliciesTest6EE: [valid(), valid(policies(1)), refused(policies(2))],
  DifferentPoliciesTest7EE: [refused()],
  DifferentPoliciesTest8EE: [refused()],
  DifferentPoliciesTest9EE: [refused()],
  AllCertificatesSamePoliciesTest10EE: [valid(), valid(policies(1)), valid(policies(2))],
  AllCertificatesanyPolicyTest11EE: [valid(), valid(policies(1))],
  DifferentPoliciesTest12EE: [refused()],
  AllCertificatesSamePoliciesTest13EE: [valid(policies(1)), valid(policies(2)), valid(policies(3))],
  AnyPolicyTest14EE: [valid(policies(1)), refused(policies(2))],
  UserNoticeQualifierTest15EE: [valid()],
  UserNoticeQualifierTest16EE: [valid()],
  UserNoticeQualifierTest17EE: [valid()],
  UserNoticeQualifierTest18EE: [valid(policies(1)), valid(policies(2))],
  UserNoticeQualifierTest19EE: [valid()],
  CPSPointerQualifierTest20EE: [valid()],
  ValidPolicyMappingTest1EE: [valid(policies(1)), refused(policies(2)), refused({ inhibitMapping: true })],
  InvalidPolicyMappingTest2EE: [refused(), refused({ inhibitMapping: true })],
  ValidPolicyMappingTest3EE: [refused(policies(1)), valid(policies(2))],
  ValidPolicyMappingTest5EE: [valid(policies(1)), refused(policies(6))],
  ValidPolicyMappingTest6EE: [valid(policies(1)), refused(policies(6))],
  ValidPolicyMappingTest12EE: [valid(policies(1)), valid(policies(2))],
  ValidPolicyMappingTest13EE: [valid(), valid(policies(1)), refused(policies(2))],
  inhibitAnyPolicyTest3EE: [valid(), refused({ inhibitAny: true })],
};
