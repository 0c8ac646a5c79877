"""`check`: every diagnostic of the specs, no output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gaugewright.commands.collection import without_collection
from gaugewright.commands.show import as_text, counted
from gaugewright.commands.specs import Unreadable, compile_file, is_unreadable, spec_paths, unreadable
from gaugewright.diagnostics.render import PlacedEdit, PlacedMend, harmless, render_github, render_json
from gaugewright.diagnostics.secrets import masked

if TYPE_CHECKING:
    from gaugewright.compile import Compilation
    from gaugewright.mends.rounds import Change

FORMATS = ("text", "json", "sarif", "github")


def check(arguments: Sequence[str], format: str) -> tuple[str, int]:
    """What to print, and the exit code: 0 without errors, 1 with, 2 where a file cannot be read."""
    try:
        with without_collection():
            compilations = [compile_file(path) for path in spec_paths(arguments)]
    except Unreadable as error:
        compilations = [unreadable(error)]
    return report(compilations, format), exit_code(compilations)


def exit_code(compilations: Sequence[Compilation]) -> int:
    if any(is_unreadable(compilation) for compilation in compilations):
        return 2
    return int(any(compilation.has_errors for compilation in compilations))


def report(compilations: Sequence[Compilation], format: str, changes: Sequence[Change] | None = None) -> str:
    """The findings in one of the formats; `changes` are told before them where mends were written."""
    findings = [item for compilation in compilations for item in compilation.diagnostics]
    if format == "json":
        mended = None if changes is None else [_change(change) for change in changes]
        return render_json(findings, _mends(compilations), mended)
    if format == "sarif":
        from gaugewright.diagnostics.sarif import render_sarif

        return render_sarif(findings, _mends(compilations))
    if format == "github":
        return render_github(findings)
    specs = "1 spec" if len(compilations) == 1 else f"{len(compilations)} specs"
    told = "".join(f"{_told(change)}\n" for change in changes or ())
    text = as_text(compilations, findings)
    mends = "" if changes is None else f"{len(changes)} {'mend' if len(changes) == 1 else 'mends'} written, "
    return f"{told}\n{text}\n{specs}: {mends}{counted(findings)}".lstrip("\n").replace("\n\n\n", "\n\n")


def _mends(compilations: Sequence[Compilation]) -> dict[int, PlacedMend]:
    """The mends as edits of the files, by the position of their finding. What would carry a credential along is
    left out."""
    found: dict[int, PlacedMend] = {}
    first = 0
    for compilation in compilations:
        document, findings = compilation.document, compilation.diagnostics
        if document is not None and any(item.mend for item in findings):
            from gaugewright.mends.write import alone

            for number, edits in alone(document, findings).items():
                mend = findings[number].mend
                placed = tuple(PlacedEdit(document.place(edit.start, edit.end), edit.new) for edit in edits)
                if mend is not None and all(masked(edit.new, []) == edit.new for edit in placed):
                    found[first + number] = PlacedMend(mend.certain, placed)
        first += len(findings)
    return found


def _change(change: Change) -> dict[str, object]:
    place = change.finding.place
    return {
        "code": change.finding.code,
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "changes": [{"old": masked(old, []), "new": masked(new, [])} for old, new in change.parts],
    }


def _told(change: Change) -> str:
    """`specs/shop.yaml:33:34: unknown-metric: a -> b`."""
    place = change.finding.place
    parts = "; ".join(_part(harmless(masked(old, [])), harmless(masked(new, []))) for old, new in change.parts)
    return f"{place.file}:{place.line}:{place.column}: mended {change.finding.code}: {parts}"


def _part(old: str, new: str) -> str:
    if not old:
        return f"added `{new}`"
    return f"`{old}` -> `{new}`" if new else f"removed `{old}`"
