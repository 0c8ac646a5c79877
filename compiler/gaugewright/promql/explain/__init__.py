"""Says why a text is no PromQL, in a person's words: see `grammar`, where the reading starts."""

from gaugewright.promql.explain.grammar import explain

__all__ = ["explain"]
