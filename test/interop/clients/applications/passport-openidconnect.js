// oxlint-disable no-underscore-dangle, promise/no-callback-in-promise -- Passport hands over its OAuth client under that name, and it calls back
import express from "express";
import session from "express-session";
import passport from "passport";
import OpenIDConnectStrategy from "passport-openidconnect";
import { randomBytes, createHash } from "node:crypto";
import { env } from "node:process";

/** A service on passport-openidconnect, which has neither PKCE nor HTTP Basic for the client: both are added where it says that one may. */

const base = `http://localhost:${env.PORT}`;
const discovered = await (await fetch(`${env.ISSUER}/.well-known/openid-configuration`)).json();

// One verifier of this process: the application serves one person.
const verifier = randomBytes(32).toString("base64url");

class Strategy extends OpenIDConnectStrategy {
  constructor(options, verify) {
    super(options, verify);
    this._oauth2.getOAuthAccessToken = (code, parameters, done) => {
      exchange(parameters.grant_type === "refresh_token" ? { ...parameters, refresh_token: code } : { ...parameters, code, code_verifier: verifier })
        .then((tokens) => done(null, tokens.access_token, tokens.refresh_token, tokens), done);
    };
  }

  authorizationParams() {
    return { code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256" };
  }
}

async function exchange(parameters) {
  const authorization = `Basic ${Buffer.from(`${env.CLIENT_ID}:${env.CLIENT_SECRET}`).toString("base64")}`;
  const response = await fetch(discovered.token_endpoint, { method: "POST", headers: { authorization }, body: new URLSearchParams(parameters) });
  if (!response.ok) throw Object.assign(new Error("token"), { statusCode: response.status, data: await response.text() });
  return response.json();
}

const strategy = new Strategy(
  {
    issuer: env.ISSUER, authorizationURL: discovered.authorization_endpoint, tokenURL: discovered.token_endpoint, userInfoURL: discovered.userinfo_endpoint,
    clientID: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET, callbackURL: `${base}/callback`, nonce: true, skipUserProfile: false,
  },
  (_issuer, userinfo, idProfile, _context, idToken, accessToken, refreshToken, _parameters, done) => done(null, { subject: idProfile.id, userinfo: userinfo._json, idToken, accessToken, refreshToken }),
);
passport.use(strategy);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));

const application = express();
application.use(session({ secret: "a secret of this test", resave: false, saveUninitialized: false }), passport.initialize(), passport.session());
application.get("/sign-in", passport.authenticate("openidconnect"));
application.get("/callback", passport.authenticate("openidconnect", { failWithError: true }), (_request, response) => response.redirect("/me"));
application.get("/me", (request, response) => response.json({ subject: request.user?.subject, userinfo: request.user?.userinfo }));
application.get("/refresh", (request, response, next) => {
  strategy._oauth2.getOAuthAccessToken(request.user.refreshToken, { grant_type: "refresh_token" }, (error, accessToken) => {
    if (error) return next(error);
    return response.json({ before: request.user.accessToken, after: accessToken });
  });
});
application.get("/sign-out", (request, response, next) => {
  const query = new URLSearchParams({ id_token_hint: request.user.idToken, post_logout_redirect_uri: `${base}/signed-out` });
  request.logout((error) => (error ? next(error) : response.redirect(`${discovered.end_session_endpoint}?${query}`)));
});
application.get("/signed-out", (request, response) => response.json({ signedIn: request.isAuthenticated() }));
application.listen(Number(env.PORT), "127.0.0.1", () => process.stdout.write("listening\n"));
