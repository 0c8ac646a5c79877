"""What a text would do when Prometheus expands it: the labels that it shows, and where expanding would fail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gaugewright.diagnostics import TextFinding
from gaugewright.gotemplate.parse import Need, parse
from gaugewright.gotemplate.values import KnownText, LabelUse, ValueUse
from gaugewright.gotemplate.walk import Walk


@dataclass(frozen=True, slots=True)
class Analysis:
    """`refused` is what Prometheus refuses when it loads the rule, `failing` what fails at each expansion;
    `needs` is what only a newer Prometheus than 2.42 reads; `queries` is the PromQL that the text asks."""

    refused: tuple[TextFinding, ...]
    failing: tuple[TextFinding, ...]
    needs: tuple[Need, ...]
    label_uses: tuple[LabelUse, ...]
    value_uses: tuple[ValueUse, ...]
    queries: tuple[KnownText, ...]


def analyse(text: str) -> Analysis:
    """Reads an annotation's or a label's text. Never raises."""
    parsed = parse(text)
    walk = Walk(text, parsed)
    walk.run()
    refused = _in_order(parsed.findings)
    failing = (item for item in walk.faults if not any(_touch(item, other) for other in refused))
    return Analysis(
        refused, _in_order(failing), parsed.needs, tuple(walk.labels), tuple(walk.values), tuple(walk.queries)
    )


def label_uses(text: str) -> tuple[LabelUse, ...]:
    """The labels whose values a text shows, by whatever way of writing it."""
    return analyse(text).label_uses if "{{" in text else ()


def _touch(fault: TextFinding, other: TextFinding) -> bool:
    """Whether both are about the same characters: what Go refuses needs no second finding."""
    return fault.start <= other.end and other.start <= fault.end


def _in_order(found: Iterable[TextFinding]) -> tuple[TextFinding, ...]:
    return tuple(sorted(found, key=lambda item: (item.start, item.end)))
