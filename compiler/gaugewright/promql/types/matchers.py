"""What a selector's matchers leave of its series.

A missing label is the empty string to a matcher. A matcher whose value holds a dashboard variable says
nothing: the variable may stand for `.*`, which the series without the label meet too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from gaugewright.promql.syntax import Matcher
from gaugewright.promql.types.labels import NOTHING, Impossible, Label, MaybeLabel
from gaugewright.promql.types.patterns import compiled_pattern, matches
from gaugewright.promql.types.state import NEVER, Branch, bounded, not_all

Accepts: TypeAlias = Callable[[str], bool | None]
"""Whether a matcher takes a value; None where that is not known."""


def acceptance(matcher: Matcher) -> Accepts:
    """The matcher as a question about one value."""
    op, wanted = matcher.op.text, matcher.value.text
    if matcher.value.variables or matcher.label.variables:
        return _unsure
    if op == "=":
        return wanted.__eq__
    if op == "!=":
        return wanted.__ne__
    if op == "=~":
        return lambda value: matches(wanted, value)
    return lambda value: _not(matches(wanted, value))


def _unsure(_: str) -> bool | None:
    return None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def select(branch: Branch, matchers: Iterable[Matcher]) -> Branch:
    """The series of `branch` that meet all matchers but those of the name."""
    labels: dict[str, Label] | None = None
    for matcher in sorted(matchers, key=_exact_first):
        name = matcher.label.text
        if name == "__name__":
            continue
        if not _is_understood(matcher):
            branch = branch._replace(exists=not_all(branch.exists))
        if matcher.label.variables or matcher.value.variables:
            continue
        before = branch.label(name)
        after = matched(before, matcher)
        if after is before:
            continue
        if labels is None:
            labels = dict(branch.labels)
            branch = branch._replace(labels=labels)
        if after is NOTHING:
            labels[name] = Label(True, ()) if before is None else before._replace(values=(), guards=())
            branch = branch._replace(exists=NEVER, most=0)
        elif after is None:
            labels.pop(name, None)
            branch = branch._replace(absent=branch.absent | {name}) if branch.open else branch
        elif isinstance(after, Label):
            labels[name] = after
            if after.values == ():  # only guards are left
                branch = branch._replace(exists=not_all(branch.exists))
    if branch.exists is NEVER or labels is None:
        return branch
    return bounded(branch)


def _is_understood(matcher: Matcher) -> bool:
    """Whether it is certain which values the matcher takes."""
    if matcher.label.variables or matcher.value.variables:
        return False
    return matcher.op.text in ("=", "!=") or compiled_pattern(matcher.value.text) is not None


def _exact_first(matcher: Matcher) -> bool:
    return matcher.op.text != "="


def matched(label: MaybeLabel, matcher: Matcher) -> MaybeLabel | Impossible:
    """What a label is on the series that the matcher takes."""
    accepts = acceptance(matcher)
    can_lack = (label is None or not label.must) and accepts("") is not False
    if label is None:
        return None if can_lack else NOTHING
    if label.values is None:
        return _of_open(label, matcher, accepts, can_lack)
    values = tuple(value for value in label.values if accepts(value) is not False)
    guards = tuple(guard for guard in label.guards if accepts(guard) is not False)
    if not values and matcher.op.text == "=" and matcher.label.text == "le":
        values = _same_bound(label.values, matcher.value.text)
    if not values and not guards:
        return None if can_lack else NOTHING
    if len(values) == len(label.values) and len(guards) == len(label.guards) and label.must is not can_lack:
        return label
    return Label(not can_lack, values, guards)


def _of_open(label: Label, matcher: Matcher, accepts: Accepts, can_lack: bool) -> MaybeLabel | Impossible:
    words = _words(matcher)
    if words is not None:
        values = tuple(sorted(word for word in words if word))
        return Label(not can_lack, values) if values else None if can_lack else NOTHING
    if _takes_no_value(matcher):
        return None if can_lack else NOTHING
    return label._replace(must=not can_lack)


def _words(matcher: Matcher) -> frozenset[str] | None:
    """The only values that the matcher takes, where it lists them."""
    op, value = matcher.op.text, matcher.value.text
    if op == "=":
        return frozenset((value,))
    compiled = compiled_pattern(value) if op == "=~" else None
    return None if compiled is None else compiled.words


def _takes_no_value(matcher: Matcher) -> bool:
    """`!~".*"` and `!~".+"`."""
    compiled = compiled_pattern(matcher.value.text) if matcher.op.text == "!~" else None
    return compiled is not None and compiled.something


def _same_bound(bounds: tuple[str, ...], wanted: str) -> tuple[str, ...]:
    """`le="1"` is understood as `le="1.0"`, as Prometheus 3 stores it."""
    try:
        number = float(wanted)
    except ValueError:
        return ()
    return tuple(bound for bound in bounds if float(bound) == number)
