"""A small OpenID Connect provider on 127.0.0.1, which signs as well or as badly as it is told.

References
----------
.. [1] "OpenID Connect Core 1.0", section 3.1: code flow, and how an ID token is validated
.. [2] RFC 7636, proof key for code exchange
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

Claims = dict[str, Any]
CLIENT, SECRET = "voicegender", "known-to-the-two-of-them"
EMAIL = "ada@example.org"


def _signed(claims: Claims, key: RSAKey) -> str:
    return jwt.encode({"alg": "RS256", "kid": "of tests"}, claims, key)


def _tampered(claims: Claims, key: RSAKey) -> str:
    """Another's address, put in after it was signed."""
    head, _, signature = _signed(claims, key).split(".")
    body = json.dumps(claims | {"email": "eve@example.org"}).encode()
    return f"{head}.{base64.urlsafe_b64encode(body).decode().rstrip('=')}.{signature}"


def _unsigned(claims: Claims, _key: RSAKey) -> str:
    parts = [json.dumps(one).encode() for one in ({"alg": "none"}, claims)]
    return ".".join([*(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts), ""])


def _of_another(claims: Claims, _key: RSAKey) -> str:
    return _signed(claims, RSAKey.generate_key(2048, {"kid": "of tests"}))


def _but(**claims: Any) -> Callable[[Claims, RSAKey], str]:
    return lambda good, key: _signed(good | claims, key)


HOURS_AGO = int(time.time()) - 9000
TOKENS: dict[str, Callable[[Claims, RSAKey], str]] = {
    "good": _signed,
    "tampered": _tampered,
    "unsigned": _unsigned,
    "another key": _of_another,
    "another nonce": _but(nonce="of another visit"),
    "another audience": _but(aud="another app"),
    "another issuer": _but(iss="https://evil.example"),
    "expired": _but(exp=HOURS_AGO, iat=HOURS_AGO - 60),
}
"""Moods, and the ID token that is given in each."""


class Provider(ThreadingHTTPServer):
    """Lets everybody in as Ada; ``mood`` is one of `TOKENS`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.key = RSAKey.generate_key(2048, {"kid": "of tests"})
        self.mood = "good"
        self.asked: dict[str, dict[str, str]] = {}
        self.told: list[str] = []
        """Paths that were asked for."""

    def secrets_toml(self, **more: str) -> str:
        """What the dashboard is configured with."""
        facts = {
            "redirect_uri": "http://127.0.0.1:{port}/oauth2callback",
            "cookie_secret": "a long random text of tests alone",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "server_metadata_url": f"{self.url}/.well-known/openid-configuration",
            **more,
        }
        return "[auth]\n" + "".join(f"{name} = {json.dumps(one)}\n" for name, one in facts.items())

    def metadata(self) -> dict[str, Any]:
        """Where everything is."""
        ends = ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")
        return {
            "issuer": self.url,
            **{name: f"{self.url}/{name}" for name in ends},
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """What a code is worth, once, to the one it was given to."""
        asked = self.asked.pop(form["code"], None)
        proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).decode().rstrip("=")
        if asked is None or challenge != asked["code_challenge"]:
            return None
        now = int(time.time())
        claims: Claims = {"iss": self.url, "aud": CLIENT, "sub": "1", "email": EMAIL}
        claims |= {"iat": now, "exp": now + 600, "nonce": asked["nonce"]}
        id_token = TOKENS[self.mood](claims, self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": id_token}


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        """Discovery, keys, and the two pages a browser is sent to."""
        at = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(at.query).items()}
        self.server.told.append(at.path)
        if at.path == "/authorization_endpoint":
            code = secrets.token_hex(8)
            self.server.asked[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            self._go_to(f"{asked['redirect_uri']}?{back}")
        elif at.path == "/end_session_endpoint":
            self._go_to(asked["post_logout_redirect_uri"])
        elif at.path == "/jwks_uri":
            self._give({"keys": [self.server.key.as_dict(private=False)]})
        else:
            self._give(self.server.metadata())

    def do_POST(self) -> None:
        """A code against tokens."""
        length = int(self.headers["Content-Length"])
        form = parse_qs(self.rfile.read(length).decode())
        pair = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = self.headers["Authorization"] == f"Basic {pair}"
        tokens = self.server.token({name: one[0] for name, one in form.items()}) if known else None
        self._give(tokens or {"error": "invalid_grant"}, 200 if tokens else 400)

    def _go_to(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _give(self, document: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def providing() -> Iterator[Provider]:
    """A provider, while it is needed."""
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, daemon=True)
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()
