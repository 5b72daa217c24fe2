/** Every page. */
export { accountPage, type AccountContext } from "./account.ts";
export type { AccountCertificate } from "./account-certificate.ts";
export type { AccountPasskey } from "./account-passkey.ts";
export type { AccountService } from "./account-service.ts";
export { accountSignInPage, type AccountSignInContext } from "./account-sign-in.ts";
export { consentPage, type ConsentContext } from "./consent.ts";
export { enrolContinuePage, type EnrolContinueContext } from "./enrol-continue.ts";
export { enrolProgressPage, type EnrolmentState, type EnrolProgressContext } from "./enrol-progress.ts";
export { enrolReturnPage, type EnrolReturnContext } from "./enrol-return.ts";
export { enrolStartPage, type EnrolStartContext } from "./enrol-start.ts";
export { errorPage, type ErrorContext } from "./error.ts";
export { homePage, type HomeContext } from "./home.ts";
export { phonePage, type PhoneContext } from "./phone.ts";
export { refusedPage, type RefusedContext } from "./refused.ts";
export { signedOutPage, type SignedOutContext } from "./signed-out.ts";
export { signInPage, type SignInContext } from "./sign-in.ts";
export { signOutConfirmPage, type SignOutConfirmContext } from "./sign-out-confirm.ts";
export { stepUpPage, type StepUpContext } from "./step-up.ts";
