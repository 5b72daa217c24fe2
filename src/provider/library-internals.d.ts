/** What the library does not publish the types of. */
declare module "oidc-provider/lib/helpers/fetch_request.js" {
  /** Ends every connection to a special-use address before anything is sent. */
  export function applySSRFProtection<Agent>(agent: Agent): Agent;
}
