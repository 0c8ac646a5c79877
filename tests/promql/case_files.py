"""The cases in this folder's text files, which can be read without Python.

    $ the query
           ^^^ code: what is wrong
           help: the mend
      fix: the query once it is mended

`fix:` is what `check --fix` writes, `mend:` what a person may choose. A case begins with `$ ` and the query; the
lines after it, up to the next case, are what is expected. Lines that begin with `#`, and empty lines, are for the
reader.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gaugewright.diagnostics import TextFinding
from gaugewright.diagnostics.mend import edited
from gaugewright.promql.parse import parse

FOLDER = Path(__file__).parent
MARK = "$ "


class Case(NamedTuple):
    query: str
    expected: str


def cases(name: str) -> Iterator[Case]:
    query, expected = "", list[str]()
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line.startswith(MARK):
            if query:
                yield Case(query, "\n".join(expected))
            query, expected = line.removeprefix(MARK), []
        elif line and not line.startswith("#"):
            expected.append(line)
    yield Case(query, "\n".join(expected))


def drawn(findings: Iterable[TextFinding]) -> str:
    """Each finding under the query, as the files show it."""
    lines = []
    for finding in findings:
        indent = " " * (len(MARK) + finding.start)
        carets = "^" * max(1, finding.end - finding.start)
        lines += [f"{indent}{carets} {finding.code}: {finding.message}", f"{indent}help: {finding.help}"]
    return "\n".join(lines)


def mended(query: str) -> tuple[str, bool]:
    """The query with mend after mend applied until none is left, and whether all of them were certain."""
    certain = True
    for _ in range(10):
        mends = [item.mend for item in parse(query).findings if item.mend is not None]
        if not mends:
            break
        query, certain = edited(query, mends[0].edits), certain and mends[0].certain
    return query, certain


def mend_line(query: str) -> str:
    """The line of a case that shows its mended query; "" where nobody knows all of what was meant."""
    after, certain = mended(query)
    is_mended = after != query and not parse(after).findings
    return f"  {'fix' if certain else 'mend'}: {after}" if is_mended else ""
