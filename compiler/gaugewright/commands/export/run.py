"""`export run` and `export resume`."""

from __future__ import annotations

import getpass
import os
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType
from typing import Any

from gaugewright.commands.export.progress import watching
from gaugewright.commands.specs import Unreadable, read_spec_file
from gaugewright.export.asked import Asked, Fields, Findings, ask
from gaugewright.export.errors import ExportError, Interrupted, Misuse
from gaugewright.export.job import Settings, request_export, resume_export
from gaugewright.export.record import Record
from gaugewright.export.request import Options, duration
from gaugewright.export.server import Server
from gaugewright.export.store import Store, default_path

_NOT_GIVEN = (None, ())


def run(options: dict[str, Any]) -> int:
    """Prints; gives the exit code: 0, 1 for findings and a failed export, 2 for wrong usage."""
    return _told(lambda: _run(options), options)


def resume(options: dict[str, Any]) -> int:
    return _told(lambda: _resume(options), options)


def _run(options: dict[str, Any]) -> Record:
    asked = _asked(options)
    server = replace(Server(asked.prometheus_url), **_server(options))
    store = _store(options)
    with watching(_note_id(options)) as watcher:
        return request_export(
            store, asked.request, server, watcher, Settings(options["retry_for"]), asked.export_id, asked.requested_at
        )


def _resume(options: dict[str, Any]) -> Record:
    store = _store(options)
    record = store.get(options["export_id"])
    server = replace(record.server, **_server(options))
    with watching(_note_id(options)) as watcher:
        settings = Settings(options["retry_for"])
        who = _user() if options["requested_by"] is None else options["requested_by"]
        return resume_export(store, record.export_id, who, server, watcher, settings, options["overwrite"])


def _asked(options: dict[str, Any]) -> Asked:
    try:
        spec = read_spec_file(options["spec"])
    except Unreadable as error:
        raise Misuse(f"{error.path} cannot be read: {error.reason}") from None
    more = Options(
        output_path=options["output"],
        requested_by=options["requested_by"],
        step_ms=duration(options["step"]),
        json_array=options["json_array"],
        excel_safe=options["excel_safe"],
        overwrite=options["overwrite"],
    )
    now = datetime.now(UTC)
    return ask(spec, _what(options), now, more)


def _what(options: dict[str, Any]) -> str | Fields:
    """NAME, or the fields. Raises Misuse where both are given, or fields are missing."""
    given = [f"--{key}" for key in ("metric", "start", "end", "format", "filter") if options[key] not in _NOT_GIVEN]
    if options["name"] is not None and given:
        raise Misuse(f"NAME and {', '.join(given)} exclude each other")
    missing = [f"--{key}" for key in ("metric", "start", "format", "output") if options[key] in _NOT_GIVEN]
    if options["name"] is None and missing:
        raise Misuse(f"without NAME, {', '.join(missing)} must be given")
    if options["name"] is not None:
        return str(options["name"])
    return Fields(
        options["metric"],
        options["start"],
        "now" if options["end"] is None else options["end"],
        options["format"],
        options["output"],
        _user() if options["requested_by"] is None else options["requested_by"],
        [_pair(text, "--filter LABEL=VALUE") for text in options["filter"]],
    )


def _server(options: dict[str, Any]) -> dict[str, Any]:
    """The fields of a Server that were given."""
    names = {"server": "url", "cert": "certificate_file", "key": "key_file"}
    same = ("user", "password_file", "password_env", "token_file", "ca_file", "timeout")
    given = {names.get(key, key): options[key] for key in (*names, *same) if options[key] is not None}
    if options["header"]:
        given["headers"] = tuple(_pair(text, "--header NAME=FILE") for text in options["header"])
    return given


def _pair(text: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Misuse(f"{form} was meant by {name!r}")
    return name, value


def _store(options: dict[str, Any]) -> Store:
    return Store(options["state"] or default_path())


def _user() -> str:
    """Who runs this: `name@host`."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def _note_id(options: dict[str, Any]) -> Callable[[str], None]:
    def note(export_id: str) -> None:
        options["running"] = export_id

    return note


def _told(work: Callable[[], Record], options: dict[str, Any]) -> int:
    try:
        with _ended_by_sigterm(), _short_turns():
            record = work()
    except Findings as error:
        from gaugewright.commands.show import as_text, counted

        print(as_text([error.compilation], error.compilation.diagnostics))
        print(f"{counted(error.compilation.diagnostics)}; nothing was exported")
        return 2 if any(item.code == "unreadable-file" for item in error.compilation.diagnostics) else 1
    except (ExportError, KeyboardInterrupt) as error:
        return _complain(error, options)
    rows = "1 sample" if record.rows == 1 else f"{record.rows or 0:,} samples"
    print(f"{record.request.output_path}: {rows}, {record.file_size_bytes or 0:,} bytes, export {record.export_id}")
    return 0


def _complain(error: BaseException, options: dict[str, Any]) -> int:
    stopped = isinstance(error, (Interrupted, KeyboardInterrupt))
    print(f"error: {'it was interrupted' if stopped else error}", file=sys.stderr)
    if "running" in options:
        state = f" --state {shlex.quote(options['state'])}" if options["state"] else ""
        print(f"Nothing is lost: gaugewright export resume {options['running']}{state}", file=sys.stderr)
    return 2 if isinstance(error, Misuse) else 1


@contextmanager
def _short_turns() -> Iterator[None]:
    """The thread that takes the server's answer off its hands needs Python often and for a moment only: with turns of
    5 ms, as they are, the server waits for it (`make bench-exports`: 1 ms saves 5 %, 0.05 ms costs as much)."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.001)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Being told to end is like Ctrl-C: the export's place is recorded first."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
