import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sweepEnrolments } from "../../src/enrolment/index.ts";
import type { ErrorCode } from "../../src/errors.ts";
import { expectRefused, expectRefusedPage, hasAccountSession, poll, type Setting, startSetting } from "./setting.ts";
import { reach, type Stage, type Staged, type StepName, stages, steps, storedState } from "./stages.ts";
import { transactionState, unchangedBy } from "./state.ts";

let setting: Setting;
beforeAll(async () => {
  setting = await startSetting();
});
afterAll(() => setting.close());

const claimed = "transaction_already_claimed";
const state = "transaction_wrong_state";
const key = "device_key_mismatch";
const used = "challenge_used";
const challenge = "passkey_challenge_unknown";
const link = "continuation_invalid";
const code = "return_code_invalid";
const cancelled = "transaction_cancelled";
const gone = "transaction_unknown";
const failed = "proof_invalid";
/** The step is in order there: what it does is shown elsewhere. */
const ok = null;

/** What each step answers in each state, out of order. */
const table: Readonly<Record<StepName, Readonly<Record<Stage, ErrorCode | null>>>> = {
  claim:              { open: ok,    claimed,            challenged: claimed,   proved: claimed,   offered: claimed,   continuation: claimed,   continued: claimed,   passkey_pending: claimed,   complete: claimed,   returned: claimed,   finished: gone, failed: claimed, cancelled },
  statement:          { open: state, claimed: ok,        challenged: state,     proved: state,     offered: state,     continuation: state,     continued: state,     passkey_pending: state,     complete: state,     returned: state,     finished: gone, failed, cancelled },
  proof:              { open: state, claimed: state,     challenged: ok,        proved: used,      offered: used,      continuation: used,      continued: used,      passkey_pending: used,      complete: used,      returned: used,      finished: used, failed: used, cancelled },
  "passkey/options":  { open: state, claimed: state,     challenged: state,     proved: ok,        offered: ok,        continuation: ok,        continued: ok,        passkey_pending: state,     complete: state,     returned: state,     finished: gone, failed, cancelled },
  passkey:            { open: state, claimed: challenge, challenged: challenge, proved: challenge, offered: ok,        continuation: challenge, continued: challenge, passkey_pending: challenge, complete: challenge, returned: challenge, finished: gone, failed, cancelled },
  continuation:       { open: state, claimed: state,     challenged: state,     proved: ok,        offered: ok,        continuation: ok,        continued: ok,        passkey_pending: state,     complete: state,     returned: state,     finished: gone, failed, cancelled },
  confirm:            { open: state, claimed: state,     challenged: state,     proved: state,     offered: state,     continuation: state,     continued: state,     passkey_pending: ok,        complete: state,     returned: state,     finished: gone, failed, cancelled },
  status:             { open: key,   claimed: ok,        challenged: ok,        proved: ok,        offered: ok,        continuation: ok,        continued: ok,        passkey_pending: ok,        complete: ok,        returned: ok,        finished: key,  failed: ok, cancelled: key },
  cancel:             { open: key,   claimed: ok,        challenged: ok,        proved: ok,        offered: ok,        continuation: ok,        continued: ok,        passkey_pending: ok,        complete: state,     returned: state,     finished: key,  failed, cancelled: key },
  continue:           { open: link,  claimed: link,      challenged: link,      proved: link,      offered: link,      continuation: ok,        continued: link,      passkey_pending: link,      complete: link,      returned: link,      finished: link, failed: link, cancelled: link },
  "continue/passkey": { open: link,  claimed: link,      challenged: link,      proved: link,      offered: link,      continuation: link,      continued: ok,        passkey_pending: link,      complete: link,      returned: link,      finished: link, failed: link, cancelled: link },
  return:             { open: code,  claimed: code,      challenged: code,      proved: code,      offered: code,      continuation: code,      continued: code,      passkey_pending: code,      complete: ok,        returned: code,      finished: code, failed: code, cancelled: code },
};

/** What the opening browser gets that takes up the result without a code. */
const resumes: Readonly<Record<Stage, ErrorCode | null>> = {
  open: state, claimed: state, challenged: state, proved: state, offered: state, continuation: state, continued: state,
  passkey_pending: state, complete: state, returned: ok, finished: gone, failed: "certificate_not_accepted", cancelled,
};

const stepNames = Object.keys(steps) as StepName[];

/** What a step answers once the transaction's time is over: what ended before keeps saying why. */
function whenLate(step: StepName, stage: Stage): ErrorCode {
  const before = table[step][stage];
  if (step === "return") return code;
  if (step === "continue" || step === "continue/passkey") return link;
  const ended = stage === "failed" || stage === "cancelled" || stage === "finished";
  return before !== null && (ended || before === key || before === used) ? before : "transaction_expired";
}

describe.each(stages)("a transaction that is %s", (stage) => {
  let staged: Staged;
  beforeAll(async () => {
    staged = await reach(setting.world, stage);
    expect(await transactionState(setting.world, staged.transaction)).toBe(storedState(stage));
  });

  const refused = stepNames.flatMap((step) => {
    const expected = table[step][stage];
    return expected === null ? [] : [[step, expected] as const];
  });
  test.each(refused)("refuses %s: %s", async (step, expected) => {
    expectRefused(await unchangedBy(setting.world, () => steps[step](staged)), expected);
  });

  const resumeCode = resumes[stage];
  test.each(resumeCode === null ? [] : [resumeCode])("does not sign its browser in: %s", async (expected) => {
    const { world } = setting;
    const signedInBefore = await hasAccountSession(staged.person.browser, world);
    const answer = await unchangedBy(world, () => staged.person.browser.open(`${world.issuer}/account/resume/${staged.transaction}`));
    expectRefusedPage(answer, expected);
    expect(await hasAccountSession(staged.person.browser, world)).toBe(signedInBefore);
  });

  describe("whose time is over", () => {
    let old: Staged;
    beforeAll(async () => {
      old = await reach(setting.world, stage);
      setting.world.advance(301);
      // As the bridge does now and then: here at once, so that no step below seems to have done it.
      await sweepEnrolments(setting.world.bridge.storage, setting.world.now());
    });

    const toldStatus = table.status[stage] === null;
    test.each(stepNames.filter((step) => step !== "status" || !toldStatus))("refuses %s", async (step) => {
      expectRefused(await unchangedBy(setting.world, () => steps[step](old)), whenLate(step, stage));
    });

    test("says so to its browser and its device", async () => {
      const ended = stage === "failed" ? "failed" : stage === "finished" ? "complete" : stage === "cancelled" ? "cancelled" : "expired";
      expect((await poll(old.person.browser, old.progress)).body["state"]).toBe(ended);
      const status = await steps.status(old);
      expect(status.body["state"]).toBe(toldStatus ? ended : undefined);
    });
  });
});
