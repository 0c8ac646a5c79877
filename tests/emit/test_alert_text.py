"""What an alert's texts are foretold to be is what Prometheus makes of them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from random import Random

import pytest
import yaml
from gaugewright.emit.alert_text import rendered

TEMPLATES = {
    "plain": "{{ $value }} of {{ $labels.pool }}{{ $labels.none }} and {{ .Value }}",
    "humanize": "{{ $value | humanize }} {{humanize $value}}",
    "binary": "{{ $value | humanize1024 }}B",
    "duration": "{{ $value | humanizeDuration }}",
    "percentage": "{{ $value | humanizePercentage }}",
    "printf": '{{ printf "%.2f" $value }} {{ $value | printf "%.3g" }}',
    "case": "{{ $labels.pool | toUpper }} {{ .Labels.pool | toLower }}",
}


def values() -> list[float]:
    random = Random(7)
    chosen = [0.0, 1.0, -1.0, 0.5, 59.0, 60.0, 3600.0, 86400.0, 90061.0, 999.0, 1000.0, 1023.0, 1024.0, 1e15]
    chosen += [0.001, 0.0001, 0.00001, 12345.678, -0.25, -7200.5, 99.99, 0.1 + 0.2, 2.0**60, 1e-25]
    return chosen + [random.choice((1, -1)) * 10 ** random.uniform(-12, 18) for _ in range(60)]


def test_prometheus_renders_every_known_function_alike(promtool: Path, tmp_path: Path) -> None:
    rules, tests = [], []
    for number, value in enumerate(values()):
        labels = {"pool": "us-East"}
        expression = f'label_replace(vector({value!r}), "pool", "us-East", "", "")'
        rules.append({"alert": f"value_{number}", "expr": expression, "annotations": TEMPLATES})
        texts = {name: rendered(text, labels, (value,), exact=True) for name, text in TEMPLATES.items()}
        assert None not in texts.values()
        alert = {"exp_labels": labels, "exp_annotations": texts}
        tests.append({"eval_time": "1m", "alertname": f"value_{number}", "exp_alerts": [alert]})
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "values", "rules": rules}]}))
    file = {"rule_files": ["rules.yml"], "evaluation_interval": "1m", "tests": [{"alert_rule_test": tests}]}
    (tmp_path / "values.test.yml").write_text(yaml.safe_dump(file))
    run = subprocess.run([promtool, "test", "rules", tmp_path / "values.test.yml"], capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    "text",
    [
        "{{ $value",
        "{{- $value -}}",
        "{{ with $value }}x{{ end }}",
        "{{ $labels.__name__ }}",
        "{{ $externalLabels.cluster }}",
        "{{ $value | humanizeTimestamp }}",
        "{{ query `up` | first | value }}",
        '{{ printf "%s" $value }}',
        '{{ printf "{{" }}',
        "{{ $labels.pool | humanize }}",
        "{{ /* a comment */ }}",
    ],
)
def test_what_is_not_known_is_not_foretold(text: str) -> None:
    assert rendered(f"{{{{ $value }}}} {text}", {"pool": "a"}, (1.0,), exact=True) is None


def test_a_value_that_may_differ_in_its_last_digits_is_foretold_only_where_they_do_not_show() -> None:
    assert rendered("{{ $value }}", {}, (0.1,), exact=False) is None
    assert rendered("{{ $value }}", {}, (0.1,), exact=True) == "0.1"
    assert rendered("{{ $value | humanize }}", {}, (0.1,), exact=False) == "100m"
    assert rendered("{{ $value | humanize }}", {}, (0.1, 0.11), exact=True) is None
    assert rendered("{{ $value | humanizeDuration }}", {}, (60.0,), exact=False) is None


def test_a_duration_that_go_overflows_is_not_foretold() -> None:
    assert rendered("{{ $value | humanizeDuration }}", {}, (1e25,), exact=True) is None
