"""What a credential asks before it asks for data: where tokens are given, and for one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from .handlers import Base
from .identity import TOKEN_LIFE_S
from .refusals import Refusal, refusal

if TYPE_CHECKING:
    from .identity import Identity


class OpenId(Base):
    """Where tokens are given."""

    public = True

    async def answer_get(self, tenant: str) -> None:
        """Tell it for the endpoint's tenant."""
        identity = self.desk.identity
        if not _is_ours(tenant, identity):
            raise _sign_in_error(
                400,
                "invalid_tenant",
                90002,
                f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID.",
            )
        origin = f"{self.desk.scheme}://{self.request.host}"
        base = f"{origin}/{identity.tenant_id}"
        self.finish(
            json.dumps(
                {
                    "issuer": f"{base}/v2.0",
                    "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{base}/oauth2/v2.0/token",
                    "jwks_uri": f"{base}/discovery/v2.0/keys",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    "response_types_supported": ["token"],
                    "subject_types_supported": ["pairwise"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "grant_types_supported": ["client_credentials"],
                    "tenant_region_scope": "local",
                }
            )
        )


class Keys(Base):
    """The keys that tokens can be checked with: none, as only the endpoint itself checks them."""

    public = True

    async def answer_get(self, _tenant: str) -> None:
        """Tell it."""
        self.finish(json.dumps({"keys": []}))


class Token(Base):
    """Tokens for whoever has the client secret. The secret is taken from the body, never from an address."""

    public = True

    async def answer_post(self, tenant: str) -> None:
        """Give a token.

        :raises Refusal: with the sign-in service's own shape of errors.
        """
        identity = self.desk.identity
        form = self._form()
        if not identity.knows_client(form.get("client_id", ""), form.get("client_secret", "")):
            raise _sign_in_error(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if not _is_ours(tenant, identity):
            raise _sign_in_error(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if form.get("grant_type") != "client_credentials":
            raise _sign_in_error(400, "unsupported_grant_type", 70003, "Only client_credentials is served here.")
        audience = form.get("resource") or form.get("scope", "").split(" ")[0].removesuffix("/.default")
        if not audience:
            raise _sign_in_error(400, "invalid_scope", 70011, "The scope has to be an address followed by /.default.")
        self.finish(
            json.dumps(
                {
                    "token_type": "Bearer",
                    "expires_in": TOKEN_LIFE_S,
                    "ext_expires_in": TOKEN_LIFE_S,
                    "access_token": self.desk.tokens.issue(audience.rstrip("/")),
                }
            )
        )

    def _form(self) -> dict[str, str]:
        try:
            fields = parse_qs(self._content.decode("ascii"), max_num_fields=50)
        except ValueError:
            return {}
        return {name: values[0] for name, values in fields.items()}


class _SignInRefusal(Refusal):
    @property
    def body(self) -> dict[str, object]:
        return self.error


def _sign_in_error(status: int, error: str, code: int, text: str) -> Refusal:
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    found = refusal(status, error, "")
    correlation = found.error["correlationId"]
    return _SignInRefusal(
        status,
        {
            "error": error,
            "error_description": f"AADSTS{code}: {text} Correlation ID: {correlation} Timestamp: {now}",
            "error_codes": [code],
            "timestamp": now,
            "correlation_id": correlation,
        },
    )


def _is_ours(tenant: str, identity: Identity) -> bool:
    return tenant.lower() in (identity.tenant_id, "common", "organizations")
