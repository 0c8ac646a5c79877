"""label_replace and label_join: a label computed from others.

Values are followed one by one where all are known and the expression is a simple one; else any value is
possible. Two series that become the same are a run-time error in Prometheus, so the number of series stays.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from math import prod

from gaugewright.promql.syntax import Call
from gaugewright.promql.types.labels import ANY, Label, MaybeLabel, union
from gaugewright.promql.types.patterns import matches
from gaugewright.promql.types.state import Branch, Type, not_all, typed

MOST_JOINED = 200
LONGEST_VALUE = 200


def label_replace(node: Call, args: Sequence[Type]) -> Type:
    """`label_replace(v, dst, replacement, src, regex)`."""
    target, replacement, source, pattern = (arg.text for arg in args[1:5])
    found = tuple(_replaced(branch, target, replacement, source, pattern) for branch in args[0].branches)
    return typed("vector", found)


def _replaced(
    branch: Branch, target: str | None, replacement: str | None, source: str | None, pattern: str | None
) -> Branch:
    if target is None:
        return _anything_changed(branch)
    if replacement is None or source is None or pattern is None or source == "__name__":
        return _with(branch, target, ANY)
    old, label = branch.label(target), branch.label(source)
    if label is not None and label.values is None:
        words: tuple[str, ...] | None = None
        if "$" not in replacement:
            constant = Label(True, (replacement,)) if replacement else None
            return _with(branch, target, union(old, constant))
        return _with(branch, target, union(old, ANY))
    words = _values(label)
    result: MaybeLabel = None
    begun = False
    for word in words:
        new = _after(word, label, old, target == source, replacement, pattern)
        result, begun = (union(result, new), True) if begun else (new, True)
    return _with(branch, target, result)


def _values(label: MaybeLabel) -> tuple[str, ...]:
    if label is None:
        return ("",)
    return (*(() if label.must else ("",)), *(label.values or ()), *label.guards)


def _after(word: str, label: MaybeLabel, old: MaybeLabel, is_same: bool, replacement: str, pattern: str) -> MaybeLabel:
    """What the target is on series whose source has the value `word`."""
    is_guard = label is not None and word in label.guards
    kept = _as_label(word, is_guard) if is_same else old
    hit = matches(pattern, word)
    if hit is False:
        return kept
    new = expanded(pattern, replacement, word) if "$" in replacement else replacement
    changed = ANY if new is None else _as_label(new, is_guard)
    return union(kept, changed) if hit is None else changed


def _as_label(value: str, is_guard: bool) -> MaybeLabel:
    if not value:
        return None
    return Label(True, (), (value,)) if is_guard else Label(True, (value,))


def _with(branch: Branch, target: str, label: MaybeLabel) -> Branch:
    """`exists` is no longer of every combination: the label follows from others."""
    if target == "__name__":
        return branch._replace(names=None, exists=not_all(branch.exists))
    labels = {name: known for name, known in branch.labels.items() if name != target}
    if label is not None:
        labels[target] = label
        absent = branch.absent - {target}
    else:
        absent = branch.absent | {target} if branch.open else branch.absent
    return branch._replace(labels=labels, absent=absent, exists=not_all(branch.exists))


def _anything_changed(branch: Branch) -> Branch:
    """A dashboard variable says which label is set."""
    labels = {name: Label(False, None) for name in branch.labels}
    return branch._replace(labels=labels, open=True, absent=frozenset(), names=None, exists=not_all(branch.exists))


# Literals, classes without escapes, groups that are not repeated: here Python's captures are Go's.
_SIMPLE = re.compile(
    r"""(?:[\w\ \-/:,=@%&~\#!;<>'"]          # itself
    |\\[\-./:+*?()\[\]{}|^$\\dw]            # an escape that both know alike
    |\.|\[\^?[\w\ \-/:,.=@%]+\]           # any character, a class
    |[*+?](?![*+?])|\||\((?!\?)|\)(?![*+?])  # repetition of one character, alternatives, groups
    )*""",
    re.ASCII | re.VERBOSE,
)
_TEMPLATE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)
_MOST_REPEATS = 4


@lru_cache(maxsize=1024)
def _capturing(pattern: str) -> re.Pattern[str] | None:
    repeats = sum(pattern.count(char) for char in "*+?")
    if repeats > _MOST_REPEATS or _SIMPLE.fullmatch(pattern) is None:
        return None
    try:
        return re.compile(pattern, re.DOTALL | re.ASCII)
    except re.error:
        return None


def expanded(pattern: str, replacement: str, value: str) -> str | None:
    """The replacement with the groups that `value` matched; None where that is not followed."""
    compiled = _capturing(pattern) if len(value) <= LONGEST_VALUE else None
    match = None if compiled is None else compiled.fullmatch(value)
    if match is None:
        return None
    groups = match.re.groups

    def group(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        number = int(name) if name.isdigit() else -1
        return (match[number] or "") if 0 <= number <= groups else ""

    text = _TEMPLATE.sub(group, replacement)
    # A `$` that begins no name stands for itself or vanishes, as the case may be: leave those alone.
    return None if "$" in _TEMPLATE.sub("", replacement) else text


def label_join(node: Call, args: Sequence[Type]) -> Type:
    """`label_join(v, dst, separator, src...)`."""
    target, separator, *sources = (arg.text for arg in args[1:])
    found = []
    for branch in args[0].branches:
        if target is None:
            found.append(_anything_changed(branch))
        else:
            found.append(_with(branch, target, _joined(branch, separator, sources)))
    return typed("vector", tuple(found))


def _joined(branch: Branch, separator: str | None, sources: Sequence[str | None]) -> MaybeLabel:
    known = [source for source in sources if source is not None and source != "__name__"]
    labels = [branch.label(source) for source in known]
    if separator is None or len(known) < len(sources):
        return ANY
    must = (bool(separator) and len(known) > 1) or any(label is not None and label.must for label in labels)
    choices = [_values(label) for label in labels]
    if any(label is not None and label.values is None for label in labels):
        return Label(must, None)
    if prod(map(len, choices)) > MOST_JOINED:
        return Label(must, None)
    declared: dict[str, None] = {}
    guarded: dict[str, None] = {}
    for words in product(*choices):
        is_guard = any(label is not None and word in label.guards for label, word in zip(labels, words, strict=True))
        (guarded if is_guard else declared)[separator.join(words)] = None
    must = "" not in declared
    values = tuple(text for text in declared if text)
    return Label(must, values, tuple(guarded)) if values or guarded else None
