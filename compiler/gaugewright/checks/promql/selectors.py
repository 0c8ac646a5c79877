"""Matchers that no declared value meets, that exclude each other, or that exclude nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from gaugewright.checks.promql.edits import requoted, without_matcher
from gaugewright.checks.promql.typed import Mistake, TypedQuery, at
from gaugewright.diagnostics import Edit, Mend, replaced
from gaugewright.diagnostics.suggest import choices, did_you_mean, listed, meant
from gaugewright.promql.syntax import Matcher, VectorSelector, Word
from gaugewright.promql.types.labels import NOTHING, Impossible, Label, MaybeLabel
from gaugewright.promql.types.matchers import matched
from gaugewright.promql.types.patterns import compiled_pattern, matches
from gaugewright.promql.types.selectors import selected
from gaugewright.promql.types.state import NEVER, Branch

_MOST_MATCHERS: Final = 100
"""Matchers are compared with each other; real selectors have under ten."""

_MOST_WORDS: Final = 100
"""Of a list such as `a|b|c`: each may have a finding, and nobody reads thousands."""

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
        yield _outside(query, node, matcher, branches)
    possible = [matcher for matcher in judged if matcher not in impossible]
    told: list[Matcher] = []
    for position, matcher in enumerate(possible):
        earlier = [other for other in possible[:position] if other.label.text == matcher.label.text]
        against = _excluding(matcher, earlier, branches)
        if against is not None:
            told.append(matcher)
            yield _conflict(query, node, matcher, against)
    for matcher in possible:
        if matcher not in told:
            yield from _dead_alternatives(query, matcher, branches)
            yield from _redundant(query, node, matcher, possible, branches)


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


def _outside(query: TypedQuery, node: VectorSelector, matcher: Matcher, branches: Sequence[Branch]) -> Mistake:
    name, op, value = matcher.label.text, matcher.op.text, matcher.value.text
    known = _values(name, branches)
    if op in ("!=", "!~"):
        message = f'`{name}{op}"{value}"` leaves no series: it excludes every value that `{name}` can have'
        help = f"`{name}` can be {choices(known)}." if known else "Leave the matcher out, or exclude less."
        return at("conflicting-matchers", matcher, message, help, _left_out(query, node, matcher))
    if name == "le" and all(branch.role == "bucket" for branch in branches):
        message = f'no bucket has the boundary "{value}"' if op == "=" else f'no bucket\'s boundary matches "{value}"'
        help = f"The boundaries are {listed(known or (), 20)}."
        return at("not-a-bucket", matcher.value, message, help, _nearest_boundary(query, matcher, known or ()))
    if not value or known is None:
        message = f"`{name}` is never empty"
    elif op == "=":
        message = f'`{name}` is never "{value}"'
    else:
        message = f'no value of `{name}` matches "{value}"'
    help = did_you_mean(value, known or ()) or (f"It can be {choices(known)}." if known else "Leave it out.")
    return at("value-outside-domain", matcher.value, message, help, _meant_value(query, matcher.value, known or ()))


def _left_out(query: TypedQuery, node: VectorSelector, matcher: Matcher, certain: bool = False) -> Mend | None:
    edit = without_matcher(query.query.text, node, matcher)
    return edit and Mend((edit,), certain)


def _meant_value(query: TypedQuery, value: Word, known: Sequence[str], certain: bool = True) -> Mend | None:
    """The declared value that is near; the only one that there is was meant, too, though not surely."""
    found = meant(value.text, known) or ((known[0], False) if len(known) == 1 else None)
    written = found and requoted(query.text(value), found[0])
    return replaced(value.start, value.end, written, found[1] and certain) if found and written else None


def _nearest_boundary(query: TypedQuery, matcher: Matcher, known: Sequence[str]) -> Mend | None:
    try:
        wanted = float(matcher.value.text)
    except ValueError:
        return None
    nearest = min(known, key=lambda boundary: abs(float(boundary) - wanted), default=None)
    written = requoted(query.text(matcher.value), nearest) if nearest else None
    return replaced(matcher.value.start, matcher.value.end, written) if written else None


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


def _conflict(query: TypedQuery, node: VectorSelector, matcher: Matcher, other: Matcher) -> Mistake:
    message = f"no series meets both `{query.text(other)}` and `{query.text(matcher)}`"
    help = "Leave one of them out"
    help += f'; for either of two values write `{matcher.label.text}=~"a|b"`.' if matcher.op.text == "=" else "."
    related = (query.related("the other one", other),)
    mend = _either(query, node, matcher, other) or _left_out(query, node, matcher)
    return at("conflicting-matchers", matcher, message, help, mend)._replace(related=related)


def _either(query: TypedQuery, node: VectorSelector, matcher: Matcher, other: Matcher) -> Mend | None:
    """`l="a", l="b"` as `l=~"a|b"`, where both are words without a meaning in regular expressions."""
    values = (other.value.text, matcher.value.text)
    removed = without_matcher(query.query.text, node, matcher)
    if {matcher.op.text, other.op.text} != {"="} or removed is None or not all(map(_is_word, values)):
        return None
    value = requoted(query.text(other.value), "|".join(values))
    return Mend((Edit(other.op.start, other.value.end, f"=~{value}"), removed)) if value else None


def _is_word(value: str) -> bool:
    return value.replace("_", "").replace("-", "").isalnum()


def _dead_alternatives(query: TypedQuery, matcher: Matcher, branches: Sequence[Branch]) -> Iterator[Mistake]:
    """One of `a|b.*|c` that meets no value: the others are met, so it is only likely wrong."""
    value = matcher.value
    several = 0 < value.text.count("|") < _MOST_WORDS
    if matcher.op.text != "=~" or not several or query.text(value)[1:-1] != value.text:
        return
    words, start = _alternatives(value.text), value.start + 1
    name = matcher.label.text
    taken = {known for label in _labels(name, branches) for known in _all_values(label)}
    for word in words if None not in taken else ():
        if word and all(matches(word, known) is False for known in taken if known is not None):
            yield _dead(query, matcher, word, start, words, branches)
        start += len(word) + 1


def _dead(
    query: TypedQuery, matcher: Matcher, word: str, start: int, words: Sequence[str], branches: Sequence[Branch]
) -> Mistake:
    name = matcher.label.text
    known = _values(name, branches) or ()
    help = did_you_mean(word, known) or f"It can be {choices(known)}."
    is_bucket = name == "le" and all(branch.role == "bucket" for branch in branches)
    if is_bucket:
        message = f'no bucket has the boundary "{word}"'
    elif _compiled_words(word) == frozenset((word,)):
        message = f'`{name}` is never "{word}"'
    else:
        message = f'no value of `{name}` matches "{word}"'
    code = "not-a-bucket" if is_bucket else "value-outside-domain"
    mend = _live_alternative(word, start, words, known)
    return Mistake(code, start, start + len(word), message, help, severity="warning", mend=mend)


def _compiled_words(pattern: str) -> frozenset[str] | None:
    """The strings that a pattern matches, where they are few."""
    compiled = compiled_pattern(pattern)
    return compiled.words if compiled is not None else None


_GROUPS: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|[()|]")


def _alternatives(pattern: str) -> list[str]:
    """What stands between the `|` outside of all parentheses and classes. All of it is one where flags or quoting
    could reach over them."""
    if "(?" in pattern or "\\Q" in pattern:
        return [pattern]
    depth, at, found = 0, 0, []
    for match in _GROUPS.finditer(pattern):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if match[0] == "|" and depth == 0:
            found.append(pattern[at : match.start()])
            at = match.end()
    return [*found, pattern[at:]]


def _live_alternative(word: str, start: int, words: Sequence[str], known: Sequence[str]) -> Mend | None:
    """The near value in its place, or the alternative left out: it meets nothing."""
    found = meant(word, known)
    if found is not None and found[0] not in words and matches(found[0], found[0]):
        return replaced(start, start + len(word), *found)
    end = start + len(word)
    return replaced(start - 1, end, "") if word == words[-1] else replaced(start, end + 1, "")


def _all_values(label: MaybeLabel) -> tuple[str | None, ...]:
    """The values, guards too; None stands for any."""
    if label is None:
        return ("",)
    return (None,) if label.values is None else (*label.values, *label.guards)


def _redundant(
    query: TypedQuery, node: VectorSelector, matcher: Matcher, all_: Sequence[Matcher], branches: Sequence[Branch]
) -> Iterator[Mistake]:
    name = matcher.label.text
    same = [other for other in all_ if other == matcher]
    if same[0] is not matcher:
        message = "the same matcher stands twice"
        mend = _left_out(query, node, matcher, certain=True)
        yield at("redundant-matcher", matcher, message, "Leave one of them out.", mend)
        return
    if not all(_excludes_nothing(label, matcher) for label in _labels(name, branches)):
        return
    message = f"`{query.text(matcher)}` excludes nothing"
    known = _values(name, branches)
    says_nothing = matcher.op.text == "=~" or not matcher.value.text  # else, a value was meant that there is not
    help, mend = "Leave it out.", _left_out(query, node, matcher, certain=says_nothing)
    if matcher.op.text == "!=" and matcher.value.text and known:
        near = did_you_mean(matcher.value.text, known)
        help = near or f"`{name}` can be {choices(known)}. Leave the matcher out."
        if near:  # the query has a meaning as it is, and would get another
            mend = _meant_value(query, matcher.value, known, certain=False)
    yield at("redundant-matcher", matcher, message, help, mend)


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
