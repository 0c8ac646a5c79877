"""`python -m tests.differential --queries 20000 --seed 7`: exit code 0 where every claim held, 1 where one did not.

The run is its seed. Each contradiction is made small; of those that become the same query one is printed.
"""

import argparse
import secrets
import sys
import time

from tests import verifiers
from tests.differential.campaign import Case, Tally, bench, drawn, run, smallest
from tests.differential.report import summary, told

ROUND = 5000
"""Queries over one server's data sets; then come new ones."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description="Types against Prometheus.")
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None, help="a run's seed (default: a new one)")
    parser.add_argument("--show", type=int, default=20, help="contradictions that are made small and printed")
    options = parser.parse_args()
    program = verifiers.program("current", "prometheus")
    if program is None:
        print(f"no prometheus: {verifiers.why_missing('current')}", file=sys.stderr)
        return 2
    seed = secrets.randbelow(10**9) if options.seed is None else options.seed
    print(f"differential: seed {seed}", flush=True)
    begin, tally, found = time.monotonic(), Tally(), dict[str, Case]()
    for number in range(-(-options.queries // ROUND)):
        before = len(tally.cases)
        with bench(program, seed + number) as on:
            run(on, drawn(seed + number, min(ROUND, options.queries - number * ROUND)), tally)
            for case in sorted(tally.cases[before:], key=lambda one: len(one.query)):
                if len(found) < options.show:
                    small = smallest(on, case)
                    found.setdefault(small.query, small)
    print(summary(tally, time.monotonic() - begin))
    for case in found.values():
        print(f"\n{told(case)}")
    return 1 if tally.cases else 0


if __name__ == "__main__":
    sys.exit(main())
