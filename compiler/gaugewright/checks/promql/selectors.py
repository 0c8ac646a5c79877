"""Matchers that no declared value meets, that exclude each other, or that exclude nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from gaugewright.checks.promql.typed import Mistake, TypedQuery, at
from gaugewright.diagnostics.suggest import did_you_mean, listed
from gaugewright.promql.syntax import Matcher, VectorSelector
from gaugewright.promql.types.labels import NOTHING, Impossible, Label, MaybeLabel
from gaugewright.promql.types.matchers import matched
from gaugewright.promql.types.patterns import compiled_pattern, matches
from gaugewright.promql.types.selectors import selected
from gaugewright.promql.types.state import NEVER, Branch

_MOST_MATCHERS: Final = 100
"""Matchers are compared with each other; real selectors have under ten."""

_OPPOSITE: Final = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}


def matchers(query: TypedQuery, node: VectorSelector) -> Iterator[Mistake]:
    """What is wrong with the matchers of one selector, at most one finding a matcher."""
    asked = [matcher for matcher in node.matchers if _is_plain(matcher)]
    if not 0 < len(asked) <= _MOST_MATCHERS:
        return
    branches = _before_matching(query, node)
    judged = [matcher for matcher in asked if not all(branch.lacks(matcher.label.text) for branch in branches)]
    impossible = [matcher for matcher in judged if _takes_nothing(matcher, branches)]
    for matcher in impossible:
        yield _outside(matcher, branches)
    possible = [matcher for matcher in judged if matcher not in impossible]
    told: list[Matcher] = []
    for position, matcher in enumerate(possible):
        earlier = [other for other in possible[:position] if other.label.text == matcher.label.text]
        against = _excluding(matcher, earlier, branches)
        if against is not None:
            told.append(matcher)
            yield _conflict(query, matcher, against)
    for matcher in possible:
        if matcher not in told:
            yield from _dead_alternatives(query, matcher, branches)
            yield from _redundant(query, matcher, possible, branches)


def _is_plain(matcher: Matcher) -> bool:
    return not (matcher.label.variables or matcher.value.variables) and matcher.label.text != "__name__"


def _before_matching(query: TypedQuery, node: VectorSelector) -> tuple[Branch, ...]:
    """The series of the selector's name, without its other matchers."""
    names = tuple(matcher for matcher in node.matchers if matcher.label.text == "__name__")
    found = selected(VectorSelector(node.start, node.end, node.name, names), query.environment)
    return tuple(branch for branch in found if branch.exists is not NEVER) or found


def _labels(name: str, branches: Sequence[Branch]) -> list[MaybeLabel]:
    return [branch.label(name) for branch in branches]


def _takes_nothing(matcher: Matcher, branches: Sequence[Branch]) -> bool:
    labels = _labels(matcher.label.text, branches)
    return all(matched(label, matcher) is NOTHING for label in labels)


def _values(name: str, branches: Sequence[Branch]) -> tuple[str, ...] | None:
    """Every value that the label can have, those of the module's guards not among them; None where it is open."""
    found: dict[str, None] = {}
    for label in _labels(name, branches):
        if label is None:
            continue
        if label.values is None:
            return None
        found.update(dict.fromkeys(label.values))
    return tuple(found)


def _outside(matcher: Matcher, branches: Sequence[Branch]) -> Mistake:
    name, op, value = matcher.label.text, matcher.op.text, matcher.value.text
    known = _values(name, branches)
    if op in ("!=", "!~"):
        message = f'`{name}{op}"{value}"` leaves no series: it excludes every value that `{name}` can have'
        help = f"`{name}` can be {_choices(known)}." if known else "Leave the matcher out, or exclude less."
        return at("conflicting-matchers", matcher, message, help)
    if name == "le" and all(branch.role == "bucket" for branch in branches):
        message = f'no bucket has the boundary "{value}"' if op == "=" else f'no bucket\'s boundary matches "{value}"'
        return at("not-a-bucket", matcher.value, message, f"The boundaries are {listed(known or (), 20)}.")
    if not value or known is None:
        message = f"`{name}` is never empty"
    elif op == "=":
        message = f'`{name}` is never "{value}"'
    else:
        message = f'no value of `{name}` matches "{value}"'
    help = did_you_mean(value, known or ()) or (f"It can be {_choices(known)}." if known else "Leave it out.")
    return at("value-outside-domain", matcher.value, message, help)


