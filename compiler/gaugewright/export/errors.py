"""What can go wrong in an export. Texts are for a person, and hold no credentials."""

from __future__ import annotations


class ExportError(Exception):
    """The export failed, or was refused before it started; the text says why, and what to do."""


class Misuse(ExportError):
    """What was asked for cannot be meant, or a file that was named cannot be read; nothing was done."""


class Busy(ExportError):
    """Another process is writing the same file."""


class Interrupted(ExportError):
    """The user (or the system, by SIGTERM) ended it."""


class TooLarge(Exception):
    """The server (or our own bound) will not answer so much at once; the text is the reason."""


class TooSlow(TooLarge):
    """No answer in time: less may be answered sooner, or the same later."""


class Transient(Exception):
    """An answer that may be better next time: no connection, cut, or not what was asked.

    `after` is the pause in seconds that the server asked for.
    """

    def __init__(self, reason: str, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after
