"""Static types of PromQL queries: `infer(tree, environment)`. The rules stand in docs/promql-types.md."""

from gaugewright.promql.types.environment import Environment, SeriesType, recorded_series, scraped_series
from gaugewright.promql.types.infer import infer, types_of
from gaugewright.promql.types.labels import Label
from gaugewright.promql.types.state import Branch, Existence, LabelType, Type

__all__ = [
    "Branch",
    "Environment",
    "Existence",
    "Label",
    "LabelType",
    "SeriesType",
    "Type",
    "infer",
    "recorded_series",
    "scraped_series",
    "types_of",
]
