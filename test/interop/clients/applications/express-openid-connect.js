// oxlint-disable no-async-endpoint-handlers -- Express 5 awaits them
import express from "express";
import openid from "express-openid-connect";
import { env } from "node:process";

/** A service on express-openid-connect, by its own README. */

const application = express();
application.use(openid.auth({
  issuerBaseURL: env.ISSUER, baseURL: `http://localhost:${env.PORT}`, clientID: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET, secret: "a long enough secret of this test, for its cookies",
  authRequired: false, clientAuthMethod: "client_secret_basic", idTokenSigningAlg: "ES256", idpLogout: true,
  authorizationParams: { response_type: "code", response_mode: "query", scope: "openid" },
  routes: { login: "/sign-in", logout: "/sign-out", callback: "/callback", postLogoutRedirect: "/signed-out" },
}));
application.get("/", (_request, response) => response.redirect("/me"));
application.get("/me", async (request, response) => response.json({ subject: request.oidc.idTokenClaims?.sub, userinfo: await request.oidc.fetchUserInfo() }));
application.get("/refresh", async (request, response) => {
  const before = request.oidc.accessToken;
  const after = await before.refresh();
  response.json({ before: before.access_token, after: after.access_token });
});
application.get("/signed-out", (request, response) => response.json({ signedIn: request.oidc.isAuthenticated() }));
application.listen(Number(env.PORT), "127.0.0.1", () => process.stdout.write("listening\n"));
