"""The cases in this folder's text files, which can be read without Python.

    $ the text, where ↵ stands for the end of a line
           ^^^ refused: what is wrong
           help: the mend

A case begins with `$ ` and the text; the lines after it, up to the next case, are what is expected: `refused`
where Prometheus does not load the rule, `fails` where it cannot expand the text (or prints nonsense), `needs`
where only a newer Prometheus reads it. Lines that begin with `#`, and empty lines, are for the reader.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gaugewright.gotemplate.analysis import Analysis

FOLDER = Path(__file__).parent
MARK = "$ "


class Case(NamedTuple):
    shown: str
    expected: str

    @property
    def text(self) -> str:
        return self.shown.replace("↵", "\n")


def cases(name: str) -> list[Case]:
    return list(_cases(name))


def _cases(name: str) -> Iterator[Case]:
    shown, expected = "", []
    for line in (FOLDER / name).read_text("utf-8").splitlines():
        if line.startswith(MARK):
            if shown:
                yield Case(shown, "\n".join(expected))
            shown, expected = line.removeprefix(MARK), []
        elif line and not line.startswith("#"):
            expected.append(line)
    yield Case(shown, "\n".join(expected))


def under(start: int, end: int, words: str, help: str = "") -> list[str]:
    """A finding below its text, as the files show it."""
    indent = " " * (len(MARK) + start)
    return [f"{indent}{'^' * max(1, end - start)} {words}", *([f"{indent}help: {help}"] if help else [])]


def drawn(analysis: Analysis) -> str:
    lines: list[str] = []
    for word, findings in (("refused", analysis.refused), ("fails", analysis.failing)):
        for item in findings:
            lines += under(item.start, item.end, f"{word}: {item.message}", item.help)
    for need in analysis.needs:
        lines += under(need.start, need.end, f"needs: {need.what}, Prometheus {need.since}")
    return "\n".join(lines)
