"""`check`: every diagnostic of the specs, no output."""

from __future__ import annotations

from collections.abc import Sequence

from gaugewright.commands.collection import without_collection
from gaugewright.commands.show import as_text, counted
from gaugewright.commands.specs import Unreadable, compile_file, is_unreadable, spec_paths, unreadable
from gaugewright.diagnostics.render import render_github, render_json

FORMATS = ("text", "json", "sarif", "github")


def check(arguments: Sequence[str], format: str) -> tuple[str, int]:
    """What to print, and the exit code: 0 without errors, 1 with, 2 where a file cannot be read."""
    try:
        with without_collection():
            compilations = [compile_file(path) for path in spec_paths(arguments)]
    except Unreadable as error:
        compilations = [unreadable(error)]
    findings = [item for compilation in compilations for item in compilation.diagnostics]
    code = int(any(compilation.has_errors for compilation in compilations))
    if any(is_unreadable(compilation) for compilation in compilations):
        code = 2
    if format == "json":
        return render_json(findings), code
    if format == "sarif":
        from gaugewright.diagnostics.sarif import render_sarif

        return render_sarif(findings), code
    if format == "github":
        return render_github(findings), code
    specs = "1 spec" if len(compilations) == 1 else f"{len(compilations)} specs"
    text = as_text(compilations, findings)
    return f"{text}\n{specs}: {counted(findings)}".lstrip("\n"), code
