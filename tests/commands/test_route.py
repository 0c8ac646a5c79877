"""`route`: who is told of an alert and why, and when nobody is."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from gaugewright.commands.route import route

from tests.fragments import spec_with

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)


def answer(folder: Path, fragment: str, alert: str, now: datetime = NOW) -> str:
    path = folder / "shop.yaml"
    path.write_text(spec_with(fragment), "utf-8")
    output, code = route(str(path), alert, now)
    assert code == 0, output
    return output


def alert(name: str, severity: str, threshold: float, more: str = "") -> str:
    return f"""\
  - name: {name}
    query: sum by (route) (rate(shop_requests_total{{status="error"}}[5m]))
    threshold: {threshold}
    comparison: greater_than
    severity: {severity}
    summary: Many errors on {{{{ $labels.route }}}}
    description: "{{{{ $value }}}} errors a second on {{{{ $labels.route }}}}."
    notification_channels: [ops]
{more}"""


def test_the_commands_page_shows_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    (text,) = re.findall(r"^```text route\n(.*?)^```$", page, re.M | re.S)
    monkeypatch.chdir(ROOT)
    assert route("specs/proxywhirl.yaml", "proxy_latency_p95_high", NOW) == (text.rstrip("\n"), 0)


def test_it_names_the_alerts_that_mute_this_one(tmp_path: Path) -> None:
    rules = "alert_rules:\n" + alert("page", "critical", 5) + alert("warn", "warning", 1) + alert("note", "info", 9)
    asked = "routing: {inhibit_rules: [{source: note, targets: [page], equal: []}]}\n"
    lines = answer(tmp_path, rules + asked, "warn").splitlines()
    assert lines[-1] == (
        "is muted while page fires with the same route and cluster"
        " (more severe, of the same query, told to the same channels)"
    )
    muted = answer(tmp_path, rules + asked, "page").splitlines()[-1]
    assert muted == "is muted while note fires with the same cluster (`routing.inhibit_rules`)"
    assert answer(tmp_path, rules + asked, "note").endswith("is never muted")


@pytest.mark.parametrize(
    ("group_by", "words"),
    [
        ('["..."]', "is told by itself, 30s after the first, and news every 5m"),
        ("[]", "is told together with all other alerts, 30s"),
        ("[alertname, route]", "is told together with alerts of the same alertname and route, 30s"),
    ],
)
def test_it_says_with_what_an_alert_is_told(tmp_path: Path, group_by: str, words: str) -> None:
    assert words in answer(tmp_path, f"routing: {{group_by: {group_by}}}\n", "shop_many_errors")


@pytest.mark.parametrize(
    ("now", "windows"),
    [
        # The night in which Berlin's clocks go back, at 03:00 to 02:00: half of the window happens twice.
        ("2026-10-24T12:00+00:00", ["Sun 2026-10-25 02:30 CEST to 02:00 CET", "Sun 2026-10-25 02:30 to 03:30 CET"]),
        # Within a window the rest of it is the first.
        ("2026-01-15T01:45+00:00", ["Thu 2026-01-15 02:45 to 03:30 CET", "Fri 2026-01-16 02:30 to 03:30 CET"]),
    ],
)
def test_the_next_windows_are_in_the_schedules_own_time(tmp_path: Path, now: str, windows: list[str]) -> None:
    more = (
        "    suppression_enabled: true\n    suppression_schedule: 30 2 * * *\n"
        "    suppression_duration: 1h\n    suppression_timezone: Europe/Berlin\n"
    )
    output = answer(tmp_path, "alert_rules:\n" + alert("night", "info", 1, more), "night", datetime.fromisoformat(now))
    shown = output.partition("(Europe/Berlin), next\n")[2].splitlines()
    assert len(shown) == 5
    assert [line.strip() for line in shown[:2]] == windows
