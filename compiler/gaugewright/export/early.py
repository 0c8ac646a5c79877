"""A question asked before its answer is wanted: the server works on it while we decode the last one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")


class Early(Generic[Q, A]):
    """At most one question is on its way. For one thread, whose questions are asked in others.

    What `ask` raises is raised where the answer is taken.
    """

    def __init__(self, ask: Callable[[Q], A]) -> None:
        self._ask = ask
        self._asked: tuple[Q, Future[A]] | None = None

    def begin(self, question: Q) -> None:
        """Asks; does not wait."""
        self.settle()
        answer: Future[A] = Future()
        self._asked = question, answer
        # A daemon: an export that is stopped does not wait for a server that hangs.
        threading.Thread(target=self._work, args=(question, answer), name="export-early", daemon=True).start()

    def take(self, question: Q) -> A:
        """The answer of the question that was begun, or where it was another, or none, of this one asked now."""
        begun, self._asked = self._asked, None
        if begun is None:
            return self._ask(question)
        asked, answer = begun
        if asked == question:
            return answer.result()
        _wait(answer)
        return self._ask(question)

    def settle(self) -> None:
        """Nothing is on its way from now on; an answer that was not taken is lost."""
        begun, self._asked = self._asked, None
        if begun is not None:
            _wait(begun[1])

    def _work(self, question: Q, answer: Future[A]) -> None:
        try:
            answer.set_result(self._ask(question))
        except BaseException as error:
            answer.set_exception(error)


def _wait(answer: Future[A]) -> None:
    with suppress(Exception):
        answer.result()
