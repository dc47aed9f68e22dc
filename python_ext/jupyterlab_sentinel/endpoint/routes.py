"""Every path of the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tornado.web import Application

from .handlers import Batch, Cloud, Metadata, Nowhere, ResourceMetadata, ResourceQuery, WorkspaceQuery
from .kusto_handlers import Hunting, KustoCommand, KustoQuery, KustoQueryV1, KustoSignIn
from .signing_in import Keys, OpenId, Token

if TYPE_CHECKING:
    from .handlers import Desk

_RESOURCE = r"(/*(?:[^/]+/)+[^/]+)"
_TENANT = r"[0-9A-Za-z._-]+"


def application(desk: Desk) -> Application:
    """The endpoint as a web application."""
    given = {"desk": desk}
    return Application(
        [
            (r"(?:/lake/kql)?/v2/rest/query", KustoQuery, given),
            (r"(?:/lake/kql)?/v1/rest/query", KustoQueryV1, given),
            (r"(?:/lake/kql)?/v1/rest/mgmt", KustoCommand, given),
            (r"(?:/lake/kql)?/v1/rest/auth/metadata", KustoSignIn, given),
            (r"/v1\.0/security/runHuntingQuery", Hunting, given),
            (r"/v1/workspaces/([^/]+)/query", WorkspaceQuery, given),
            (r"/v1/workspaces/([^/]+)/metadata", Metadata, given),
            (r"/v1/(?:\$|%24)batch", Batch, given),
            (rf"/v1/{_RESOURCE}/+query", ResourceQuery, given),
            (rf"/v1/{_RESOURCE}/+metadata", ResourceMetadata, given),
            (rf"/{_RESOURCE}/providers/(?i:microsoft\.insights)/logs", ResourceQuery, given),
            (r"/metadata/endpoints/?", Cloud, given),
            (rf"/({_TENANT})(?:/v2\.0)?/\.well-known/openid-configuration", OpenId, given),
            (rf"/({_TENANT})/discovery(?:/v2\.0)?/keys", Keys, given),
            (rf"/({_TENANT})/oauth2(?:/v2\.0)?/token", Token, given),
        ],
        default_handler_class=Nowhere,
        default_handler_args=given,
        # Addresses of GET requests hold queries; nothing of them is logged.
        log_function=lambda _handler: None,
    )
