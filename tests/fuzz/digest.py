"""What a run of cases comes to, as one line each: `python -m tests.fuzz.digest SEED FIRST LAST`.

Compared between processes whose hashes are seeded differently (PYTHONHASHSEED), where the order of a set
shows. The seed of the cases is not that one.
"""

from __future__ import annotations

import sys

from tests.fuzz.cases import case
from tests.fuzz.properties import examine


def main() -> None:
    seed, first, last = map(int, sys.argv[1:4])
    for number in range(first, last):
        print(number, examine(case(seed, number)).digest)


if __name__ == "__main__":
    main()
