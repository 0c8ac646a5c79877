"""Series that make an alert fire, or leave it silent: found by solving its expression, and judged here.

`world` holds a handful of straight-line series, `evaluate` computes an expression over them as both
generations of Prometheus would, `solve` proposes series for a wanted value, and `search` tries its
proposals until the judge agrees. Nothing is run: promtool has the last word in the tests.
"""

from gaugewright.witnesses.search import Condition, Firing, Witness, compared, find
from gaugewright.witnesses.world import Unsolvable

__all__ = ["Condition", "Firing", "Unsolvable", "Witness", "compared", "find"]
