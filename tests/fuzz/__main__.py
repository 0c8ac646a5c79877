"""`python -m tests.fuzz --cases 20000`: exit code 0 where every case held, 1 where one did not.

The run is its seed: the same seed gives the same cases, however many jobs share them. Of each kind of fault
the smallest text found is written to `--findings`, with what was seen.
"""

from __future__ import annotations

import argparse
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.fuzz.cases import case
from tests.fuzz.minimise import TRIES, minimised
from tests.fuzz.pool import Pool, pool
from tests.fuzz.properties import Violation
from tests.fuzz.report import Tally, summary
from tests.fuzz.verdicts import verdicts
from tests.fuzz.worker import Request

SAMPLE = 5
"""Of so many cases one has its outputs judged by the verifiers, if it compiles."""
BATCH = 100
"""Cases whose outputs are judged together."""


def run(seed: int, cases: int, jobs: int) -> Tally:
    """All cases of a run, and the verdicts over a sample."""
    tally = Tally()
    with (
        tempfile.TemporaryDirectory(prefix="fuzz-") as scratch,
        pool(seed, jobs) as workers,
        ThreadPoolExecutor(1) as court,  # the workers do not wait for the verifiers
    ):
        folders: list[Path] = []
        judged: list[Future[list[tuple[Path, Violation]]]] = []
        for reply in workers.replies(_requests(cases, Path(scratch))):
            tally.add(reply)
            if reply.request.folder is not None and reply.compiled:
                folders.append(reply.request.folder)
                tally.judged += 1
            if len(folders) >= BATCH:
                judged.append(court.submit(_judge, folders))
                folders = []
        judged.append(court.submit(_judge, folders))
        for verdict in judged:
            for folder, violation in verdict.result():
                tally.fault(int(folder.name), violation)
    return tally


def _requests(cases: int, scratch: Path) -> Iterator[Request]:
    return (Request(n, folder=None if n % SAMPLE else scratch / str(n)) for n in range(cases))


def _judge(folders: list[Path]) -> list[tuple[Path, Violation]]:
    """The verdicts over these outputs, which are then not kept."""
    found = list(verdicts(folders))
    for folder in folders:
        shutil.rmtree(folder)
    return found


def write_findings(tally: Tally, seed: int, folder: Path) -> None:
    """For each kind of fault, its shortest case made as small as it goes, and what was seen."""
    folder.mkdir(parents=True, exist_ok=True)
    with pool(seed, 1) as workers:
        for kind, found in tally.faults.items():
            content, (number, violation) = min(((case(seed, n), (n, v)) for n, v in found), key=lambda one: len(one[0]))
            if not kind.startswith("refused by"):  # a program a try: it may be read as it is
                content = minimised(content, partial(_has, workers, kind), _tries(violation))
            name = re.sub(r"[^\w.-]+", "-", kind)[:80]
            (folder / f"{name}.yaml").write_bytes(content)
            told = f"{kind}\nseed {seed}, case {number}\n\n{violation.detail}\n"
            (folder / f"{name}.txt").write_text(told, "utf-8", errors="backslashreplace")


def _has(workers: Pool, kind: str, text: bytes) -> bool:
    [reply] = workers.replies([Request(-1, text)])
    return any(violation.kind == kind for violation in reply.violations)


def _tries(violation: Violation) -> int:
    """Few where each try costs seconds, or a process."""
    return 60 if violation.kind in ("slow", "memory") or violation.kind.startswith("died") else TRIES


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Compile spoilt specs.")
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None, help="a run's seed (default: a new one)")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--findings", type=Path, default=Path("build/fuzz"), help="where faults are written")
    options = parser.parse_args()
    seed = secrets.randbelow(10**9) if options.seed is None else options.seed
    print(f"fuzz: seed {seed}", flush=True)
    start = time.monotonic()
    tally = run(seed, options.cases, options.jobs)
    print(summary(tally, seed, time.monotonic() - start))
    if not tally.faults:
        return 0
    write_findings(tally, seed, options.findings)
    print(f"Smallest texts: {options.findings}/. Again: python -m tests.fuzz --seed {seed} --cases {options.cases}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
