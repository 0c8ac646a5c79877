"""`gaugewright export` as a user meets it: what is printed, the exit code, never a traceback."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gaugewright.cli import cli
from gaugewright.export.target import locked

from tests.export.exporting import stored
from tests.export.fake import Answer, Fake, Question, fake, refusal

SPEC = """\
gaugewright: 1
service: {name: shop, prometheus_url: "http://127.0.0.1:1"}
labels: {route: [r0, r1, r2]}
metrics:
  - {name: shop_level, metric_type: gauge, description: Whatever it is., labels: [route]}
historical_exports:
  - name: day
    requested_by: somebody
    metric_names: [shop_level]
    start_time: "2026-01-01T00:00:00Z"
    end_time: "2026-01-01T04:00:00Z"
    format: csv
    output_path: day.csv
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GAUGEWRIGHT_STATE", str(tmp_path / "exports.db"))
    path = tmp_path / "shop.yaml"
    path.write_text(SPEC, "utf-8")
    return path


def export(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["export", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


def only_export() -> dict[str, object]:
    [one] = json.loads(export("list", "--format", "json").stdout)["exports"]
    assert isinstance(one, dict)
    return one


def failed(there: Fake, spec: Path, *options: object) -> str:
    """An export's id that ended with a refusal."""
    there.script = lambda question, answer: refusal(400, "no")
    assert export("run", spec, "day", "--server", there.url, *options).exit_code == 1
    there.script = lambda question, answer: answer
    return str(only_export()["export_id"])


def test_an_export_is_run_listed_shown_and_verified(spec: Path) -> None:
    with fake(stored()) as there:
        ran = export("run", spec, "day", "--server", there.url)
    assert ran.exit_code == 0
    identity = only_export()["export_id"]
    assert f"{spec.parent / 'day.csv'}: 2,400 samples" in ran.stdout
    assert f"export {identity}: {there.url} to {spec.parent / 'day.csv'}" in ran.stderr
    shown = export("show", identity).stdout
    assert "somebody: the file is complete (2,400 samples" in shown
    assert "resume" not in shown
    assert export("verify", identity).exit_code == 0
    assert export("resume", identity).exit_code == 1


def test_a_failure_says_how_to_go_on_and_that_works(spec: Path) -> None:
    with fake(stored()) as there:
        there.script = lambda question, answer: refusal(400, "no")
        ran = export("run", spec, "day", "--server", there.url)
        assert ran.exit_code == 1
        assert "error: the server answered 400: no" in ran.stderr
        command = next(line for line in ran.stderr.splitlines() if "gaugewright export " in line)
        there.script = lambda question, answer: answer
        assert export(*command.partition("gaugewright export ")[2].split()).exit_code == 0
    assert only_export()["status"] == "completed"


def test_what_resume_says_of_overwriting_it_can_do(spec: Path) -> None:
    with fake(stored()) as there:
        identity = failed(there, spec)
        (spec.parent / "day.csv").write_text("somebody's")
        refused = export("resume", identity)
        assert "say --overwrite" in refused.stderr
        assert (spec.parent / "day.csv").read_text() == "somebody's"
        assert export("resume", identity, "--overwrite").exit_code == 0
    assert only_export()["file_size_bytes"] == (spec.parent / "day.csv").stat().st_size


FIELDS = (
    "--metric",
    "shop_level",
    "--start",
    "2026-01-01T00:00:00Z",
    "--end",
    "2026-01-02T00:00:00Z",
    "--format",
    "csv",
)
WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no path": (("day", "--output", ""), "the output path '' names no file"),
    "a path out of here": (("day", "--output", "../day.csv"), "leads out of"),
    "a short name": (
        ("day", "--requested-by", "ab"),
        "'ab' is no name of who asks; it must have at least 3 characters",
    ),
    "no name": (("day", "--requested-by", ""), "'' is no name of who asks"),
    "fields and no path": ((*FIELDS, "--output", ""), "`output_path` must have at least 1 character"),
    "fields and a short name": ((*FIELDS, "--output", "a.csv", "--requested-by", "ab"), "requested_by"),
    "an empty export": (("",), "has no export ''"),
    "an export and fields": (("day", "--metric", "shop_level"), "NAME and --metric exclude each other"),
    "no fields": ((), "without NAME, --metric, --start, --format, --output must be given"),
    "an unknown filter": ((*FIELDS, "--output", "a.csv", "--filter", "way=r1"), "way"),
    "no step": (("day", "--step", ""), "'' is no step"),
    "no server": (("day", "--server", ""), "the server's URL must be like"),
    "a password in the URL": (("day", "--server", "http://me:hidden@localhost"), "must hold no user and no password"),
    "no token": (("day", "--token-file", "missing"), "missing cannot be read"),
    "no certificates": (("day", "--ca-file", "missing"), "missing cannot be read"),
    "an array of CSV": (("day", "--json-array"), "--json-array is for the format json"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_usage_is_refused_before_anything_is_recorded(case: str, spec: Path) -> None:
    arguments, words = WRONG[case]
    refused = export("run", spec, *arguments)
    assert refused.exit_code in (1, 2)
    assert words in refused.stderr + refused.stdout
    assert "hidden" not in refused.stderr
    assert export("list").stdout == "no exports yet\n"
    assert {path.name for path in spec.parent.iterdir()} <= {
        "shop.yaml",
        "exports.db",
        "exports.db-shm",
        "exports.db-wal",
    }


def test_a_resumption_has_a_name_too(spec: Path) -> None:
    with fake(stored()) as there:
        identity = failed(there, spec)
        refused = export("resume", identity, "--requested-by", "ab")
    assert refused.exit_code == 2
    assert "at least 3 characters" in refused.stderr


def test_a_running_export_is_told_from_one_that_was_killed(spec: Path) -> None:
    looked = []

    def script(question: Question, answer: Answer) -> Answer:
        if not looked:
            looked.append(export("list").stdout)
            looked.append(export("show", only_export()["export_id"]).stdout)
        return answer

    with fake(stored(), script) as there:
        assert export("run", spec, "day", "--server", there.url).exit_code == 0
    for shown in looked:
        assert "in_progress" in shown
        assert "stopped" not in shown
        assert "resume" not in shown


def test_an_export_whose_file_is_being_written_is_refused(spec: Path) -> None:
    with locked(str(spec.parent / "day.csv")):
        refused = export("run", spec, "day")
    assert refused.exit_code == 1
    assert "another export is writing" in refused.stderr
    assert export("list").stdout == "no exports yet\n"


def test_secrets_are_printed_nowhere(spec: Path) -> None:
    secret = spec.parent / "token"
    secret.write_text("s3cret-of-nobody", "utf-8")

    def script(question: Question, answer: Answer) -> Answer:
        said = question.headers["Authorization"]
        return refusal(503, said, Retry_After="0") if question.number == 0 else refusal(403, f"{said}\x1b[2J")

    with fake(stored(), script) as there:
        ran = export("run", spec, "day", "--server", there.url, "--token-file", secret)
    shown = export("show", only_export()["export_id"])
    told = ran.output + shown.output + export("list", "--format", "json").output
    assert "Bearer ***; again in" in told
    assert "look at the credentials" in told
    assert "s3cret" not in told
    assert "\x1b" not in told
    for file in spec.parent.glob("exports.db*"):
        assert b"s3cret" not in file.read_bytes()


def test_a_server_that_comes_back_in_time_is_waited_for(spec: Path) -> None:
    def script(question: Question, answer: Answer) -> Answer:
        return replace(answer, sent=5) if question.number == 0 else answer

    with fake(stored(), script) as there:
        ran = export("run", spec, "day", "--server", there.url)
    assert ran.exit_code == 0
    assert "the answer was cut: the server closed the connection; again in" in ran.stderr
