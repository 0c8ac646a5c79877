"""What people will read when an alert fires: its texts, filled with the labels and the value of its witness.

The same witness and the same rendering as in the unit test that shows the alert firing, so promtool has compared every
text that stands here with Prometheus's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gaugewright.emit.alert_text import rendered
from gaugewright.emit.prometheus import alert_annotations, alert_labels
from gaugewright.model.go_numbers import number
from gaugewright.model.model import Model
from gaugewright.model.rules import AlertRule
from gaugewright.witnesses import Firing, Unsolvable
from gaugewright.witnesses.exactness import exact
from gaugewright.witnesses.known import witness


@dataclass(frozen=True, slots=True)
class Preview:
    """A message. `value` has the digits that are known, none at all where it is ""; a text that cannot be foretold
    stands as the template that it is."""

    labels: Mapping[str, str]
    value: str
    annotations: Mapping[str, str]


def preview(model: Model, alert: AlertRule) -> Preview | None:
    """None where no series are known that make the alert fire."""
    try:
        firing = witness(model, alert, fires=True).firing
    except Unsolvable:
        return None
    return _message(alert, firing[0], exact(model, alert.query.tree)) if firing else None


def _message(alert: AlertRule, firing: Firing, is_exact: bool) -> Preview:
    own = _filled(alert_labels(alert), firing, is_exact)
    labels = {name: value for name, value in {**firing.labels, **own}.items() if value}
    return Preview(labels, _value(firing, is_exact), _filled(alert_annotations(alert), firing, is_exact))


def _value(firing: Firing, is_exact: bool) -> str:
    """Four digits where the last ones are not known, and none where the readings differ in these."""
    exactly, roughly = ({write(value) for value in firing.values} for write in (number, "{:.4g}".format))
    if is_exact and len(exactly) == 1:
        return exactly.pop()
    return roughly.pop() if len(roughly) == 1 else ""


def _filled(texts: Mapping[str, str], firing: Firing, is_exact: bool) -> dict[str, str]:
    """What cannot be foretold stays as it is written."""
    found = ((name, text, rendered(text, firing.labels, firing.values, is_exact)) for name, text in texts.items())
    return {name: text if told is None else told for name, text, told in found}
