"""A certificate authority that exists for one process, and a certificate for this machine's own names."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from ..settings.files import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("localhost", "127.0.0.1")


def server_context(ca_file: Path) -> ssl.SSLContext:
    """A TLS context for ``localhost`` and ``127.0.0.1``; whoever trusts ``ca_file`` trusts it.

    The authority's key never leaves memory and is forgotten on return, so nobody can sign another name with it.
    The server's own key stands for a moment in a temporary file that only this user may read: OpenSSL through
    Python takes keys from files alone.

    :param ca_file: where the authority's certificate is written.
    :raises OSError: it cannot be written.
    """
    import trustme

    authority = trustme.CA(organization_name="jupyterlab-sentinel")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    authority.issue_cert(*NAMES).configure_cert(context)
    write_atomically(ca_file, authority.cert_pem.bytes())
    return context
