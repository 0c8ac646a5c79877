"""PromQL: reads a query into a tree with places, and explains what is wrong with a text that is none.

    from gaugewright.promql.parse import Parsed, parse
    from gaugewright.promql.syntax import Expr, children, selectors, unwrap, walk
    from gaugewright.promql.value_type import value_type
    from gaugewright.promql.precedence import needs_parentheses
    from gaugewright.promql.tokens import ends_in_comment
    from gaugewright.promql.functions import AGGREGATIONS, FUNCTIONS

Nothing is imported here, so that a module which needs one of them pays for that one alone.
"""
