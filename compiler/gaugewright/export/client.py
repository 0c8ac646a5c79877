"""Requests to the server: one at a time, bounded in size and time, each failure told by what helps against it.

`TooLarge` means ask for less, `Transient` ask again, `ExportError` ask no more. Their texts hold what the server said;
`Client.shown` makes them fit to be told.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
import urllib3
from urllib3.exceptions import HTTPError, LocationParseError, ReadTimeoutError

from gaugewright.export.errors import ExportError, TooLarge, TooSlow, Transient
from gaugewright.export.reasons import is_final, reason
from gaugewright.export.retry_after import pause_asked
from gaugewright.export.server import Credentials, Server, check_server, read_credentials
from gaugewright.export.tls import tls_context

LARGEST_ANSWER = 16 * 2**20
"""Bytes of one answer; some 650,000 samples. What an export holds in memory is a few times this."""
CONNECT_LIMIT = 10.0
_PIECE = 2**20
_LIMIT = re.compile(r"exceed|too many|too long|max(imum)? number", re.IGNORECASE)
"""In a refusal with 400, which otherwise means that the query is wrong: Prometheus's 11,000 points, the
lengths of Mimir and Thanos, the points of VictoriaMetrics."""


class _Complaint(msgspec.Struct):
    """Prometheus's answer where it could not do what was asked."""

    error: str = ""
    errorType: str = ""


class Client:
    """Connections to one server. Not for several threads at once."""

    def __init__(self, server: Server) -> None:
        """Raises Misuse for a server, credentials or certificates that cannot be used; connects to nothing yet."""
        check_server(server)
        self.url = server.url.rstrip("/")
        self._timeout = server.timeout
        self._credentials: Credentials = read_credentials(server)
        self._pool = urllib3.PoolManager(
            num_pools=1,
            # Compressing costs the server more time than we need for everything else.
            headers={"Accept-Encoding": "identity", "User-Agent": "gaugewright", **self._credentials.headers},
            timeout=urllib3.Timeout(connect=min(CONNECT_LIMIT, server.timeout), read=server.timeout),
            retries=False,
            ssl_context=tls_context(server),
        )

    def close(self) -> None:
        self._pool.clear()

    def shown(self, text: str) -> str:
        """The text without our secrets and without what moves a terminal's cursor."""
        return self._credentials.shown(text)

    def query(self, path: str, fields: Mapping[str, str]) -> bytes:
        """POST, since a selector can be longer than a URL may be."""
        return self._request("POST", path, fields)

    def listing(self, path: str, fields: Mapping[str, str]) -> list[str]:
        """Names or values, as the endpoints of labels give them."""
        body = self._request("GET", path, fields)
        try:
            answer = msgspec.json.decode(body, type=_Listing)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Transient(f"the answer is cut or no list of labels ({error})") from None
        if answer.status != "success" or answer.warnings or answer.isPartial:
            raise Transient(f"the list of labels is not complete: {'; '.join(answer.warnings or [answer.status])}")
        return answer.data

    def _request(self, method: str, path: str, fields: Mapping[str, str]) -> bytes:
        options: dict[str, Any] = {"encode_multipart": False} if method == "POST" else {}
        try:
            response = self._pool.request(
                method, f"{self.url}{path}", fields=dict(fields), preload_content=False, redirect=False, **options
            )
        except ReadTimeoutError:
            raise TooSlow(f"the server gave no answer in {self._timeout:g} s") from None
        except LocationParseError:
            raise ExportError(f"no connection to {self.url}: that is no host's name") from None
        except (HTTPError, OSError) as error:
            said = f"no connection to {self.url}: {reason(error)}"
            raise (ExportError(said) if is_final(error) else Transient(said)) from None
        try:
            body = self._body(response)
        finally:
            response.release_conn()
        if response.status != 200:
            self._complain(response.status, response.headers, body)
        return body

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The whole body. A server that sends a byte now and then, or without end, must not hold us."""
        pieces, size, deadline = [], 0, time.monotonic() + self._timeout
        try:
            while piece := response.read(_PIECE):
                pieces.append(piece)
                size += len(piece)
                if size > LARGEST_ANSWER:
                    response.close()
                    raise TooLarge("the answer is too large")
                if time.monotonic() > deadline:
                    response.close()
                    raise TooSlow(f"the server took more than {self._timeout:g} s")
        except ReadTimeoutError:
            raise TooSlow(f"the server stopped in its answer for {self._timeout:g} s") from None
        except (HTTPError, OSError) as error:
            raise Transient(f"the answer was cut: {reason(error)}") from None
        return b"".join(pieces)

    def _complain(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        complaint = _Complaint()
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # of a proxy's page
            complaint = msgspec.json.decode(body, type=_Complaint)
        said = f"the server answered {status}{f': {complaint.error}' if complaint.error else ''}"
        # 422: too many samples. 503 with a type: the query timed out; without one, the server is not ready.
        if status in (413, 422) or (status == 400 and _LIMIT.search(complaint.error)):
            raise TooLarge(said)
        if status == 504 or (status == 503 and complaint.errorType in ("timeout", "canceled")):
            raise TooSlow(said)
        if status in (408, 425, 429) or status >= 500:
            raise Transient(said, pause_asked(headers))
        if status in (401, 403):
            raise ExportError(f"{said}; look at the credentials")
        if 300 <= status < 400:
            raise ExportError(f"{said}, a redirection; name the server's own URL")
        raise ExportError(f"{said}; is {self.url} a Prometheus?" if status in (404, 405) else said)


class _Listing(msgspec.Struct):
    status: str
    data: list[str]
    warnings: list[str] | None = None
    isPartial: bool = False
