export { type Answer, csrfOf, HttpBrowser } from "../../src/sandbox/headless/http-browser.ts";
