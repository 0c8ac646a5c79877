"""Which labels the result of a query can have, through recording rules too.

What is recorded has the labels of its rule's own result, and those that the rule sets.
"""

from __future__ import annotations

from collections.abc import Callable

from gaugewright.model.metrics import Series
from gaugewright.model.model import Model
from gaugewright.model.rules import Query, RecordingRule
from gaugewright.promql.labels import Labels, possible_labels
from gaugewright.promql.syntax import VectorSelector


def result_labels(model: Model) -> Callable[[Query], Labels]:
    """A function that gives a query's possible labels, None where they are not known. It remembers what it
    found for recorded series, so one serves a whole check."""
    return _Results(model).of_query


class _Results:
    def __init__(self, model: Model) -> None:
        self.target_labels = frozenset(model.target_labels)
        self.rules: dict[str, list[RecordingRule]] = {}
        for rule in model.recording_rules:
            self.rules.setdefault(rule.name, []).append(rule)
        self.recorded: dict[str, Labels] = {}

    def of_query(self, query: Query) -> Labels:
        for name in query.metrics:
            self._record(name)
        return self._of_result(query)

    def _of_result(self, query: Query) -> Labels:
        read = {selector.node: selector.series for selector in query.selectors}

        def labels_of(node: VectorSelector) -> Labels:
            return self._of_series(read.get(node, ()))

        return possible_labels(query.tree, labels_of)

    def _of_series(self, several: tuple[Series, ...]) -> Labels:
        found: frozenset[str] = frozenset()
        for series in several:
            labels = self._of_one(series)
            if labels is None:
                return None
            found |= labels
        return found if several else None

    def _of_one(self, series: Series) -> Labels:
        if series.origin == "recorded":
            return self.recorded.get(series.name)
        return self.target_labels.union(series.label_names) if series.labels_known else None

    def _record(self, name: str) -> None:
        """Works out a recorded series, after those that it reads; rules in a circle (which has its own
        finding) stay unknown. Without recursion: chains of rules may be long."""
        waiting, begun = [name], set[str]()
        while waiting:
            top = waiting[-1]
            begun.add(top)
            reads = [metric for rule in self.rules.get(top, ()) for metric in rule.query.metrics]
            missing = [m for m in reads if m in self.rules and m not in self.recorded and m not in begun]
            if missing:
                waiting.extend(missing)
                continue
            waiting.pop()
            if top not in self.recorded and top in self.rules:
                self.recorded[top] = self._of_rules(self.rules[top])

    def _of_rules(self, rules: list[RecordingRule]) -> Labels:
        found: frozenset[str] = frozenset()
        for rule in rules:
            labels = self._of_result(rule.query)
            if labels is None:
                return None
            added = {name for name, value in rule.labels.items() if value}
            found |= labels.difference(rule.labels) | added
        return found
