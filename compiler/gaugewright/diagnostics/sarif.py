"""SARIF 2.1.0, for code scanning: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from gaugewright import __version__
from gaugewright.diagnostics.finding import Diagnostic, Place
from gaugewright.diagnostics.render import Mends, PlacedMend

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def render_sarif(findings: Sequence[Diagnostic], mends: Mends | None = None) -> str:
    """One run. A fingerprint leaves out the line, so that a finding keeps its identity when lines move."""
    mends = mends or {}
    codes = sorted({item.code for item in findings})
    seen: dict[str, int] = {}
    run = {
        "tool": {
            "driver": {
                "name": "gaugewright",
                "version": __version__,
                "rules": [{"id": code, "name": _camel(code)} for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, codes, seen, mends.get(number)) for number, item in enumerate(findings)],
    }
    schema = "https://json.schemastore.org/sarif-2.1.0.json"
    return json.dumps({"$schema": schema, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _result(item: Diagnostic, codes: list[str], seen: dict[str, int], mend: PlacedMend | None) -> dict[str, Any]:
    text = item.message + (f"\n{item.help}" if item.help else "")
    result: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": codes.index(item.code),
        "level": _LEVELS[item.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": _location(item.place)}],
        "partialFingerprints": {"gaugewright/v1": _fingerprint(item, seen)},
    }
    if item.related:
        result["relatedLocations"] = [
            {"id": index, "message": {"text": related.message}, "physicalLocation": _location(related.place)}
            for index, related in enumerate(item.related)
        ]
    if mend is not None:
        result["fixes"] = [_fix(item, mend)]
    return result


def _fix(item: Diagnostic, mend: PlacedMend) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(edit.place), "insertedContent": {"text": edit.new}} for edit in mend.edits
    ]
    said = "Mend it" if mend.certain else "A suggestion"
    return {
        "description": {"text": f"{said}: {item.help}" if item.help else f"{said}."},
        "artifactChanges": [{"artifactLocation": {"uri": _uri(item.place.file)}, "replacements": replacements}],
    }


def _location(place: Place) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(place.file)}, "region": _region(place)}


def _region(place: Place) -> dict[str, int]:
    return {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }


def _uri(file: str) -> str:
    from urllib.parse import quote

    return quote(file.replace("\\", "/").removeprefix("./"))


def _fingerprint(item: Diagnostic, seen: dict[str, int]) -> str:
    base = "\0".join((item.code, item.place.file, item.message, *item.entities))
    count = seen[base] = seen.get(base, 0) + 1
    return sha256(f"{base}\0{count}".encode()).hexdigest()[:32]


def _camel(code: str) -> str:
    return "".join(word.capitalize() for word in code.split("-"))
