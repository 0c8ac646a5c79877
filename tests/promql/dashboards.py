"""The dashboard of the cases: its variables, and a value that each may have ("" where none is known)."""

VARIABLES = {
    "agg": "sum",
    "by": "",
    "fn": "",
    "interval": "5m",
    "job": "",
    "label": "",
    "metric": "",
    "n": "5",
    "pod": "",
    "q": "0.95",
}
