"""`python -m tests.differential --queries 20000 --seed 7`: exit code 0 where every claim held, 1 where one did not.

The run is its seed. Each contradiction is made small; of those that become the same query one is printed.
"""

import argparse
import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence

from tests import verifiers
from tests.differential.campaign import Case, Tally, bench, drawn, questions, run, smallest
from tests.differential.coverage import EVERY, constructs
from tests.differential.report import summary, told
from tests.differential.subject import tree_of

ROUND = 5000
"""Queries over one server's data sets; then come new ones."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description="Types against Prometheus.")
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None, help="a run's seed (default: a new one)")
    parser.add_argument("--coverage", action="store_true", help="count the constructs in the queries; ask nothing")
    parser.add_argument("--show", type=int, default=20, help="contradictions that are made small and printed")
    options = parser.parse_args()
    seed = secrets.randbelow(10**9) if options.seed is None else options.seed
    print(f"differential: seed {seed}", flush=True)
    if options.coverage:
        return coverage(drawn(seed, options.queries))
    program = verifiers.program("current", "prometheus")
    if program is None:
        print(f"no prometheus: {verifiers.why_missing('current')}", file=sys.stderr)
        return 2
    begin, tally, found = time.monotonic(), Tally(), dict[str, Case]()
    for number in range(-(-options.queries // ROUND)):
        before = len(tally.cases)
        with bench(program, seed + number) as on:
            run(on, questions(seed + number, min(ROUND, options.queries - number * ROUND)), tally)
            for case in sorted(tally.cases[before:], key=lambda one: len(one.query)):
                if len(found) < options.show:
                    small = smallest(on, case)
                    found.setdefault(small.query, small)
    print(summary(tally, time.monotonic() - begin))
    for case in found.values():
        print(f"\n{told(case)}")
    return 1 if tally.cases else 0


def coverage(queries: Sequence[str]) -> int:
    """Prints how many of the queries hold each construct; 1 where one is in none of them."""
    trees = [tree for query in queries if (tree := tree_of(query)) is not None]
    counts = Counter(found for tree in trees for found in constructs(tree))
    print(f"{len(trees)} queries; of {len(EVERY)} constructs {len(EVERY - counts.keys())} are in none")
    for name in sorted(EVERY, key=lambda name: -counts[name]):
        print(f"{counts[name]:7}  {name}")
    return int(not counts.keys() >= EVERY)


if __name__ == "__main__":
    sys.exit(main())
