"""Spoilt specs, thousands of them: `python -m tests.fuzz --cases 20000` compiles each and says what broke.

seeds ─► structure, mutations ─► cases ─► properties (in a worker with limits) ─► verdicts, minimise, report
"""
