"""Works ahead in a thread: one answer is decoded while the one before is encoded, and that before it written."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from typing import TypeVar

T = TypeVar("T")

_LOOK = 0.2
"""Seconds after which a waiting thread looks whether it is still wanted."""
_PATIENCE = 1.0
"""Seconds that a leaving export waits for the thread; one that waits for a server ends by itself."""


class _End:
    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


@contextmanager
def ahead(items: Iterable[T], stop: threading.Event) -> Iterator[Iterator[T]]:
    """The items, of which one is made before it is asked for. Sets `stop` at the end of the block; where another
    sets it, the items can end early."""
    queue: Queue[T | _End] = Queue(maxsize=1)
    thread = threading.Thread(target=_work, args=(items, queue, stop), name="export-ahead", daemon=True)
    thread.start()
    try:
        yield _taken(queue, stop)
    finally:
        stop.set()
        thread.join(_PATIENCE)


def _work(items: Iterable[T], queue: Queue[T | _End], stop: threading.Event) -> None:
    end = _End()
    try:
        for item in items:
            if not _put(queue, item, stop):
                return
    except BaseException as error:
        end = _End(error)
    _put(queue, end, stop)


def _put(queue: Queue[T | _End], item: T | _End, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            queue.put(item, timeout=_LOOK)
            return True
        except Full:
            continue
    return False


def _taken(queue: Queue[T | _End], stop: threading.Event) -> Iterator[T]:
    while True:
        try:
            item = queue.get(timeout=_LOOK)  # a limit lets signals in
        except Empty:
            if stop.is_set():
                return
            continue
        if isinstance(item, _End):
            if item.error is not None:
                raise item.error
            return
        yield item
