"""`check --fix`: certain mends are written into the specs; what remains is reported as by `check`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import unified_diff

import click

from gaugewright.commands.check import exit_code, report
from gaugewright.commands.collection import without_collection
from gaugewright.commands.rewrite import NotWritten, rewrite
from gaugewright.commands.show import masked_lines
from gaugewright.commands.specs import SpecFile, Unreadable, read_spec_file, spec_paths, unreadable
from gaugewright.compile import Compilation, compile_text
from gaugewright.diagnostics.render import harmless
from gaugewright.mends.rounds import Change, Mended, mend


@dataclass(frozen=True, slots=True)
class Fixed:
    """One spec after its mends. `mended` is None where it could not be read."""

    path: str
    before: bytes
    mended: Mended | None
    compilation: Compilation


def fix(arguments: Sequence[str], format: str, diff: bool) -> tuple[str, int]:
    """What to print, and the exit code: that of `check` for what remains, 2 where a spec cannot be written.
    With `diff` nothing is written, and the difference is printed."""
    try:
        with without_collection():
            fixed = [_fixed(path) for path in spec_paths(arguments)]
    except Unreadable as error:
        fixed = [Fixed(error.path, b"", None, unreadable(error))]
    if diff:
        lost = [one.compilation for one in fixed if one.mended is None]
        unread = [report(lost, format)] if lost else []
        return "".join([*map(_difference, fixed), *unread]).rstrip("\n"), exit_code([one.compilation for one in fixed])
    failures = 0
    for index, one in enumerate(fixed):
        try:
            _write(one)
        except NotWritten as error:
            click.echo(f"gaugewright: {error}", err=True)
            fixed[index] = Fixed(one.path, one.before, None, compile_text(one.before, one.path))
            failures += 1
    compilations = [one.compilation for one in fixed]
    told = [] if format in ("sarif", "github") else _told(fixed)
    text = report(compilations, format, told)
    return text, 2 if failures else exit_code(compilations)


def _fixed(path: str) -> Fixed:
    try:
        spec: SpecFile = read_spec_file(path)
    except Unreadable as error:
        return Fixed(path, b"", None, unreadable(error))
    mended = mend(spec.content, path)
    return Fixed(path, spec.content, mended, mended.compilation)


def _write(one: Fixed) -> None:
    if one.mended is not None and one.mended.content != one.before:
        rewrite(one.path, one.before, one.mended.content)
    for refused in one.mended.refused if one.mended is not None else ():
        place = refused.finding.place
        where = f"{place.file}:{place.line}:{place.column}"
        click.echo(f"gaugewright: {where}: `{refused.finding.code}` is not mended: {refused.why}", err=True)


def _told(fixed: Sequence[Fixed]) -> list[Change]:
    return [change for one in fixed if one.mended is not None for change in one.mended.changes]


def _difference(one: Fixed) -> str:
    """A unified diff of the spec's lines, its secrets starred out."""
    if one.mended is None or one.mended.content == one.before:
        return ""
    before, after = compile_text(one.before, one.path).document, one.compilation.document
    assert before is not None
    assert after is not None
    old, new = ([harmless(line) for line in masked_lines(document)] for document in (before, after))
    lines = unified_diff(old, new, one.path, one.path, lineterm="")
    return "".join(f"{line}\n" for line in lines)
