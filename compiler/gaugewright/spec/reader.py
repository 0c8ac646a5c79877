"""YAML text to a tree that knows where each value stands.

Built on libyaml's events rather than PyYAML's loaders: a loader drops the places, and its schema
is YAML 1.1 (`no` is a boolean there, `22:22` a number). Anything a loader would execute or expand
without bound (tags, merge keys, aliases) is refused or budgeted here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml
from gaugewright.diagnostics import Diagnostic, Related
from gaugewright.diagnostics.catalogue import MOST_FINDINGS
from gaugewright.diagnostics.secrets import is_secret_key
from gaugewright.spec.limits import MAX_BYTES as MAX_BYTES
from gaugewright.spec.scalars import resolve_plain
from gaugewright.spec.source import Document, List, Map, Span
from gaugewright.spec.yaml_errors import explain_error
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

MAX_DEPTH = 40
MAX_VALUES = 450_000
"""How many keys and values a spec may have; ten thousand metrics with as many alerts have 380,000."""
MAX_ALIASED = 100_000
"""How many values aliases may stand for in all."""

_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_ANCHOR = re.compile(r"&[^\s,\[\]{}]+\s*")


@dataclass(frozen=True, slots=True)
class Reading:
    """A document and what was found on the way. Where `readable` is false the text is no YAML that we
    take, and the document holds no values."""

    document: Document
    diagnostics: tuple[Diagnostic, ...]
    readable: bool = True


def read_yaml(content: bytes, file: str) -> Reading:
    """Reads one YAML document whose root is a mapping (or nothing, taken as an empty mapping)."""
    nothing = Document(file, "", Map(Span(0, 0)))
    if len(content) > MAX_BYTES:
        message = f"the file has {len(content):,} bytes; a spec may have {MAX_BYTES:,}"
        return _refused(nothing, "unreadable-file", message, 0, 0, "Split it: one spec describes one service.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(content, file, error)
    document = Document(file, text, Map(Span(0, 0)))
    bad = _UNREADABLE.search(text)
    if bad:
        message = f"the character U+{ord(bad[0]):04X} cannot stand in YAML"
        help = 'Remove it, or write it as an escape in double quotes ("\\x07").'
        return _refused(document, "yaml-syntax", message, bad.start(), bad.end(), help)
    return _Builder(document).build()


def _not_utf8(content: bytes, file: str, error: UnicodeDecodeError) -> Reading:
    readable = content[: error.start].decode("utf-8-sig")
    document = Document(file, readable, Map(Span(0, 0)))
    message = f"the file is not UTF-8: byte 0x{content[error.start]:02x} at offset {error.start}"
    return _refused(document, "unreadable-file", message, len(readable), len(readable), "Save it as UTF-8 text.")


def _refused(document: Document, code: str, message: str, start: int, end: int, help: str = "") -> Reading:
    found = Diagnostic(code, "error", message, document.place(start, end), help)
    return Reading(document, (found,), readable=False)


class _Refusal(Exception):
    """Ends the reading at a value that cannot be accepted."""

    def __init__(self, code: str, message: str, start: int, end: int, help: str = "") -> None:
        super().__init__(message)
        self.finding = (code, message, start, end, help)


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not been read. `size` counts the values in it."""

    value: Map | List
    anchor: str | None
    key: str | None = None
    key_span: Span | None = None
    size: int = 1


