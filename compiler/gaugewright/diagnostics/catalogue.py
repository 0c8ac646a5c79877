"""Every code there is: its severity, and whether `allow` may accept it.

A code's page, with its wrong and right examples, is `docs/diagnostics/<code>.md`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from gaugewright.diagnostics.finding import Diagnostic, Place, Related, Severity
from gaugewright.diagnostics.mend import Mend


@dataclass(frozen=True, slots=True)
class Code:
    """`binding`: without mending it nothing sound can be compiled, so `allow` cannot accept it."""

    severity: Severity
    binding: bool = False


_ERROR = Code("error")
_BINDING = Code("error", binding=True)
_WARNING = Code("warning")

CATALOGUE: dict[str, Code] = {
    # The file
    "unreadable-file": _BINDING,
    "yaml-syntax": _BINDING,
    "yaml-limit": _BINDING,
    "duplicate-key": _BINDING,
    "unsupported-version": _BINDING,
    "unknown-field": _BINDING,
    "missing-field": _BINDING,
    "invalid-value": _BINDING,
    "cut-by-comment": _WARNING,
    "unused-allow": Code("warning", binding=True),
    "expired-allow": Code("warning", binding=True),
    # Names
    "duplicate-name": _BINDING,
    "metric-name-collision": _BINDING,
    "counter-without-total": _BINDING,
    "reserved-label": _BINDING,
    "undefined-label": _BINDING,
    "unused-label": _WARNING,
    "unused-channel": _WARNING,
    "unused-variable": _WARNING,
    "unit-suffix": _WARNING,
    "deprecated-metric": _WARNING,
    "disabled-metric": _WARNING,
    # Config
    "port-conflict": _BINDING,
    "incomplete-auth": _BINDING,
    "bucket-order": _BINDING,
    "cardinality-exceeded": _BINDING,
    "secret-in-spec": _WARNING,
    "sensitive-label": _ERROR,
    "sensitive-text": _ERROR,
    # Alerts and channels
    "unknown-channel": _BINDING,
    "unknown-alert": _BINDING,
    "channel-field": _BINDING,
    "newer-alertmanager": _WARNING,
    "suppression-not-enabled": _BINDING,
    "invalid-cron": _BINDING,
    "inexpressible-schedule": _BINDING,
    "short-suppression": _WARNING,
    "miscounted-month": _WARNING,
    "always-muted": _WARNING,
    "either-day": _WARNING,
    "short-duration": _WARNING,
    "duplicate-alert": _WARNING,
    "template-syntax": _BINDING,
    "template-unknown-label": _ERROR,
    "rule-label-in-template": _ERROR,
    "value-in-label": _WARNING,
    "no-witness": _WARNING,
    "newer-prometheus": _WARNING,
    "target-limit": _BINDING,
    # Dashboards and exports
    "unknown-variable": _BINDING,
    "several-values": _WARNING,
    "legend-unknown-label": _WARNING,
    "export-range": _BINDING,
    # PromQL
    "promql-syntax": _BINDING,
    "scalar-alert": _BINDING,
    "unsupported-syntax": _BINDING,
    "not-promql": _BINDING,
    "query-too-deep": _BINDING,
    "unknown-metric": _ERROR,
    "unknown-label": _ERROR,
    "histogram-base-name": _ERROR,
    "value-outside-domain": _ERROR,
    "conflicting-matchers": _ERROR,
    "redundant-matcher": _WARNING,
    "not-a-bucket": _ERROR,
    "external-label": _ERROR,
    "raw-counter": _WARNING,
    "rate-of-gauge": _ERROR,
    "delta-of-counter": _WARNING,
    "rate-of-aggregate": _ERROR,
    "range-too-short": _ERROR,
    "quantile-range": _ERROR,
    "quantile-without-le": _ERROR,
    "quantile-of-non-histogram": _ERROR,
    "quantile-without-rate": _WARNING,
    "aggregated-quantile": _WARNING,
    "bucket-filtered": _WARNING,
    "beyond-last-bucket": _ERROR,
    "native-histogram-function": _ERROR,
    "constant-ratio": _ERROR,
    "constant-comparison": _ERROR,
    "impossible-match": _ERROR,
    "many-to-many": _ERROR,
    "absent-on-both": _WARNING,
    "useless-operand": _WARNING,
    "filtering-query": _WARNING,
    "unit-mismatch": _ERROR,
    "panel-unit": _WARNING,
    "rule-cycle": _ERROR,
    "ambiguous-name": _WARNING,
    "duplicate-series": _ERROR,
}


MENDS: dict[str, Literal["fix", "suggestion"]] = {
    **dict.fromkeys(
        (
            "unknown-channel", "unknown-variable", "unknown-metric", "unknown-label", "value-outside-domain",
            "external-label", "redundant-matcher", "absent-on-both", "useless-operand", "several-values",
            "promql-syntax", "unsupported-syntax", "not-promql", "newer-prometheus", "scalar-alert",
            "quantile-range", "quantile-without-le", "template-syntax", "template-unknown-label",
            "rule-label-in-template",
        ),
        "fix",
    ),
    **dict.fromkeys(
        (
            "deprecated-metric", "disabled-metric", "bucket-order", "short-duration", "export-range",
            "legend-unknown-label", "histogram-base-name", "conflicting-matchers", "not-a-bucket", "raw-counter",
            "rate-of-gauge", "delta-of-counter", "rate-of-aggregate", "range-too-short", "quantile-of-non-histogram",
            "quantile-without-rate", "aggregated-quantile", "bucket-filtered", "beyond-last-bucket",
            "native-histogram-function", "constant-ratio", "constant-comparison", "impossible-match", "many-to-many",
            "filtering-query", "unit-mismatch", "panel-unit",
        ),
        "suggestion",
    ),
}  # fmt: skip
"""Codes whose findings can have a mend. `fix`: some are certain, and `check --fix` writes them; what `suggestion`s
there are, a person chooses: which of several mends was meant, nobody but the author knows."""

MOST_FINDINGS = 1000
"""More findings than anybody reads; whoever has so many has fed the compiler something else than a spec."""


def finding(
    code: str,
    message: str,
    place: Place,
    help: str = "",
    related: Iterable[Related] = (),
    entities: Iterable[str] = (),
    mend: Mend | None = None,
) -> Diagnostic:
    """A diagnostic of the catalogue, with its code's severity."""
    return Diagnostic(code, CATALOGUE[code].severity, message, place, help, tuple(related), tuple(entities), mend)
