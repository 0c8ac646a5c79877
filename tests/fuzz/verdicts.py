"""What the programs that read the outputs say of them: promtool and amtool, in each generation that is there."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests import verifiers
from tests.fuzz.properties import Violation


@dataclass(frozen=True, slots=True)
class Judge:
    """A program's verb, and which outputs it reads: those of every folder, or of one in so many."""

    program: str
    verb: tuple[str, ...]
    outputs: tuple[str, ...]
    one_in: int = 1


JUDGES = (
    Judge("promtool", ("check", "rules"), ("prometheus/rules/alerts.yml", "prometheus/rules/records.yml")),
    Judge("promtool", ("check", "config"), ("prometheus/prometheus.yml",)),
    Judge("promtool", ("test", "rules"), ("prometheus/tests/alerts.test.yml",), one_in=8),
    Judge("amtool", ("check-config",), ("alertmanager/alertmanager.yml",)),
)


def verdicts(folders: Sequence[Path]) -> Iterator[tuple[Path, Violation]]:
    """Which of these folders' outputs are refused. A batch costs one process; only a refused one costs more."""
    for generation in verifiers.GENERATIONS:
        for judge in JUDGES:
            program = verifiers.program(generation, judge.program)
            if program is not None:
                name = f"{generation} {judge.program} {' '.join(judge.verb)}"
                yield from _refused([str(program), *judge.verb], judge.outputs, folders[:: judge.one_in], name)


def _refused(
    command: list[str], outputs: tuple[str, ...], folders: Sequence[Path], name: str
) -> Iterator[tuple[Path, Violation]]:
    """Halves a refused batch until it is one folder."""
    files = [path for folder in folders for output in outputs if (path := folder / output).exists()]
    if not files:
        return
    run = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, errors="replace")
    if run.returncode == 0:
        return
    if len(folders) == 1:
        yield folders[0], Violation(f"refused by {name}", (run.stdout + run.stderr)[-2000:])
        return
    middle = len(folders) // 2
    yield from _refused(command, outputs, folders[:middle], name)
    yield from _refused(command, outputs, folders[middle:], name)
