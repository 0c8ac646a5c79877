"""The witnesses of a spec's alerts, each found once: checks ask for them, and so do the outputs."""

from __future__ import annotations

from functools import lru_cache

from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule
from gaugewright.promql.literals import duration_seconds
from gaugewright.witnesses.search import Condition, Witness, compared, find
from gaugewright.witnesses.world import Unsolvable


def condition_of(alert: AlertRule) -> Condition:
    return compared(alert.query.tree, alert.comparison, alert.threshold, int(duration_seconds(alert.duration) or 0))


def witness(model: Model, alert: AlertRule, fires: bool) -> Witness:
    """Raises Unsolvable where none was found."""
    found = _found_for(_Identity(model))
    key = (alert.name, fires)
    if key not in found:
        try:
            found[key] = find(model, condition_of(alert), fires)
        except Unsolvable as problem:
            found[key] = problem
    known = found[key]
    if isinstance(known, Unsolvable):
        raise known
    return known


class _Identity:
    """A model as a key: it is itself and no other, however alike."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def __hash__(self) -> int:
        return id(self._model)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other._model is self._model


@lru_cache(maxsize=8)
def _found_for(model: _Identity) -> dict[tuple[str, bool], Witness | Unsolvable]:
    return {}
