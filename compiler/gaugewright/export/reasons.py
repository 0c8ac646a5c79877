"""Why there was no answer, in words: urllib3's own texts name its objects and their addresses."""

from __future__ import annotations

import socket
import ssl
from http.client import IncompleteRead

from urllib3.exceptions import ConnectTimeoutError
from urllib3.exceptions import IncompleteRead as CutBody


def reason(error: BaseException) -> str:
    """What the innermost error is about."""
    cause = innermost(error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not accepted: {cause.verify_message}"
    if isinstance(cause, ssl.SSLError):
        return f"TLS fails: {(cause.reason or 'unknown').replace('_', ' ').lower()}"
    if isinstance(cause, socket.gaierror):
        return f"its name leads nowhere: {cause.strerror}"
    if isinstance(cause, (ConnectTimeoutError, TimeoutError)):
        return "no connection in time"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    if isinstance(cause, (IncompleteRead, CutBody, ConnectionError)):
        return "the server closed the connection"
    return "what came cannot be read"


def innermost(error: BaseException) -> BaseException:
    """The error that others were made of."""
    inner = error.__cause__ or next((one for one in error.args if isinstance(one, BaseException)), None)
    return error if inner is None else innermost(inner)


def is_final(error: BaseException) -> bool:
    """Whether the same can be expected of the next attempt: no trust, or no TLS at all at the other end."""
    cause = innermost(error)
    ended = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    return isinstance(cause, ssl.SSLError) and not isinstance(cause, ended)
