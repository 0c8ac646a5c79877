"""A user's own tests of an alert: each series is one that the spec's metrics can have."""

from __future__ import annotations

from gaugewright.diagnostics.catalogue import finding
from gaugewright.diagnostics.suggest import choices, did_you_mean, listed, nearest, other_value
from gaugewright.model.metrics import LabelDomain, Series
from gaugewright.model.names import Names
from gaugewright.model.resolve_queries import unknown_metric
from gaugewright.model.rules import AlertTest, InputSeries
from gaugewright.spec.fields import duration_seconds
from gaugewright.spec.read import Entry
from gaugewright.spec.schema import AlertSpec, AlertTestSpec, InputSeriesSpec
from gaugewright.spec.source import Source

MOST_EVALUATIONS = 10_000
"""Of one test: promtool evaluates each rule of the file at each."""


def resolve_tests(entry: Entry[AlertSpec], scrape_interval: int, names: Names) -> tuple[AlertTest, ...]:
    """The tests that can be run; what is wrong with others is in `names`."""
    if "tests" in entry.broken:
        return ()
    found = []
    for number, spec in enumerate(entry.spec.tests):
        source = entry.source.at("tests", number)
        test = _Test(source, entry.spec.name, names).resolved(spec, number, scrape_interval)
        if test is not None:
            found.append(test)
    return tuple(found)


class _Test:
    """One test, whose findings point into `source` and are about the alert `about`."""

    def __init__(self, source: Source, about: str, names: Names) -> None:
        self._source = source
        self._about = about
        self._names = names

    def resolved(self, spec: AlertTestSpec, number: int, scrape_interval: int) -> AlertTest | None:
        interval = duration_seconds(spec.interval) if spec.interval else scrape_interval
        eval_time = duration_seconds(spec.eval_time)
        before = len(self._names.findings)
        if eval_time > MOST_EVALUATIONS * interval:
            help = "Give the test a longer `interval`."
            message = f"`eval_time` is more than {MOST_EVALUATIONS:,} evaluations of {interval} s away"
            self._add("invalid-value", message, self._source.at("eval_time"), help)
        series = [self._series(one, self._source.at("input_series", at)) for at, one in enumerate(spec.input_series)]
        self._check_twice(series)
        if len(self._names.findings) > before or None in series:
            return None
        known = tuple(one for one in series if one is not None)
        name = spec.name or f"test {number + 1}"
        return AlertTest(name, interval, eval_time, known, tuple(spec.firing), self._source)

    def _series(self, spec: InputSeriesSpec, source: Source) -> InputSeries | None:
        series = self._names.series.get(spec.metric)
        if series is None:
            if not self._names.is_unsure(spec.metric) and not self._names.is_missing("metrics"):
                place = source.at("metric").place()
                self._names.findings.append(unknown_metric(spec.metric, place, self._names, (self._about,)))
            return None
        if series.origin == "recorded":
            message = f"`{series.name}` is recorded by a rule, which is evaluated in a test too"
            self._add("invalid-value", message, source.at("metric"), "Give the series that the rule reads.")
            return None
        domains = {label.name: label for label in series.labels}
        self._check_labels(spec, series, {**domains, **self._names.target_labels}, source.at("labels"))
        self._check_missing(spec, domains, source)
        of_target = {name: domain.sample for name, domain in self._names.target_labels.items()}
        return InputSeries(series.name, dict(sorted({**of_target, **spec.labels}.items())), spec.values)

    def _check_labels(
        self, spec: InputSeriesSpec, series: Series, known: dict[str, LabelDomain], source: Source
    ) -> None:
        for name, value in spec.labels.items():
            if name not in known:
                message = f"`{series.name}` has no label `{name}`"
                help = did_you_mean(name, known) or f"Its labels are {listed(known)}."
                place = source.at(name).key_place()
                self._names.findings.append(finding("unknown-label", message, place, help, entities=(self._about,)))
                continue
            domain = known[name]
            if not value:
                self._add("value-outside-domain", f"`{name}` is never empty", source.at(name), "Give it a value.")
            elif domain.values is not None and value not in domain.values:
                self._outside(name, value, domain.values, source.at(name))

    def _outside(self, name: str, value: str, values: tuple[str, ...], source: Source) -> None:
        help = did_you_mean(value, values) or f"It can be {choices(values)}."
        mend = source.mend(other_value(value, values))
        message = f'`{name}` is never "{value}"'
        about = (self._about,)
        self._names.findings.append(
            finding("value-outside-domain", message, source.place(), help, entities=about, mend=mend)
        )

    def _check_missing(self, spec: InputSeriesSpec, domains: dict[str, LabelDomain], source: Source) -> None:
        misspelt = {nearest(name, domains) for name in spec.labels if name not in domains}
        missing = [name for name in domains if name not in spec.labels and name not in misspelt]
        if missing:
            names = listed(f"`{name}`" for name in missing)
            message = f"each series of `{spec.metric}` has {names}, and this one has not"
            example = ", ".join(f"{name}: {domains[name].sample}" for name in missing)
            self._add("missing-field", message, source.at("metric"), f"Add to its `labels`: `{example}`.")

    def _check_twice(self, series: list[InputSeries | None]) -> None:
        seen: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
        for number, one in enumerate(series):
            key = (one.name, tuple(one.labels.items())) if one else ("", ())
            if one and key in seen:
                message = "the same series stands twice"
                self._add("duplicate-name", message, self._source.at("input_series", number, "metric"), "Remove one.")
            seen.add(key)

    def _add(self, code: str, message: str, source: Source, help: str) -> None:
        self._names.findings.append(finding(code, message, source.place(), help, entities=(self._about,)))
