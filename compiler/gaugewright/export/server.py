"""Where the samples are, and how we say who we are: Prometheus, or what answers like it.

Credentials are named, never held: files and an environment variable, read when the export starts. So a
`Server` can stand in the record of an export, and a resumed one finds its credentials again.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gaugewright.export.errors import Misuse

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_LARGEST_SECRET = 65_536
_SHORT_SECRET = 6
_LONGEST_TEXT = 400
_TENANT_HEADERS = ("x-scope-orgid", "thanos-tenant")
"""Mimir's and Loki's, and Thanos's: whose samples are meant, which is no secret."""


@dataclass(frozen=True, slots=True)
class Server:
    """`url` is what Grafana would be told: for Mimir and Thanos with their prefix. `headers` maps a header's
    name to the file with its value (`X-Scope-OrgID` for a tenant); the other files are PEM or hold one secret.
    """

    url: str
    user: str | None = None
    password_file: str | None = None
    password_env: str | None = None
    token_file: str | None = None
    ca_file: str | None = None
    certificate_file: str | None = None
    key_file: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    timeout: float = 150.0
    """Seconds that an answer may take; a Prometheus gives a query up after 120."""


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What is sent, and what of it must not be shown anywhere."""

    headers: Mapping[str, str]
    secrets: tuple[str, ...]

    def shown(self, text: str) -> str:
        """What a server said, fit for a terminal and the record: without secrets, on one line, not too long."""
        line = "".join(character if character.isprintable() else " " for character in self._hidden(text))
        line = self._hidden(" ".join(line.split()))
        return line if len(line) <= _LONGEST_TEXT else f"{line[:_LONGEST_TEXT]}..."

    def _hidden(self, text: str) -> str:
        """A short secret is hidden where it is a word of its own, lest the text tell it by its gaps."""
        for secret in self.secrets:
            if len(secret) >= _SHORT_SECRET:
                text = text.replace(secret, "***")
            else:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
        return text


def check_server(server: Server) -> None:
    """Raises Misuse for a server that cannot be meant. Reads nothing."""
    try:
        parts = urlsplit(server.url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise Misuse("the server's URL cannot be read; write it like http://localhost:9090") from None
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise Misuse("the server's URL must hold no user and no password; use --user and --password-file")
    if parts.query or parts.fragment:
        raise Misuse("the server's URL must end with its path; it may hold no `?` and no `#`")
    if not sound or not server.url.isprintable() or " " in server.url:
        raise Misuse("the server's URL must be like http://localhost:9090 or https://mimir.example/prometheus")
    if server.password_file and server.password_env:
        raise Misuse("the password comes from a file or from a variable, not from both")
    if server.user is None and (server.password_file or server.password_env):
        raise Misuse("a password needs its user: --user NAME")
    if server.user is not None and not (server.password_file or server.password_env):
        raise Misuse("a user needs a password: --password-file FILE or --password-env NAME")
    if server.user is not None and (server.token_file or ":" in server.user):
        raise Misuse("a user excludes a bearer token, and has no colon in its name")
    if (server.certificate_file is None) != (server.key_file is None):
        raise Misuse("a client certificate and its key are given together: --cert FILE --key FILE")
    for name, _ in server.headers:
        if not _HEADER_NAME.fullmatch(name):
            raise Misuse(f"{name!r} is no header's name")


def read_credentials(server: Server) -> Credentials:
    """Reads the files and the variable. Raises Misuse; never with a secret in its text."""
    headers: dict[str, str] = {}
    secrets: list[str] = []
    if server.user is not None:
        password = _password(server)
        coded = base64.b64encode(f"{server.user}:{password}".encode()).decode()
        headers["Authorization"] = f"Basic {coded}"
        secrets += [password, coded]
    if server.token_file is not None:
        token = _header_in(server.token_file)
        headers["Authorization"] = f"Bearer {token}"
        secrets.append(token)
    for name, path in server.headers:
        headers[name] = _header_in(path)
        if name.lower() not in _TENANT_HEADERS:
            # `Bearer TOKEN` can come back as the token alone.
            secrets += [headers[name], *headers[name].split(maxsplit=1)[1:]]
    # The longest first: one secret may be a part of another.
    return Credentials(headers, tuple(sorted(secrets, key=len, reverse=True)))


def _password(server: Server) -> str:
    if server.password_file is not None:
        return _secret_in(server.password_file)
    password = os.environ.get(server.password_env or "", "")
    if not password:
        raise Misuse(f"the variable {server.password_env} is not set, so there is no password")
    return _one_line(password, f"the variable {server.password_env}")


def _header_in(path: str) -> str:
    value = _secret_in(path)
    if not value.isascii():
        raise Misuse(f"{path} must hold ASCII characters alone, for a header")
    return value


def _secret_in(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return _one_line(file.read(_LARGEST_SECRET).rstrip("\r\n"), path)
    except UnicodeDecodeError:
        raise Misuse(f"{path} holds no text") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have this name"
        raise Misuse(f"{path} cannot be read: {reason}") from None


def _one_line(secret: str, where: str) -> str:
    """A header's value: a line break in it would begin another header."""
    if not secret:
        raise Misuse(f"{where} is empty")
    if not secret.isprintable():
        raise Misuse(f"{where} must hold one line of printable characters")
    return secret