def _choices(values: Sequence[str] | None) -> str:
    return listed([f'"{value}"' for value in values or ()]).replace(" and ", " or ")


def _excluding(matcher: Matcher, earlier: Sequence[Matcher], branches: Sequence[Branch]) -> Matcher | None:
    """The earlier matcher of the same label with which this one has no value in common."""
    for other in earlier:
        if other.value == matcher.value and other.op.text == _OPPOSITE[matcher.op.text]:
            return other
        pair = sorted((other, matcher), key=lambda item: item.op.text != "=")
        if all(_both(label, pair) is NOTHING for label in _labels(matcher.label.text, branches)):
            return other
    return None


def _both(label: MaybeLabel, pair: Sequence[Matcher]) -> MaybeLabel | Impossible:
    after = matched(label, pair[0])
    return after if isinstance(after, Impossible) else matched(after, pair[1])


def _conflict(query: TypedQuery, matcher: Matcher, other: Matcher) -> Mistake:
    message = f"no series meets both `{query.text(other)}` and `{query.text(matcher)}`"
    help = "Leave one of them out"
    help += f'; for either of two values write `{matcher.label.text}=~"a|b"`.' if matcher.op.text == "=" else "."
    related = (query.related("the other one", other),)
    return at("conflicting-matchers", matcher, message, help)._replace(related=related)


def _dead_alternatives(query: TypedQuery, matcher: Matcher, branches: Sequence[Branch]) -> Iterator[Mistake]:
    """One of `a|b|c` that is no value: the others are met, so it is only likely wrong."""
    value = matcher.value
    if matcher.op.text != "=~" or "|" not in value.text:
        return
    words, start = value.text.split("|"), value.start + 1
    compiled = compiled_pattern(value.text)
    if compiled is None or compiled.words != frozenset(words) or query.text(value)[1:-1] != value.text:
        return
    name = matcher.label.text
    taken = {known for label in _labels(name, branches) for known in _all_values(label)}
    for word in words:
        if word and word not in taken and None not in taken:
            known = _values(name, branches) or ()
            help = did_you_mean(word, known) or f"It can be {_choices(known)}."
            code, message = "value-outside-domain", f'`{name}` is never "{word}"'
            if name == "le" and all(branch.role == "bucket" for branch in branches):
                code, message = "not-a-bucket", f'no bucket has the boundary "{word}"'
            yield Mistake(code, start, start + len(word), message, help, severity="warning")
        start += len(word) + 1


def _all_values(label: MaybeLabel) -> tuple[str | None, ...]:
    """The values, guards too; None stands for any."""
    if label is None:
        return ("",)
    return (None,) if label.values is None else (*label.values, *label.guards)


def _redundant(
    query: TypedQuery, matcher: Matcher, all_: Sequence[Matcher], branches: Sequence[Branch]
) -> Iterator[Mistake]:
    name = matcher.label.text
    same = [other for other in all_ if other == matcher]
    if same[0] is not matcher:
        yield at("redundant-matcher", matcher, "the same matcher stands twice", "Leave one of them out.")
        return
    if not all(_excludes_nothing(label, matcher) for label in _labels(name, branches)):
        return
    message = f"`{query.text(matcher)}` excludes nothing"
    known = _values(name, branches)
    help = "Leave it out."
    if matcher.op.text == "!=" and matcher.value.text and known:
        help = did_you_mean(matcher.value.text, known) or f"`{name}` can be {_choices(known)}. Leave the matcher out."
    yield at("redundant-matcher", matcher, message, help)


def _excludes_nothing(label: MaybeLabel, matcher: Matcher) -> bool:
    """Certainly, whatever an open label's values are; the module's guards count as values."""
    op, wanted = matcher.op.text, matcher.value.text
    can_lack = label is None or not label.must
    if op == "=~":
        compiled = compiled_pattern(wanted)
        return compiled is not None and compiled.something and (compiled.everything or not can_lack)
    if op == "=" or (label is not None and label.values is None):
        return op == "!=" and wanted == "" and not can_lack
    values = [*([""] if can_lack else []), *_closed(label)]
    if op == "!=":
        return wanted not in values
    return all(matches(wanted, value) is False for value in values)


def _closed(label: Label | None) -> tuple[str, ...]:
    return () if label is None else (*(label.values or ()), *label.guards)
