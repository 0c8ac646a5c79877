"""What the real engine answers: many expressions in one of promtool's unit tests, which tells what it got."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gaugewright.promql.literals import unquote


class Sample(NamedTuple):
    labels: dict[str, str]
    value: float


class Answer(NamedTuple):
    """`error`: what the engine said instead of an answer."""

    samples: tuple[Sample, ...] = ()
    error: str = ""


def answers(
    promtool: Path,
    folder: Path,
    series: Sequence[tuple[str, str]],
    rules: Sequence[dict[str, object]],
    queries: Sequence[str],
    minutes: int = 10,
) -> list[Answer]:
    """Each query's answer over the series, `minutes` after the first sample."""
    (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "r", "rules": list(rules)}]}), "utf-8")
    # Each query is told from its equals by its place: the report names them in order.
    wanted = [{"expr": query, "eval_time": f"{minutes}m", "exp_samples": [_NEVER]} for query in queries]
    test = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": name, "values": values} for name, values in series],
                "promql_expr_test": wanted,
            }
        ],
    }
    (folder / "test.yml").write_text(json.dumps(test), "utf-8")
    run = subprocess.run(
        [promtool, "test", "rules", "test.yml"], cwd=folder, capture_output=True, text=True, timeout=300
    )
    report = run.stderr if "FAILED" in run.stderr else run.stdout
    found = [_answer(part) for part in re.split(r"\n    expr: ", report)[1:]]
    assert len(found) == len(queries), run.stdout[-2000:] + run.stderr[-2000:]
    return found


# A sample that no query gives, so that promtool reports every query.
_NEVER = {"labels": '{never="ever"}', "value": 4.25}
_SAMPLE = re.compile(r'(?P<labels>(?:[a-zA-Z_:][\w:]*)?\{(?:[^{}"]|"(?:[^"\\]|\\.)*")*\}) (?P<value>[^\s,]+)')
_LABEL = re.compile(r'([a-zA-Z_]\w*)=("(?:[^"\\]|\\.)*")')


def _answer(part: str) -> Answer:
    if "\n        got: " not in part:
        return Answer(error=part.partition("err: ")[2].strip() or part)
    got = part.partition("\n        got: ")[2].partition("\n")[0]
    return Answer(tuple(_sample(match) for match in _SAMPLE.finditer(got)))


def _sample(match: re.Match[str]) -> Sample:
    labels = {name: str(unquote(value)) for name, value in _LABEL.findall(match["labels"])}
    return Sample(labels, float(match["value"]))
