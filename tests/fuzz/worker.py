"""A process that examines one case after another, within limits.

A case may take 2 s of the processor and 500 MiB. Time is what the process itself used, so a busy or slow
machine accuses nobody; what hangs in C code is ended by the kernel (RLIMIT_CPU), and the parent sees it die.
"""

from __future__ import annotations

import math
import os
import resource
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fuzz.cases import case
from tests.fuzz.properties import Examined, Violation, examine
from tests.fuzz.seeds import honest

SECONDS = float(os.environ.get("GAUGEWRIGHT_FUZZ_SECONDS", "20"))
"""Of the processor, for one case: 2 in `make fuzz`; more in the tests, where a busy machine must not fail them."""
MEBIBYTES = 500
_KILLED_AFTER = 40
"""Seconds of the processor after which a case that does not come back is ended: the text is compiled
twice, and its outputs are read."""


@dataclass(frozen=True, slots=True)
class Request:
    """A case of the run, or a text of its own; `folder` is where its outputs are wanted."""

    number: int
    content: bytes | None = None
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """How a case went. `seconds` are of the processor; `peak` is the process's memory so far, in MiB."""

    request: Request
    violations: tuple[Violation, ...]
    codes: tuple[str, ...] = ()
    compiled: bool = False
    seconds: float = 0.0
    peak: float = 0.0
    digest: str = ""


def serve(connection: Connection, seed: int) -> None:
    """Answers requests until the other end closes."""
    for text in honest():
        examine(text.encode())  # what is imported and compiled once is no case's time
    limit_memory()
    while True:
        try:
            request = connection.recv()
        except EOFError:
            return
        content = request.content if request.content is not None else case(seed, request.number)
        connection.send(answer(request, content))


def answer(request: Request, content: bytes) -> Reply:
    """Examines one text in this process."""
    limit_time()
    examined = examine(content)
    if request.folder is not None:
        _write(request.folder, examined)
    violations = list(examined.violations)
    if examined.seconds > SECONDS:
        violations.append(Violation("slow", f"{examined.seconds:.1f} s"))
    if peak() > MEBIBYTES:
        violations.append(Violation("memory", f"{peak():.0f} MiB"))
    return Reply(
        request, tuple(violations), examined.codes, bool(examined.files), examined.seconds, peak(), examined.digest
    )


def _write(folder: Path, examined: Examined) -> None:
    for path, content in examined.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def limit_memory() -> None:
    """No more address space than now and the allowance. Where the system does not tell how much that is
    (only Linux has /proc), `peak` alone judges."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except OSError:
        return
    most = pages * resource.getpagesize() + MEBIBYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


def limit_time() -> None:
    """The kernel ends the process that many seconds of its own from now."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time()) + _KILLED_AFTER, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def peak() -> float:
    """The most memory that this process has had, in MiB. Where the system tells it (Linux), that of this program
    alone: `ru_maxrss` begins with what the process that started it had."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
