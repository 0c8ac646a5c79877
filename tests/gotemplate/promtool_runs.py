"""What promtool says of many texts at once: whether it loads them, and what they expand to."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

VALUE = 0.5
"""Of the one series that each alert fires for: `x{pool="a"}`."""


def refused_texts(promtool: Path, folder: Path, texts: Sequence[str]) -> set[str]:
    """The texts that `promtool check rules` does not take for an annotation."""
    path = _rules(folder, texts)
    run = subprocess.run([promtool, "check", "rules", path], capture_output=True, text=True, timeout=120)
    output = run.stdout + run.stderr
    refused = {texts[int(number)] for number in re.findall(r'"A(\d+)": annotation', output)}
    assert bool(refused) == (run.returncode != 0), output[:2000]
    return refused


def expanded_texts(promtool: Path, folder: Path, texts: Sequence[str]) -> dict[str, str]:
    """What each text becomes where its alert fires, as promtool prints the annotation.

    Each alert is expected not to fire, so that promtool prints what it found instead."""
    _rules(folder, texts)
    alerts = [{"eval_time": "1m", "alertname": f"A{number}", "exp_alerts": []} for number, _ in enumerate(texts)]
    series = [{"series": 'x{pool="a"}', "values": f"{VALUE}x5"}, {"series": 'up{pool="a"}', "values": "1x5"}]
    test = {"interval": "1m", "input_series": series, "alert_rule_test": alerts}
    path = folder / "test.yml"
    whole = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [test]}
    path.write_text(json.dumps(whole), "utf-8")
    run = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, timeout=120)
    pattern = r"alertname: A(\d+), time: 1m,.*?Annotations:\{(.*?)\}\n"
    found = re.findall(pattern, run.stdout + run.stderr, flags=re.S)
    return {texts[int(number)]: annotation for number, annotation in found}


def _rules(folder: Path, texts: Sequence[str]) -> Path:
    rules = [{"alert": f"A{number}", "expr": "x", "annotations": {"text": text}} for number, text in enumerate(texts)]
    path = folder / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "texts", "rules": rules}]}), "utf-8")
    return path