class _Builder:
    def __init__(self, document: Document) -> None:
        self.document = document
        self.findings: list[Diagnostic] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Any, Span, int]] = {}
        self.aliased = 0
        self.values = 0
        self.documents = 0
        self.root: tuple[Any, Span] | None = None

    def build(self) -> Reading:
        parser = _Parser(self.document.text)
        try:
            self._read_events(parser)
        except _Refusal as refusal:
            code, message, start, end, help = refusal.finding
            place = self.document.place(start, end)
            self.findings.append(Diagnostic(code, "error", message, place, help))
            return Reading(self.document, tuple(self.findings), readable=False)
        except yaml.YAMLError as error:
            self.findings.append(explain_error(error, self.document))
            return Reading(self.document, tuple(self.findings), readable=False)
        finally:
            parser.dispose()
        return self._finish()

    def _finish(self) -> Reading:
        root, span = self.root if self.root is not None else (None, Span(0, 0))
        if root is None:
            root = Map(Span(0, 0))
        if not isinstance(root, Map):
            place = self.document.place(span.start, span.end)
            message = "a spec is a mapping of keys such as `gaugewright`, `service` and `metrics`"
            help = "Begin it with `gaugewright: 1`; `gaugewright init` writes one to start from."
            self.findings.append(Diagnostic("invalid-value", "error", message, place, help))
            return Reading(self.document, tuple(self.findings), readable=False)
        return Reading(Document(self.document.file, self.document.text, root), tuple(self.findings))

    def _read_events(self, parser: Any) -> None:
        event = parser.get_event()
        while not isinstance(event, StreamEndEvent):
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is MappingStartEvent:
                self._open(event, Map(_span(event)))
            elif kind is SequenceStartEvent:
                self._open(event, List(_span(event)))
            elif kind in (MappingEndEvent, SequenceEndEvent):
                self._close(event)
            elif kind is AliasEvent:
                self._alias(event)
            elif kind is DocumentStartEvent:
                self._document(event)
            event = parser.get_event()

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            span = _span(event)
            raise _Refusal(
                "yaml-syntax",
                "a second YAML document begins here; a spec is one document",
                span.start,
                span.end,
                "Put the other document into a file of its own, or remove the `---`.",
            )

    def _scalar(self, event: Any) -> None:
        start, end = event.start_mark.index, event.end_mark.index
        if event.tag is not None:
            self._refuse_tag(event.tag, start, end)
        if event.anchor is not None:
            start = self._after_anchor(start)
        value = event.value
        style = event.style or None
        if style == ":":
            style = None
        span = Span(start, end, style)
        top = self.stack[-1] if self.stack else None
        if top is not None and type(top.value) is Map and top.key is None:
            self._key(top, value, span)
            return
        resolved = value if style is not None else resolve_plain(value)
        self._add(resolved, span, 1)
        if event.anchor is not None:
            self.anchors[event.anchor] = (resolved, span, 1)

    def _key(self, top: _Open, name: str, span: Span) -> None:
        if name == "<<" and span.style is None:
            raise _Refusal(
                "yaml-syntax", "merge keys (`<<`) are not part of the spec's YAML", span.start, span.end,
                "Write the fields out, or share a label through `labels:`.",
            )  # fmt: skip
        top.key, top.key_span = name, span

    def _open(self, event: Any, value: Map | List) -> None:
        span = value.span
        if event.tag is not None:
            self._refuse_tag(event.tag, span.start, span.end)
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, Map) and top.key is None:
            self._refuse_key(span)
        if len(self.stack) >= MAX_DEPTH:
            message = f"values are nested more than {MAX_DEPTH} deep"
            raise _Refusal("yaml-limit", message, span.start, span.end, "No field of a spec needs this.")
        if event.anchor is not None:
            value.span = Span(self._after_anchor(span.start), span.end)
        self.stack.append(_Open(value, event.anchor))

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        span = Span(done.value.span.start, event.end_mark.index)
        done.value.span = span
        self._add(done.value, span, done.size)
        if done.anchor is not None:
            self.anchors[done.anchor] = (done.value, span, done.size)

    def _alias(self, event: Any) -> None:
        span = _span(event)
        top = self.stack[-1] if self.stack else None
        if top is not None and isinstance(top.value, Map) and top.key is None:
            self._refuse_key(span)
        found = self.anchors.get(event.anchor)
        if found is None:
            self._refuse_alias(event.anchor, span)
            return
        value, at, size = found
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            message = f"aliases stand for more than {MAX_ALIASED:,} values"
            raise _Refusal("yaml-limit", message, span.start, span.end, "Write fewer aliases of aliases.")
        self._add(value, at, size)

    def _refuse_alias(self, name: str, span: Span) -> None:
        if any(opened.anchor == name for opened in self.stack):
            message = f"the alias `*{name}` stands inside its own anchor"
            raise _Refusal("yaml-limit", message, span.start, span.end, "A value cannot contain itself.")
        if self._in_secret():
            message = "a value that begins with `*` is an alias in YAML, and this one has no anchor"
            raise _Refusal("yaml-syntax", message, span.start, span.end, "Quote the value.")
        message = f"the alias `*{name}` has no anchor `&{name}` before it"
        help = f'Where text beginning with `*` is meant (a cron schedule, say), quote it: "*{name}".'
        raise _Refusal("yaml-syntax", message, span.start, span.end, help)

    def _refuse_tag(self, tag: str, start: int, end: int) -> None:
        start = self._after_anchor(start)
        written = re.match(r"![^\s,\[\]{}]*", self.document.text[start : start + 200])
        stop = start + len(written[0]) if written else end
        name = "!" if self._in_secret() else written[0] if written else tag
        message = f"the tag `{name}` is not part of the spec's YAML"
        raise _Refusal("yaml-syntax", message, start, stop, "Remove it; quote the text where it begins with `!`.")

    def _in_secret(self) -> bool:
        """Whether what is read stands under a secret's key, so that no message may quote it."""
        return any(opened.key is not None and is_secret_key(opened.key) for opened in self.stack)

    def _refuse_key(self, span: Span) -> None:
        begin = span.start - self.document.text.endswith("{", 0, span.start)
        line_end = self.document.text.find("\n", span.start)
        line = self.document.text[begin : line_end if line_end >= 0 else None]
        help = "Keys are plain names."
        if line.startswith("{{") and not self._in_secret() and len(line) <= 300:
            help = f"Quote a text that begins with `{{{{`: '{line.rstrip()}'"
        raise _Refusal("yaml-syntax", "a mapping or list cannot be a key", span.start, span.end, help)

    def _after_anchor(self, start: int) -> int:
        found = _ANCHOR.match(self.document.text, start)
        return found.end() if found else start

    def _add(self, value: Any, span: Span, size: int) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            message = f"the file has more than {MAX_VALUES:,} values"
            raise _Refusal("yaml-limit", message, span.start, span.end, "One spec describes one service.")
        if not self.stack:
            self.root = (value, span)
            return
        top = self.stack[-1]
        top.size += size
        parent = top.value
        if type(parent) is List:
            parent.append(value)
            parent.items_at.append(span)
            return
        key, key_span = top.key, top.key_span
        top.key = None
        assert isinstance(parent, Map)
        assert key is not None
        assert key_span is not None
        if key in parent:
            parent.dropped.append((key, span))
            self._duplicate(parent, key, key_span)
            return
        parent[key] = value
        parent.keys_at[key] = key_span
        parent.values_at[key] = span

    def _duplicate(self, parent: Map, key: str, span: Span) -> None:
        first = parent.keys_at[key]
        if len(self.findings) >= MOST_FINDINGS:
            message = f"more than {MOST_FINDINGS:,} keys stand twice"
            raise _Refusal("yaml-limit", message, span.start, span.end, "This is not a spec.")
        self.findings.append(
            Diagnostic(
                "duplicate-key",
                "error",
                f"the key `{key}` stands twice in one mapping",
                self.document.place(span.start, span.end),
                "Keep one of the two.",
                (Related("first here", self.document.place(first.start, first.end)),),
            )
        )


def _span(event: Any) -> Span:
    return Span(event.start_mark.index, event.end_mark.index)
