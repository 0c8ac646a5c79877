"""Whom we trust and who we are on an encrypted connection."""

from __future__ import annotations

import ssl

from gaugewright.export.errors import Misuse
from gaugewright.export.server import Server


def tls_context(server: Server) -> ssl.SSLContext | None:
    """The system's certificates or those of `ca_file`, and the client's own; None for plain HTTP.

    Reads the files also for a plain connection. Raises Misuse for one that cannot be used.
    """
    for path in (server.ca_file, server.certificate_file, server.key_file):
        if path is not None:
            _require_readable(path)
    if not server.url.startswith("https:") and server.ca_file is None and server.certificate_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=server.ca_file)
    except (ssl.SSLError, OSError):
        raise Misuse(f"{server.ca_file} holds no certificate in the form PEM") from None
    if server.certificate_file is not None:
        try:
            context.load_cert_chain(server.certificate_file, server.key_file, password=_no_password)
        except (ssl.SSLError, OSError, ValueError):
            pair = f"{server.certificate_file} and {server.key_file}"
            raise Misuse(f"{pair} are no certificate and its key in the form PEM, without a password") from None
    return context


def _no_password() -> str:
    """Given where a key has one, which would otherwise be asked for on the terminal."""
    return ""


def _require_readable(path: str) -> None:
    try:
        with open(path, "rb") as file:
            file.read(1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have this name"
        raise Misuse(f"{path} cannot be read: {reason}") from None
