"""What a run of the fuzzer came to, in plain words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.fuzz.properties import Violation
from tests.fuzz.worker import Reply


@dataclass(slots=True)
class Tally:
    """Counts over all replies. `faults` holds, for each kind, the cases that have it."""

    cases: int = 0
    compiled: int = 0
    judged: int = 0
    peak: float = 0.0
    slowest: tuple[float, int] = (0.0, 0)
    codes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, list[tuple[int, Violation]]] = field(default_factory=dict)

    def add(self, reply: Reply) -> None:
        number = reply.request.number
        self.cases += 1
        self.compiled += reply.compiled
        self.peak = max(self.peak, reply.peak)
        self.slowest = max(self.slowest, (reply.seconds, number))
        self.codes.update(set(reply.codes))
        for violation in reply.violations:
            self.fault(number, violation)

    def fault(self, number: int, violation: Violation) -> None:
        self.faults.setdefault(violation.kind, []).append((number, violation))


def summary(tally: Tally, seed: int, seconds: float) -> str:
    """The whole run on one screen."""
    slow, number = tally.slowest
    lines = [
        f"{tally.cases:,} cases of seed {seed} in {seconds:.0f} s",
        f"{tally.compiled:,} compiled without errors, and were written; the verifiers judged {tally.judged:,} of them",
        f"slowest: case {number}, {slow:.2f} s of the processor; most memory of a worker: {tally.peak:.0f} MiB",
        f"{len(tally.codes)} codes were found (the number of cases that have each):",
        *_columns([f"{count:>7,} {code}" for code, count in tally.codes.most_common()]),
    ]
    lines += [_fault(kind, cases) for kind, cases in sorted(tally.faults.items())]
    return "\n".join([*lines, "" if tally.faults else "No fault."]).rstrip()


def _columns(items: list[str]) -> list[str]:
    rows = -(-len(items) // 3)
    return ["".join(f"{item:<36}" for item in items[row::rows]).rstrip() for row in range(rows)]


def _fault(kind: str, cases: list[tuple[int, Violation]]) -> str:
    numbers = ", ".join(str(number) for number, _ in sorted(cases, key=lambda case: case[0])[:5])
    return f"FAULT {kind}: {len(cases)} cases ({numbers}{', ...' if len(cases) > 5 else ''})"
