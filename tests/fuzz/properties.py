"""What holds for any text whatever: no exception, sound findings, the same each time, no secret shown."""

from __future__ import annotations

import json
import re
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import PurePath
from typing import Any

import yaml
from gaugewright.commands.show import as_text
from gaugewright.compile import Compilation, compile_text
from gaugewright.diagnostics import Diagnostic, Place
from gaugewright.diagnostics.catalogue import CATALOGUE
from gaugewright.diagnostics.render import render_github, render_json
from gaugewright.diagnostics.sarif import render_sarif
from gaugewright.emit import emit

from tests.fuzz.dictionary import MARKER, SECRET_KEYS

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
FILE = "spec.yaml"

Files = dict[str, bytes]

_OF_TWO_SEVERITIES = ("range-too-short",)
"""An error where no sample but one can be in the range, a warning where a few can."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNDER_A_SECRETS_KEY = re.compile(rf"""^[ -]*["']?(?:{"|".join(SECRET_KEYS)})["']?: [^\n]*?{MARKER}""", re.MULTILINE)
_TERMINAL_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")


@dataclass(frozen=True, slots=True)
class Violation:
    """A property that does not hold. Two of one `kind` are taken for the same fault."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """What a text came to: its findings' codes, its outputs (none where it has errors), what did not hold.
    `digest` stands for all that was said and written; `seconds` of the processor were needed for it."""

    codes: tuple[str, ...]
    files: Files
    violations: tuple[Violation, ...]
    digest: str = ""
    seconds: float = 0.0


def examine(content: bytes) -> Examined:
    """Compiles, shows and emits; never raises, but for what ends the process."""
    start = time.process_time()
    try:
        compilation = compile_text(content, FILE, NOW)
        files = emit(compilation.model) if compilation.model is not None else {}
        shown = renderings(compilation)
    except Exception as error:
        return Examined((), {}, (_raised(error),), seconds=time.process_time() - start)
    seconds = time.process_time() - start
    violations = [*_of_findings(compilation), *_of_renderings(shown, compilation), *_of_outputs(files)]
    violations += _of_secrets(content, compilation, shown, files)
    if compile_text(content, FILE, NOW).diagnostics != compilation.diagnostics:
        violations.append(Violation("findings-differ", "the same text drew other findings the second time"))
    digest = sha256(repr((sorted(shown.items()), sorted(files.items()))).encode("utf-8", "replace")).hexdigest()
    codes = tuple(item.code for item in compilation.diagnostics)
    return Examined(codes, files, tuple(violations), digest, seconds)


def _raised(error: Exception) -> Violation:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "gaugewright" in frame.filename] or list(frames)
    at = f"{PurePath(ours[-1].filename).name}:{ours[-1].name}"
    return Violation(f"{type(error).__name__} in {at}", "".join(traceback.format_exception(error)[-8:]))


def renderings(compilation: Compilation) -> dict[str, str]:
    """The findings in all four formats."""
    listed = compilation.diagnostics
    return {
        "text": as_text([compilation], listed),
        "json": render_json(listed),
        "sarif": render_sarif(listed),
        "github": render_github(listed),
    }


def _of_findings(compilation: Compilation) -> Iterator[Violation]:
    lines = compilation.document.text.split("\n") if compilation.document is not None else [""]
    for item in compilation.diagnostics:
        if item.code not in CATALOGUE:
            yield Violation("unknown-code", item.code)
        elif CATALOGUE[item.code].severity != item.severity and item.code not in _OF_TWO_SEVERITIES:
            yield Violation("other-severity", item.code)
        if not item.message.strip():
            yield Violation("empty-message", item.code)
        for place in (item.place, *(related.place for related in item.related)):
            if not _is_in(place, lines):
                yield Violation(f"place-outside-the-file {item.code}", f"{item.message}: {place}")
    yield from _repeated(compilation.diagnostics)


def _is_in(place: Place, lines: list[str]) -> bool:
    start, end = (place.line, place.column), (place.end_line, place.end_column)
    return start <= end and all(
        1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1 for line, column in (start, end)
    )


def _repeated(found: tuple[Diagnostic, ...]) -> Iterator[Violation]:
    said = Counter((item.code, item.place, item.message) for item in found)
    yield from (Violation(f"said-twice {one[0]}", f"{one[2]}: {one[1]}") for one, times in said.items() if times > 1)


def _of_renderings(shown: dict[str, str], compilation: Compilation) -> Iterator[Violation]:
    for name, text in shown.items():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            yield Violation(f"unprintable-{name}", str(error))
    count = len(compilation.diagnostics)
    if len(json.loads(shown["json"])["diagnostics"]) != count:
        yield Violation("json-rendering", "findings are missing")
    if len(json.loads(shown["sarif"])["runs"][0]["results"]) != count:
        yield Violation("sarif-rendering", "findings are missing")
    if len(re.findall("^.*$", shown["github"], re.MULTILINE)) != max(count, 1):
        yield Violation("github-rendering", "a finding is not one line")
    control = _TERMINAL_CONTROL.search(shown["text"])
    if control:
        around = shown["text"][max(0, control.start() - 60) : control.end() + 20]
        yield Violation("control-character-on-the-terminal", repr(around))


def _of_outputs(files: Files) -> Iterator[Violation]:
    for path, content in files.items():
        reader = _READERS.get(PurePath(path).suffix, bytes.decode)
        try:
            reader(content)
        except Exception as error:
            yield Violation(f"unreadable-output {PurePath(path).name}", f"{type(error).__name__}: {error}"[:2000])


def _read_yaml(content: bytes) -> Any:
    return yaml.load(content, Loader=_Loader)


def _read_python(content: bytes) -> Any:
    return compile(content, "module.py", "exec")


_READERS: dict[str, Callable[[bytes], Any]] = {
    ".json": json.loads,
    ".yml": _read_yaml,
    ".yaml": _read_yaml,
    ".py": _read_python,
}


def _of_secrets(content: bytes, compilation: Compilation, shown: dict[str, str], files: Files) -> Iterator[Violation]:
    """Only where each marker stands under a secret's key: elsewhere it is a text like any other."""
    text = content.decode("utf-8", "replace")
    count = text.count(MARKER)
    if not count or len(_UNDER_A_SECRETS_KEY.findall(text)) != count:
        return
    if compilation.document is not None and any(MARKER in leaf for leaf in _open_texts(compilation.document.root)):
        return
    for name, rendering in shown.items():
        if MARKER in rendering:
            at = rendering.index(MARKER)
            yield Violation(f"secret-shown {name}", rendering[max(0, at - 300) : at + 60])
    for path, output in files.items():
        if MARKER.encode() in output:
            yield Violation(f"secret-written {PurePath(path).name}")


def _open_texts(value: Any) -> Iterator[str]:
    """The texts that stand under no secret's key: a block may hold a line that looks like one."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            if key not in SECRET_KEYS:
                yield from _open_texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _open_texts(item)
    elif isinstance(value, str):
        yield value
