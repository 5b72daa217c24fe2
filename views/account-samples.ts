/** A sample of each account page in each of its states. */
import { messagesIn } from "./messages/index.ts";
import * as pages from "./pages/index.ts";
import { noon, page, party, sample, type Sample } from "./sample.ts";

const keysOf = <Name extends string>(record: Readonly<Record<Name, unknown>>): Name[] => Object.keys(record) as Name[];
const { account: words, accountActs, accountActivity } = messagesIn("en");

const base = "/account/passkeys/P1";
const passkey = { number: 3, addedAt: noon - 9_000_000, aal: 2, synced: true, compromised: false, current: false, suspended: false, renameUrl: `${base}/rename`, suspendUrl: `${base}/suspend`, restoreUrl: "/recovery/release", surrenderUrl: `${base}/surrender`, removeUrl: `${base}/remove` };
const levels = {
  ial: { level: 3, because: { ja: "証明書が有効であることを、最近確認しました。", en: "The certificate was found valid not long ago." } },
  aal: { level: 2, because: { ja: "パスキーを、指紋・顔・暗証番号などによる確認とともに使いました。", en: "A passkey was used with a fingerprint, a face or a PIN." }, limit: { ja: "パスキーは、ほかの端末にも複製できる種類です。", en: "The passkey is of a kind that can be copied to other devices." } },
};
const signals = { rpId: "localhost", userId: "cGVyc29u", acceptedCredentialIds: ["a2V5MQ", "a2V5Mg"], removedCredentialIds: ["a2V5Mw"] };
const account = {
  ...page, levels, signals, passkeys: [], certificates: [], services: [], approvals: { count: 0, url: "/approve" }, signOutUrl: "/account/sign-out",
  addPasskeyUrl: "/account/enrolment", addEvidenceUrl: "/account/enrolment", holdUrl: "/account/hold", recoveryUrl: "/recovery",
};
const overviews: readonly Sample[] = [
  sample("account", pages.accountPage, {
    ...account,
    notice: "renamed",
    approvals: { count: 2, url: "/approve" },
    passkeys: [
      { ...passkey, name: "わたしのスマートフォン", boundBy: "same_device", lastUsedAt: noon, current: true },
      { ...passkey, name: "セキュリティキー", model: { name: "Example Key 5", iconUrl: "/authenticators/key-5/icon" }, boundBy: "other_device", aal: 2, synced: false, compromised: true },
      { ...passkey, boundBy: "passkey", aal: 1, lastUsedAt: noon - 86_400, suspended: true },
    ],
    certificates: [{ medium: "smartphone", status: "good", validUntil: noon + 90_000_000, checkedAt: noon }],
    services: [{ party, since: noon - 5_000_000, url: "/account/services/library" }],
  }, ["notice", "boundBy", "medium", "status"]),
  sample("account-empty", pages.accountPage, { ...account, problem: "passkey_last_one" }, ["problem"]),
  ...keysOf(words.notices).map((notice) => sample(`account-${notice}`, pages.accountPage, { ...account, notice }, ["notice"])),
  sample("account-certificates", pages.accountPage, {
    ...account,
    certificates: [
      ...keysOf(words.statusText).map((status) => ({ medium: "card" as const, status, validUntil: noon })),
      ...keysOf(words.linkedByText).map((by) => ({ medium: "smartphone" as const, status: "good" as const, validUntil: noon, renewUrl: "/recovery/renew", link: { by, unlinkUrl: "/account/certificates/E1/unlink" } })),
    ],
  }, ["medium", "status", "by"]),
];

const data = { ...page, exportUrl: "/account/data/export", eraseUrl: "/account/erase" };
const attributes = { presentUrl: "/account/attributes", forgetUrl: "/account/attributes/forget" };
const shared = { scopes: ["openid", "assurance", "verified_claims", "offline_access"], claims: ["ial", "acr"], resources: ["api.library.example.jp"] };
const service = { ...page, party, since: noon - 5_000_000, shared, verified: [], told: [], disconnectUrl: "/account/services/library/disconnect" };
const subpages: readonly Sample[] = [
  sample("account-data", pages.accountDataPage, data),
  sample("account-data-attributes", pages.accountDataPage, {
    ...data,
    notice: "added",
    attributes: { ...attributes, values: [{ name: "name", value: "見本　太郎", substituted: true }, { name: "birthdate", value: "1985-04-12" }, { name: "gender", gender: "female" }], verifiedAt: noon, validUntil: noon + 90_000_000 },
  }, ["name", "gender", "notice"]),
  sample("account-data-no-attributes", pages.accountDataPage, { ...data, attributes: { ...attributes, values: [] } }),
  sample("account-service", pages.accountServicePage, {
    ...service,
    notice: "withheld",
    verified: [{ name: "address", withholdUrl: "/account/services/library/verified-claims/address/withhold" }],
    told: [{ at: noon, levels: "IAL 3 / AAL 2 / FAL 2" }, { at: noon - 500_000, levels: "IAL 3 / AAL 3 / FAL 2" }],
    renewPseudonymUrl: "/account/services/library/pseudonym",
  }, ["name", "notice"]),
  sample("account-service-new", pages.accountServicePage, service),
  sample("account-activity", pages.accountActivityPage, {
    ...page,
    activities: keysOf(accountActivity.kinds).map((kind, index) => ({
      kind, at: noon - index * 40_000, byOperator: kind === "held",
      ...(kind === "signed_in" && { service: party.name }),
      ...(["signed_in", "passkey_added"].includes(kind) && { passkey: "わたしのスマートフォン", reportUrl: "/account/activity/R1/report" }),
    })),
    olderUrl: "/account/activity?before=12",
    latestUrl: "/account/activity",
  }, ["kind"]),
  sample("account-activity-none", pages.accountActivityPage, { ...page, activities: [] }),
];

const acts: readonly Sample[] = [
  ...keysOf(accountActs.acts).map((act) => sample(`account-act-${act}`, pages.accountActPage, { ...page, act, step: "confirm", actionUrl: `/account/${act}`, isFinal: act === "erase", backUrl: "/account" }, ["act", "step"])),
  sample("account-act-subject", pages.accountActPage, { ...page, act: "hold", step: "confirm", subject: "わたしのスマートフォン", notice: "reported", actionUrl: "/account/hold", isFinal: false, backUrl: "/account" }, ["act", "step", "notice"]),
  sample("account-act-passkey", pages.accountActPage, { ...page, act: "erase", step: "passkey", optionsUrl: "/account/confirm/passkey/options", verifyUrl: "/account/confirm/passkey?for=%2Faccount%2Ferase", backUrl: "/account" }, ["act", "step"]),
  ...keysOf(accountActs.endings).map((ending) => sample(`account-ended-${ending}`, pages.accountEndedPage, { ...page, ending, nextUrl: "/recovery", signals, here: "/account" }, ["ending"])),
];

export const accounts: readonly Sample[] = [...overviews, ...subpages, ...acts];
