"""All targets of a model; of a large one in two processes.

The unit tests take as long as all other targets together, and a fork shares the model without copying it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Collection
from multiprocessing.connection import Connection

from gaugewright.emit import Files, chosen, emit
from gaugewright.model.model import Model

LARGE = 200
"""Alerts from which on a second process is worth its start (about 20 ms)."""

_APART = "unit-tests"


def emit_all(model: Model, only: Collection[str]) -> Files:
    """As `emit`, with the same result."""
    wanted = [target.name for target in chosen(only)]
    if _APART not in wanted or len(wanted) == 1 or len(model.alert_rules) < LARGE or not _can_fork():
        return emit(model, only)
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_send, args=(sender, model))
    child.start()
    sender.close()
    files = emit(model, [name for name in wanted if name != _APART])
    try:
        files.update(receiver.recv())
    except EOFError:  # the child failed: here its error will be seen
        files.update(emit(model, [_APART]))
    child.join()
    return files


def _send(sender: Connection, model: Model) -> None:
    sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - for the rest of the child's life
    sender.send(emit(model, [_APART]))
    sender.close()


def _can_fork() -> bool:
    """macOS's system libraries do not survive a fork; one processor gains nothing."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return sys.platform == "linux" and cores > 1
