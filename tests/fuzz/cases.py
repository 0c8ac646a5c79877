"""The cases: each is made of the run's seed and its own number alone, so any one can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import yaml

from tests.fuzz import mutations, seeds, structure


def case(seed: int, number: int) -> bytes:
    """The spec of this number."""
    random = Random(f"{seed}/{number}")
    text = random.choice(seeds.honest() if random.random() < 0.75 else seeds.wrong())
    way = random.random()
    if way < 0.3:
        text = _changed_tree(random, text, structure.HARMLESS)
    elif way < 0.7:
        text = _changed_tree(random, text, structure.MUTATIONS)
    if way > 0.6:
        for _ in range(random.choice((1, 1, 2, 5))):
            text = random.choice(mutations.MUTATIONS)(random, text)
    content = text.encode("utf-8", "surrogatepass")
    return mutations.spoil_bytes(random, content) if random.random() < 0.05 else content


def _changed_tree(random: Random, text: str, mutations: Sequence[structure.TreeMutation]) -> str:
    try:
        tree = seeds.tree(text)
    except yaml.YAMLError:  # some seeds are no YAML: that is what they are there for
        return text
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        random.choice(mutations)(random, tree)
    return structure.written(random, tree)
