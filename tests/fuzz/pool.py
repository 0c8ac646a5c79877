"""Several workers. One that dies, by a signal or a limit, is a finding of its case, and is replaced."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from tests.fuzz.properties import Violation
from tests.fuzz.worker import Reply, Request, serve

SILENT_SECONDS = 600
"""How long no worker may say anything: far longer than any case takes on the slowest machine. What uses no
processor and never ends (a lock) is noticed by this alone."""


class _Worker:
    """A process and our end of the line to it."""

    def __init__(self, seed: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection: Connection
        self.connection, theirs = context.Pipe()
        self.process: SpawnProcess = context.Process(target=serve, args=(theirs, seed), daemon=True)
        self.process.start()
        theirs.close()
        self.request: Request | None = None

    def ask(self, request: Request) -> None:
        self.request = request
        self.connection.send(request)

    def reply(self) -> Reply:
        """What it answers, or how it died."""
        assert self.request is not None
        try:
            answer: Reply = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self.process.join()
            return Reply(self.request, (Violation(f"died of {_cause(self.process.exitcode)}"),))
        return answer

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()


def _cause(exit_code: int | None) -> str:
    if exit_code is None or exit_code >= 0:
        return f"an exception (exit code {exit_code})"
    return signal.Signals(-exit_code).name


class Pool:
    """`jobs` workers of a run's seed."""

    def __init__(self, seed: int, jobs: int) -> None:
        self._seed = seed
        self._workers = [_Worker(seed) for _ in range(jobs)]

    def replies(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """The answers, as they come: each worker gets the next request when it has answered the last."""
        waiting = iter(requests)
        busy = {worker.connection: worker for worker in self._workers if self._give(worker, waiting)}
        while busy:
            ready = wait(list(busy), SILENT_SECONDS)
            for connection in ready or list(busy):
                worker = busy.pop(connection)  # type: ignore[call-overload]
                if not ready:
                    worker.process.kill()
                reply = worker.reply()
                if not worker.process.is_alive():
                    worker = self._replaced(worker)
                if self._give(worker, waiting):
                    busy[worker.connection] = worker
                yield reply

    def _give(self, worker: _Worker, waiting: Iterator[Request]) -> bool:
        request = next(waiting, None)
        if request is None:
            return False
        worker.ask(request)
        return True

    def _replaced(self, dead: _Worker) -> _Worker:
        fresh = _Worker(self._seed)
        self._workers[self._workers.index(dead)] = fresh
        dead.end()
        return fresh

    def end(self) -> None:
        for worker in self._workers:
            worker.end()


@contextmanager
def pool(seed: int, jobs: int) -> Iterator[Pool]:
    """A pool that is ended whatever happens."""
    workers = Pool(seed, jobs)
    try:
        yield workers
    finally:
        workers.end()
