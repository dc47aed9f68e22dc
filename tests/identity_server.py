"""An identity service for tests, over https on loopback: sign-ins with a device code, as Entra answers them.

Shapes from RFC 8628 and OpenID Connect Discovery. The tokens that it gives are whatever ``tokens`` makes.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs

from jupyterlab_sentinel.endpoint.certificates import server_context

PENDING = {"error": "authorization_pending", "error_description": "AADSTS70016: Pending end-user authorization."}
EXPIRED = {"error": "expired_token", "error_description": "AADSTS70020: The provided code has expired."}
DECLINED = {"error": "authorization_declined", "error_description": "AADSTS70018: The user declined."}


@dataclass
class IdentityServer:
    """``with IdentityServer(folder, tokens) as identity``: then ``approve()`` enters the code, as a person would.

    :param tokens: an access token for a scope.
    """

    folder: Path
    tokens: Callable[[str], str]
    page: str = "https://microsoft.com/devicelogin"
    code: str = "HJK4W7PLM"
    expires_s: int = 900
    asked: list[str] = field(default_factory=list)
    outcome: str = "pending"
    codes: int = 0
    scopes: dict[str, str] = field(default_factory=dict)
    workspace: str = ""
    elsewhere: str = ""
    given: dict[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(200, server.openid())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                server.asked.append(self.path.rsplit("/", 1)[1])
                if server.elsewhere:
                    self.send_response(307)
                    self.send_header("Location", f"{server.elsewhere}{self.path}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self._answer(*(server.device(form) if self.path.endswith("/devicecode") else server.token(form)))

            def _answer(self, status: int, data: dict[str, Any]) -> None:
                body = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.folder.mkdir(parents=True, exist_ok=True)
        self._server.socket = server_context(self.ca_file).wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    @property
    def ca_file(self) -> Path:
        return self.folder / "identity.pem"

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs to sign in here."""
        return {"AZURE_AUTHORITY_HOST": self.url, "REQUESTS_CA_BUNDLE": str(self.ca_file)}

    def approve(self) -> None:
        self.outcome = "approved"

    def decline(self) -> None:
        self.outcome = "declined"

    # --- what it answers ---

    def openid(self) -> dict[str, Any]:
        base = f"{self.url}/tenant"
        return {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        }

    def device(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.codes += 1
        self.scopes[f"device-{self.codes}"] = form["scope"]
        return 200, {
            "user_code": self.code,
            "device_code": f"device-{self.codes}",
            "verification_uri": self.page,
            "expires_in": self.expires_s,
            "interval": 1,
            "message": "as Entra words it",
        }

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        refresh = form["grant_type"] == "refresh_token"
        if not refresh and self.outcome == "pending":
            return 400, PENDING
        if not refresh and self.outcome == "declined":
            return 400, DECLINED
        now = int(time.time())
        claims = {
            "aud": form["client_id"],
            "iss": f"{self.url}/tenant/v2.0",
            "iat": now,
            "exp": now + 3600,
            "sub": "subject",
            "oid": "user",
            "tid": "tenant",
            "preferred_username": "analyst@contoso.example",
            "ver": "2.0",
        }
        wanted = form["scope"] if refresh else self.scopes[form["device_code"]]
        scope = next(word for word in wanted.split() if word.endswith("/.default"))
        return 200, {
            "token_type": "Bearer",
            "scope": wanted,
            "expires_in": 3600,
            "access_token": self.tokens(scope),
            "refresh_token": "refresh",
            "id_token": f"{_packed({'alg': 'none'})}.{_packed(claims)}.",
            "client_info": _packed({"uid": "user", "utid": "tenant"}),
        }


def _packed(data: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()
