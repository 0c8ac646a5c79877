"""Gaugewright: a compiler for observability.

One YAML spec in; configuration for Prometheus, Alertmanager and Grafana, and a typed Python
instrumentation module out. `ARCHITECTURE.md` shows the passes.
"""

__version__ = "0.1.0"
