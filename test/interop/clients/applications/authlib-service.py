"""A service on Authlib (requests client). It serves one person."""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode, urlsplit

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback, without TLS

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, JsonWebToken
from authlib.oidc.core import CodeIDToken

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
BASE = f"http://localhost:{PORT}"
METADATA = requests.get(f"{ISSUER}/.well-known/openid-configuration", timeout=10).json()
KEYS = JsonWebKey.import_key_set(requests.get(METADATA["jwks_uri"], timeout=10).json())
VERIFIER, NONCE = generate_token(48), generate_token(20)

session = OAuth2Session(
    os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"], token_endpoint_auth_method="client_secret_basic",
    scope="openid", redirect_uri=f"{BASE}/callback", code_challenge_method="S256",
)
signed_in = {}


def sign_in(_url):
    url, signed_in["state"] = session.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=VERIFIER, nonce=NONCE)
    return url


def callback(url):
    token = session.fetch_token(METADATA["token_endpoint"], authorization_response=url, state=signed_in["state"], code_verifier=VERIFIER)
    claims = JsonWebToken(["ES256"]).decode(
        token["id_token"], KEYS, claims_cls=CodeIDToken,
        claims_options={"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": os.environ["CLIENT_ID"]}},
        claims_params={"nonce": NONCE, "client_id": os.environ["CLIENT_ID"]},
    )
    claims.validate()
    signed_in["claims"], signed_in["id_token"] = claims, token["id_token"]
    return "/me"


def me(_url):
    return {"subject": signed_in["claims"]["sub"], "userinfo": session.get(METADATA["userinfo_endpoint"]).json()}


def refresh(_url):
    before = session.token["access_token"]
    after = session.refresh_token(METADATA["token_endpoint"], refresh_token=session.token["refresh_token"])
    return {"before": before, "after": after["access_token"]}


def sign_out(_url):
    hint = signed_in.pop("id_token")
    return METADATA["end_session_endpoint"] + "?" + urlencode({"id_token_hint": hint, "post_logout_redirect_uri": f"{BASE}/signed-out"})


def signed_out(_url):
    return {"signedIn": "id_token" in signed_in}


ROUTES = {"/sign-in": sign_in, "/callback": callback, "/me": me, "/refresh": refresh, "/sign-out": sign_out, "/signed-out": signed_out}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        answer = ROUTES[urlsplit(self.path).path](BASE + self.path)
        if isinstance(answer, str):
            self.send_response(302)
            self.send_header("Location", answer)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_arguments):
        pass


server = HTTPServer(("127.0.0.1", PORT), Handler)
sys.stdout.write("listening\n")
sys.stdout.flush()
server.serve_forever()
