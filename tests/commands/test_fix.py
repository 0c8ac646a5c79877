"""`check --fix`: what it writes, what it leaves alone, and that nothing is ever lost."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from gaugewright.cli import cli
from gaugewright.commands.rewrite import NotWritten, rewrite

from tests.fragments import BASE

WRONG = BASE.replace('status="error"', 'status="eror"').replace("shop_requests_total{", "shop_request_total{")
LOOSE = BASE.replace("query: sum by", "query: avg by").replace(
    "(shop_requests_total{status=", "(shop_requests_total{state="
)


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(WRONG, "utf-8")
    return path


def test_certain_mends_are_written_and_told_with_their_places(spec: Path) -> None:
    line = next(number for number, text in enumerate(WRONG.split("\n"), 1) if "request_total{" in text)
    result = run("check", spec, "--fix")
    assert result.exit_code == 0
    assert spec.read_text("utf-8") == BASE
    assert result.output == (
        f"{spec}:{line}:33: mended unknown-metric: `shop_request_total` -> `shop_requests_total`\n"
        f'{spec}:{line}:60: mended value-outside-domain: `"eror"` -> `"error"`\n'
        "\n1 spec: 2 mends written, no findings\n"
    )


def test_a_second_run_has_nothing_to_do_and_leaves_the_file_itself_alone(spec: Path) -> None:
    run("check", spec, "--fix")
    before = spec.stat()
    assert run("check", spec, "--fix").output == "1 spec: 0 mends written, no findings\n"
    assert spec.stat() == before


def test_what_is_not_certain_is_left_to_a_person(spec: Path) -> None:
    spec.write_text(LOOSE, "utf-8")
    result = run("check", spec, "--fix")
    assert (result.exit_code, spec.read_text("utf-8")) == (1, LOOSE)
    assert "error[unknown-label]" in result.output
    assert "1 spec: 0 mends written, 1 error" in result.output


def test_an_accepted_finding_is_not_mended(spec: Path) -> None:
    text = BASE.replace('status="error"', 'status="error", route=~".*"')
    text += "allow: [{code: redundant-matcher, at: shop_many_errors, reason: It says what it is about.}]\n"
    spec.write_text(text, "utf-8")
    assert run("check", spec, "--fix").exit_code == 0
    assert spec.read_text("utf-8") == text


@pytest.mark.parametrize("disguise", [
    lambda text: text.replace("\n", "\r\n"),
    lambda text: "\ufeff" + text,
    lambda text: text.rstrip("\n"),
    lambda text: text.replace("\n", "   \n"),
    lambda text: text.replace("    threshold", "    # why: history\n\n    threshold"),
], ids=["CRLF", "BOM", "no newline at the end", "trailing spaces", "comments"])  # fmt: skip
def test_nothing_else_in_the_file_changes(spec: Path, disguise: Callable[[str], str]) -> None:
    spec.write_bytes(disguise(WRONG).encode())
    assert run("check", spec, "--fix").exit_code == 0
    assert spec.read_bytes() == disguise(BASE).encode()


def test_diff_shows_the_change_and_writes_nothing(spec: Path) -> None:
    result = run("check", spec, "--fix", "--diff")
    assert spec.read_text("utf-8") == WRONG
    changed = [line for line in result.output.split("\n") if line[:1] in "+-" and line[1:2] == " "]
    assert [line[0] for line in changed] == ["-", "+"]
    assert changed[0][1:] in WRONG.split("\n")
    assert changed[1][1:] in BASE.split("\n")


def test_a_diff_shows_no_secret(spec: Path) -> None:
    channel = '  - {name: ops, type: webhook, url: "http://localhost:5001/alerts"}\n'
    secret = '  - {name: ops, type: webhook, url: "http://localhost:5001/hunter2", http_config: {}}\n'
    spec.write_text(WRONG.replace(channel, secret), "utf-8")
    result = run("check", spec, "--fix", "--diff")
    assert "@@" in result.output
    assert "hunter2" not in result.output


@pytest.mark.parametrize("arguments", [("--diff",), ("--fix", "--diff", "--format", "json")])
def test_diff_goes_with_fix_alone(spec: Path, arguments: tuple[str, ...]) -> None:
    assert run("check", spec, *arguments).exit_code == 2


def test_json_tells_what_was_mended_and_what_remains(spec: Path) -> None:
    spec.write_text(WRONG.replace("threshold: 0.5", "threshold: -1"), "utf-8")
    result = run("check", spec, "--fix", "--format", "json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert [item["code"] for item in told["mended"]] == ["unknown-metric", "value-outside-domain"]
    assert told["mended"][0]["changes"] == [{"old": "shop_request_total", "new": "shop_requests_total"}]
    assert [item["code"] for item in told["diagnostics"]] == ["invalid-value"]


def test_a_mend_in_json_is_an_edit_of_the_file_that_can_be_made(spec: Path) -> None:
    (found, *_) = json.loads(run("check", spec, "--format", "json").output)["diagnostics"]
    assert found["mend"]["certain"] is True
    (edit,) = found["mend"]["edits"]
    lines = WRONG.split("\n")
    line = lines[edit["line"] - 1]
    lines[edit["line"] - 1] = line[: edit["column"] - 1] + edit["new_text"] + line[edit["end_column"] - 1 :]
    assert "\n".join(lines) == WRONG.replace("shop_request_total", "shop_requests_total")


def test_sarif_has_the_mends_as_fixes(spec: Path) -> None:
    (run_,) = json.loads(run("check", spec, "--format", "sarif").output)["runs"]
    (fix,) = run_["results"][0]["fixes"]
    (change,) = fix["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"]["text"] == "shop_requests_total"
    region = run_["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert replacement["deletedRegion"] == region


SHARED = BASE.replace("query: sum by", "query: &asked sum by").replace('status="error"', 'status="error", route=~".*"')
SECOND = SHARED[SHARED.index("  - name: shop_many") :].replace("shop_many_errors", "shop_other_errors")
TWICE = SHARED + SECOND.replace(SECOND[SECOND.index("&asked") : SECOND.index("\n    threshold")], "*asked")


def test_a_text_that_two_alerts_share_is_mended_where_both_need_it(spec: Path) -> None:
    spec.write_text(TWICE.replace("threshold: 0.5", "threshold: 0.6", 1), "utf-8")
    assert run("check", spec, "--fix").exit_code == 0
    assert spec.read_text("utf-8") == TWICE.replace(', route=~".*"', "").replace("threshold: 0.5", "threshold: 0.6", 1)


def test_a_text_that_is_shared_is_left_where_one_does_not_need_it(spec: Path) -> None:
    text = TWICE.replace("threshold: 0.5", "threshold: 0.6", 1)
    text += "allow: [{code: redundant-matcher, at: shop_other_errors, reason: It is meant so there.}]\n"
    spec.write_text(text, "utf-8")
    result = run("check", spec, "--fix")
    assert spec.read_text("utf-8") == text
    assert "`redundant-matcher` is not mended: its text stands in several places" in result.stderr


def test_mode_and_symbolic_link_stay(spec: Path, tmp_path: Path) -> None:
    spec.chmod(0o640)
    link = tmp_path / "link.yaml"
    link.symlink_to(spec.name)
    assert run("check", link, "--fix").exit_code == 0
    assert link.is_symlink()
    assert spec.read_text("utf-8") == BASE
    assert stat.S_IMODE(spec.stat().st_mode) == 0o640
    assert sorted(os.listdir(tmp_path)) == ["link.yaml", "shop.yaml"]


def test_a_read_only_file_stays_as_it_is(spec: Path, tmp_path: Path) -> None:
    spec.chmod(0o444)
    result = run("check", spec, "--fix")
    assert result.exit_code == 2
    assert f"{spec} is not changed: it is read-only" in result.stderr
    assert spec.read_text("utf-8") == WRONG
    assert os.listdir(tmp_path) == ["shop.yaml"]
    assert "error[unknown-metric]" in result.stdout
    assert "0 mends written" in result.stdout


def test_a_file_that_was_changed_meanwhile_keeps_that_change(spec: Path, tmp_path: Path) -> None:
    spec.write_text("somebody else's work", "utf-8")
    with pytest.raises(NotWritten, match="changed it meanwhile"):
        rewrite(str(spec), WRONG.encode(), BASE.encode())
    assert spec.read_text("utf-8") == "somebody else's work"
    assert os.listdir(tmp_path) == ["shop.yaml"]


def test_a_failure_while_writing_leaves_the_old_file_and_no_other(
    spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = run("check", spec, "--fix")
    assert result.exit_code == 2
    assert "No space left on device" in result.stderr
    assert spec.read_text("utf-8") == WRONG
    assert os.listdir(tmp_path) == ["shop.yaml"]


def test_one_unwritable_spec_does_not_keep_the_others_from_their_mends(spec: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(WRONG, "utf-8")
    spec.chmod(0o444)
    assert run("check", tmp_path, "--fix").exit_code == 2
    assert (spec.read_text("utf-8"), other.read_text("utf-8")) == (WRONG, BASE)


def test_a_missing_spec_is_told_as_by_check(tmp_path: Path) -> None:
    for options in ((), ("--diff",)):
        result = run("check", tmp_path / "missing.yaml", "--fix", *options)
        assert result.exit_code == 2
        assert "missing.yaml cannot be read: no such file" in result.output
