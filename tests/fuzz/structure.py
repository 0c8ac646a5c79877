"""Mutations of a spec as a tree: what YAML would call well-formed, and nobody would write."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

import yaml

from tests.fuzz import dictionary

Path = tuple[Any, ...]
TreeMutation = Callable[[Random, Any], None]
"""Changes the tree in place."""

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

FREE_TEXT = frozenset(("description", "summary", "title", "owner", "legend", "reason", "since", "row", "label", "tags"))
"""Keys whose value may be any text: a spec stays honest whatever stands there."""


def slots(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of the tree that holds a value: its mapping or list, and its key or index."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield tree, key
        yield from slots(value)


def _slot(random: Random, tree: Any) -> tuple[Any, Any]:
    """One of them, or a place of its own where the tree is empty."""
    return random.choice(list(slots(tree)) or [([None], 0)])


def delete(random: Random, tree: Any) -> None:
    holder, key = _slot(random, tree)
    del holder[key]


def duplicate(random: Random, tree: Any) -> None:
    holder, key = _slot(random, tree)
    if isinstance(holder, list):
        holder.insert(random.randint(0, len(holder)), deepcopy(holder[key]))
    else:
        holder[dictionary.word(random)] = deepcopy(holder[key])


def rename(random: Random, tree: Any) -> None:
    """A key that is misspelt, or is another one's."""
    holder, key = _slot(random, tree)
    if isinstance(holder, dict):
        spelt = str(key)
        misspelt = spelt[:-1] if random.random() < 0.5 else spelt + random.choice("s_x ")
        holder[random.choice((misspelt, dictionary.word(random)))] = holder.pop(key)


def replace(random: Random, tree: Any) -> None:
    holder, key = _slot(random, tree)
    holder[key] = dictionary.value(random)


def swap(random: Random, tree: Any) -> None:
    """Two values change places. Within itself a value is put twice, so that no tree becomes endless."""
    (first, one), (second, other) = _slot(random, tree), _slot(random, tree)
    first[one], second[other] = deepcopy(second[other]), deepcopy(first[one])


def retype(random: Random, tree: Any) -> None:
    """The value in a list, in a mapping, as a text, or its own first item."""
    holder, key = _slot(random, tree)
    value = holder[key]
    forms: list[Any] = [[value], {"x": value}, str(value), [value] * 12]
    if isinstance(value, (list, dict)) and value:
        forms.append(next(iter(value)))
    holder[key] = random.choice(forms)


def edit_text(random: Random, tree: Any) -> None:
    """A word of some syntax inside a text: a query, a template, a schedule."""
    texts = [(holder, key) for holder, key in slots(tree) if isinstance(holder[key], str)]
    if texts:
        holder, key = random.choice(texts)
        value = holder[key]
        start = random.randint(0, len(value))
        stop = min(len(value), start + random.choice((0, 0, 1, 4)))
        holder[key] = value[:start] + dictionary.word(random) + value[stop:]


def free_text(random: Random, tree: Any) -> None:
    """A hostile text where any text is allowed: the spec compiles, and the outputs must hold."""
    texts = [(holder, key) for holder, key in slots(tree) if key in FREE_TEXT and isinstance(holder[key], str)]
    for holder, key in random.sample(texts, min(len(texts), 4)):
        holder[key] = f"A text of some length {dictionary.text(random)}"


def label_values(random: Random, tree: Any) -> None:
    """Values of labels that other readers take for something else."""
    lists = [holder for holder, key in slots(tree) if key == "values" and isinstance(holder[key], list)]
    if lists:
        holder = random.choice(lists)
        holder["values"] = [*holder["values"], dictionary.text(random), random.choice(dictionary.YAML_SCALARS)]


def number(random: Random, tree: Any) -> None:
    """Another number, of the same kind: most are as good as the one before."""
    numbers = [(holder, key) for holder, key in slots(tree) if type(holder[key]) in (int, float)]
    if numbers:
        holder, key = random.choice(numbers)
        factor = random.choice((0.5, 2, 3, 10, 1000))
        holder[key] = type(holder[key])(holder[key] * factor)


HARMLESS: tuple[TreeMutation, ...] = (free_text, free_text, label_values, number, delete)
"""After these most specs still compile, so that their outputs can be judged."""

MUTATIONS: tuple[TreeMutation, ...] = (
    *(delete, delete, duplicate, rename, replace, replace, swap, retype, number, edit_text, edit_text, edit_text),
    *(free_text, label_values),
)


def written(random: Random, tree: Any) -> str:
    """The tree as YAML, in one of the ways that YAML can be written."""
    if random.random() < 0.25:
        return json.dumps(tree, ensure_ascii=random.random() < 0.5, indent=random.choice((None, 2)), default=str)
    dumper = random.choice(_DUMPERS)
    try:
        dumped: str = yaml.dump(
            tree, Dumper=dumper, sort_keys=False, allow_unicode=random.random() < 0.5, width=random.choice((40, 10_000))
        )
    except (yaml.YAMLError, OverflowError):
        return json.dumps(tree, default=str)
    return dumped


def _dumper(style: str | None) -> Any:
    """A dumper that writes texts in this style, where YAML can, and each value for itself: few aliases."""

    def write_text(dumper: Any, value: str) -> Any:
        chosen = style if style != "|" or "\n" in value else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=chosen)

    dumper: Any = type("Dumper", (_Dumper,), {})
    dumper.add_representer(str, write_text)
    return dumper


_DUMPERS = tuple(_dumper(style) for style in (None, '"', "'", "|"))
