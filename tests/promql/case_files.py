"""The cases in this folder's text files, which can be read without Python.

    $ the query
           ^^^ code: what is wrong
           help: the mend

A case begins with `$ ` and the query; the lines after it, up to the next case, are what is expected. Lines
that begin with `#`, and empty lines, are for the reader.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gaugewright.diagnostics import TextFinding

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
