import { createServer } from "node:http";
import { env } from "node:process";
import { Auth } from "@auth/core";

/** A service on Auth.js (@auth/core), with rotation and federated sign-out as its guides describe them. */

const base = `http://localhost:${env.PORT}`;
const discovered = await (await fetch(`${env.ISSUER}/.well-known/openid-configuration`)).json();
let signedIn = null;

const configuration = {
  basePath: "/auth", trustHost: true, secret: "a long enough secret of this test, for its cookies",
  providers: [{
    id: "bridge", name: "jpki-bridge", type: "oidc", issuer: env.ISSUER, clientId: env.CLIENT_ID, clientSecret: env.CLIENT_SECRET,
    checks: ["pkce", "state", "nonce"], authorization: { params: { scope: "openid" } }, client: { id_token_signed_response_alg: "ES256" },
    // The profile comes from userinfo, whose subject Auth.js compares with the ID token's.
    idToken: false, profile: (userinfo) => ({ id: userinfo.sub, userinfo }),
  }],
  callbacks: {
    jwt: ({ token, account, profile }) => {
      if (account) signedIn = { account, userinfo: profile };
      return account ? { ...token, subject: account.providerAccountId } : token;
    },
    session: ({ session, token }) => ({ ...session, subject: token.subject }),
  },
  logger: { error: (error) => process.stderr.write(`${error.name}: ${error.cause?.err?.message ?? error.message}\n`) },
};

/** A request to Auth.js itself, with the cookies of the browser. */
const ask = (request, path, init = {}) => Auth(new Request(`${base}/auth${path}`, { ...init, headers: { cookie: request.headers.cookie ?? "", ...init.headers } }), configuration);

async function act(request, response, path, fields) {
  const form = await ask(request, "/csrf");
  const { csrfToken } = await form.json();
  const cookie = [request.headers.cookie, ...form.headers.getSetCookie().map((line) => line.split(";")[0])].filter(Boolean).join("; ");
  const answer = await ask(request, path, { method: "POST", headers: { cookie, "content-type": "application/x-www-form-urlencoded" }, body: new URLSearchParams({ csrfToken, ...fields }) });
  response.setHeader("set-cookie", [...form.headers.getSetCookie(), ...answer.headers.getSetCookie()]);
  return answer;
}

async function refresh({ account }) {
  const authorization = `Basic ${Buffer.from(`${env.CLIENT_ID}:${env.CLIENT_SECRET}`).toString("base64")}`;
  const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: account.refresh_token });
  const answer = await (await fetch(discovered.token_endpoint, { method: "POST", headers: { authorization }, body })).json();
  return { before: account.access_token, after: answer.access_token };
}

const redirect = (response, location) => response.writeHead(302, { location }).end();
const json = (response, value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));

const routes = {
  "/sign-in": async (request, response) => redirect(response, (await act(request, response, "/signin/bridge", { callbackUrl: `${base}/me` })).headers.get("location")),
  "/me": async (request, response) => json(response, { subject: (await (await ask(request, "/session")).json())?.subject, userinfo: signedIn?.userinfo }),
  "/refresh": async (_request, response) => json(response, await refresh(signedIn)),
  "/sign-out": async (request, response) => {
    await act(request, response, "/signout", {});
    redirect(response, `${discovered.end_session_endpoint}?${new URLSearchParams({ id_token_hint: signedIn.account.id_token, post_logout_redirect_uri: `${base}/signed-out` })}`);
  },
  "/signed-out": async (request, response) => json(response, { signedIn: (await (await ask(request, "/session")).json()) !== null }),
};

createServer(async (request, response) => {
  const { pathname, search } = new URL(request.url, base);
  if (routes[pathname] !== undefined) return routes[pathname](request, response);
  const answer = await ask(request, pathname.replace(/^\/auth/, "") + search);
  return response.writeHead(answer.status, [...answer.headers].flat()).end(await answer.text());
}).listen(Number(env.PORT), "127.0.0.1", () => process.stdout.write("listening\n"));
