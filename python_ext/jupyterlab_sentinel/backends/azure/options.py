"""What a workspace in Azure is made from: options as settings and callers give them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ...errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ...settings.model import Cloud
    from ..log_analytics.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class GivenCredential:
    """A credential that is somebody else's: it is never made anew, and not closed here."""

    credential: object

    def __call__(self) -> object:
        """The credential."""
        return self.credential


def credential_source(options: Mapping[str, object], endpoint: Endpoint) -> Callable[[], object]:
    """What gives the credential, from ``credential`` or from ``sign_in``, ``tenant_id`` and ``plain_text_cache``.

    :raises UsageError: a credential that is none.
    """
    credential = options.get("credential")
    if credential is None:
        from ..log_analytics.credentials import Wish, authority_of, credential_for

        plain_text = options.get("plain_text_cache") is True
        wish = Wish(authority_of(endpoint), text_of(options, "tenant_id"), plain_text)
        return partial(credential_for, texts_of(options, "sign_in"), wish)
    if not (hasattr(credential, "get_token") or hasattr(credential, "get_token_info")):
        raise UsageError(
            "The credential has no get_token().",
            hint="Pass an object of azure.identity, such as AzureCliCredential().",
        )
    return GivenCredential(credential)


def cloud_of(options: Mapping[str, object]) -> Cloud:
    """The cloud that is asked for.

    :raises UsageError: there is none of that name.
    """
    match options.get("cloud"):
        case "usgov":
            return "usgov"
        case "china":
            return "china"
        case None | "public":
            return "public"
        case other:
            raise UsageError(f"“{other}” is no cloud.", hint="Clouds are public, usgov and china.")


def text_of(options: Mapping[str, object], key: str) -> str | None:
    """An option that is a text, or None."""
    found = options.get(key)
    return str(found) if found is not None else None


def texts_of(options: Mapping[str, object], key: str) -> tuple[str, ...]:
    """An option that is one text or several."""
    found = options.get(key)
    if isinstance(found, str):
        return (found,)
    return tuple(map(str, found)) if isinstance(found, list | tuple) else ()
