"""The command line as a user meets it: what is printed, the exit code, never a traceback."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from click.testing import CliRunner, Result
from gaugewright.cli import _TARGETS, cli
from gaugewright.emit import TARGETS, chosen

from tests.fragments import BASE, spec_with

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "specs" / "proxywhirl.yaml"
WRONG = BASE.replace("shop_requests_total{", "shop_request_total{")


def run(*arguments: str | Path) -> Result:
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "specs" / "shop.yaml"
    path.parent.mkdir()
    path.write_text(BASE, "utf-8")
    return path


def test_every_command_explains_itself() -> None:
    assert run("--help").exit_code == 0
    for name in cli.commands:
        result = run(name, "--help")
        assert result.exit_code == 0
        assert "Usage:" in result.output


def test_the_targets_of_the_command_line_are_those_of_the_compiler() -> None:
    assert tuple(target.name for target in TARGETS) == _TARGETS


def test_check_finds_nothing_in_the_example() -> None:
    result = run("check", EXAMPLE)
    assert (result.exit_code, result.output) == (0, "1 spec: no findings\n")


def test_check_shows_the_line_a_caret_and_the_mend(spec: Path) -> None:
    spec.write_text(WRONG, "utf-8")
    result = run("check", spec)
    assert result.exit_code == 1
    line = next(number for number, text in enumerate(WRONG.split("\n"), 1) if "request_total{" in text)
    assert f"{spec}:{line}:33" in result.output
    shown = result.output.split("\n")
    excerpt = next(index for index, text in enumerate(shown) if text.startswith(f"{line} | "))
    assert shown[excerpt][shown[excerpt + 1].index("^") :].startswith("shop_request_total{")
    assert 'Did you mean "shop_requests_total"?' in result.output


def test_json_diagnostics_have_the_contracts_form(spec: Path) -> None:
    spec.write_text(WRONG, "utf-8")
    result = run("check", spec, "--format", "json")
    document = json.loads(result.output)
    assert document["summary"] == {"errors": 1, "warnings": 0}
    (item,) = document["diagnostics"]
    assert list(item) == [
        "code", "severity", "message", "file", "line", "column", "end_line", "end_column", "help", "related", "mend",
    ]  # fmt: skip
    assert item["mend"]["certain"] in (True, False)
    line = WRONG.split("\n")[item["line"] - 1]
    assert line[item["column"] - 1 : item["end_column"] - 1] == "shop_request_total"
    assert set(item["related"][0]) == {"message", "file", "line", "column"}


def test_sarif_has_the_finding_and_a_fingerprint_that_survives_moved_lines(spec: Path) -> None:
    def prints(text: str) -> list[str]:
        spec.write_text(text, "utf-8")
        document = json.loads(run("check", spec, "--format", "sarif").output)
        assert document["version"] == "2.1.0"
        results = document["runs"][0]["results"]
        assert [result["ruleId"] for result in results] == ["unknown-metric"]
        return [result["partialFingerprints"]["gaugewright/v1"] for result in results]

    assert prints(WRONG) == prints("# a new first line\n" + WRONG)


def test_github_annotations_escape_what_would_end_them(spec: Path) -> None:
    spec.write_text(WRONG, "utf-8")
    output = run("check", spec, "--format", "github").output
    assert output.count("\n") == 1
    assert output.startswith("::error file=")
    assert "title=unknown-metric::" in output
    assert "%0A" in output


@pytest.mark.parametrize("command", ["check", "build", "cost", "route"])
@pytest.mark.parametrize("bad", ["missing.yaml", "", "folder", "\0"])
def test_a_file_that_cannot_be_read_is_exit_code_2(command: str, bad: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    path = str(tmp_path / bad) if bad not in ("", "\0") else bad
    more = ["alert"] if command == "route" else []
    result = run(command, path, *more)
    assert result.exit_code == 2
    assert "cannot be read" in result.output


def test_a_file_that_is_not_utf8_is_exit_code_2(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("gaugewright: 1 # caf\xe9".encode("latin-1"))
    result = run("check", path)
    assert result.exit_code == 2
    assert "not UTF-8" in result.output


def test_secrets_are_never_printed(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    fragment = (
        f"metrics_config: {{exposition_port: 9100, basic_auth_username: prom, basic_auth_password: {secret}}}\n"
        f'notification_channels: [{{name: ops, type: slack, api_url: "https://hooks.example.com/{secret}"}}]\n'
    )
    path = tmp_path / "shop.yaml"
    for text in (spec_with(fragment), spec_with(fragment) + "\tbroken", spec_with(fragment).replace("prom,", "p,")):
        path.write_text(text, "utf-8")
        for format in ("text", "json", "sarif", "github"):
            assert secret not in run("check", path, "--format", format).output
        assert secret not in run("build", path, "--out", tmp_path / "out").output


def test_a_literal_password_is_in_no_output(tmp_path: Path) -> None:
    secret = "hunter2-hunter2"
    path = tmp_path / "shop.yaml"
    path.write_text(
        spec_with(
            "metrics_config: {exposition_port: 9100, basic_auth_username: prom,"
            f" basic_auth_password: {secret}, scrape_interval_seconds: 15}}\n"
        ),
        "utf-8",
    )
    result = run("build", path, "--out", tmp_path / "out")
    assert result.exit_code == 0
    assert "secret-in-spec" in result.output
    written = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert written
    assert not [file for file in written if secret in file.read_text("utf-8")]


def test_build_then_check_then_nothing_to_do(spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("build", spec, "--check", "--out", out).exit_code == 1
    assert not out.exists()
    assert run("build", spec, "--out", out).exit_code == 0
    assert run("build", spec, "--check", "--out", out).exit_code == 0
    assert "up to date" in run("build", spec, "--out", out).output


def test_build_with_an_error_writes_nothing(spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", spec, "--out", out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    spec.write_text(WRONG, "utf-8")
    result = run("build", spec, "--out", out)
    assert result.exit_code == 1
    assert "nothing was written" in result.output
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_an_output_edited_by_hand_is_kept_unless_forced(spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", spec, "--out", out)
    rules = out / "shop" / "prometheus" / "rules" / "alerts.yml"
    rules.write_text("# mine\n", "utf-8")
    refused = run("build", spec, "--out", out)
    assert refused.exit_code == 1
    assert "rules/alerts.yml" in refused.output
    assert rules.read_text("utf-8") == "# mine\n"
    shown = run("build", spec, "--check", "--out", out)
    assert shown.exit_code == 1
    assert "edited by hand" in shown.output
    assert "-# mine" in shown.output
    assert run("build", spec, "--force", "--out", out).exit_code == 0
    assert "shop_many_errors" in rules.read_text("utf-8")


def test_a_renamed_service_leaves_nothing_behind(spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", spec, "--out", out)
    (out / "shop" / "mine.txt").write_text("kept", "utf-8")
    spec.write_text(BASE.replace("name: shop\n", "name: store\n").replace("shop_", "store_"), "utf-8")
    assert "left over" in run("build", spec, "--check", "--out", out).output
    assert run("build", spec, "--out", out).exit_code == 0
    assert [path.name for path in (out / "shop").rglob("*")] == ["mine.txt"]


def test_a_removed_spec_leaves_nothing_behind(spec: Path, tmp_path: Path) -> None:
    other = spec.with_name("store.yaml")
    other.write_text(BASE.replace("name: shop\n", "name: store\n").replace("shop_", "store_"), "utf-8")
    out = tmp_path / "out"
    run("build", spec.parent, "--out", out)
    assert (out / "store").is_dir()
    other.unlink()
    assert run("build", spec.parent, "--check", "--out", out).exit_code == 1
    assert run("build", spec.parent, "--out", out).exit_code == 0
    assert not (out / "store").exists()


def test_two_specs_of_one_service_are_refused(spec: Path, tmp_path: Path) -> None:
    spec.with_name("again.yaml").write_text(BASE, "utf-8")
    result = run("build", spec.parent, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "both describe the service" in result.output
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("target", [target.name for target in chosen()])
def test_only_builds_one_target_and_keeps_the_others(target: str, spec: Path, tmp_path: Path) -> None:
    out, alone = tmp_path / "out", tmp_path / "alone"
    run("build", spec, "--out", out)
    whole = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    assert run("build", spec, "--out", out, "--only", target).exit_code == 0
    assert {path.relative_to(out) for path in out.rglob("*") if path.is_file()} == whole
    assert run("build", spec, "--out", alone, "--only", target).exit_code == 0
    part = {path.relative_to(alone) for path in alone.rglob("*") if path.is_file()}
    assert part < whole
    assert len(part) > 1


def test_the_same_spec_gives_the_same_bytes_wherever_it_is_built(spec: Path, tmp_path: Path) -> None:
    trees = []
    for out in (tmp_path / "a", tmp_path / "b" / "c"):
        script = "import sys; from gaugewright.cli import cli; cli(sys.argv[1:])"
        subprocess.run(
            [sys.executable, "-c", script, "build", str(spec), "--out", str(out)],
            check=True, capture_output=True, cwd=tmp_path,
        )  # fmt: skip
        trees.append(
            {
                path.relative_to(out): path.read_bytes()
                for path in out.rglob("*")
                if path.is_file() and path.name != "manifest.json"
            }
        )
    assert trees[0] == trees[1]


def test_cost_adds_up(spec: Path) -> None:
    document = json.loads(run("cost", spec, "--format", "json").output)
    assert document["total"]["combinations"] == sum(metric["combinations"] for metric in document["metrics"]) == 10
    assert "10% of" not in run("cost", spec).output
    assert "total" in run("cost", spec).output


def test_route_names_channels_and_windows() -> None:
    output = run("route", EXAMPLE, "proxy_latency_p95_high").output
    assert "slack-ops" in output
    assert "23:30" in output
    assert "proxywhirl_maintenance_mode" in run("route", EXAMPLE, "proxy_pool_exhausted").output
    unknown = run("route", EXAMPLE, "proxy_pool_exhaustd")
    assert unknown.exit_code == 2
    assert "proxy_pool_exhausted" in unknown.output


def test_the_json_schema_accepts_the_example_and_refuses_a_typo() -> None:
    schema = json.loads(run("schema").output)
    document = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    jsonschema.validate(document, schema)
    document["alert_rules"][0]["severty"] = "warning"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema)


def test_explain_knows_every_code_and_suggests_for_a_wrong_one() -> None:
    listed = run("explain").output
    assert "unknown-metric" in listed
    wrong = run("explain", "unknown-metrics")
    assert wrong.exit_code == 2
    assert "unknown-metric" in wrong.output


def test_init_makes_a_repository_that_builds_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "My-Shop"
    assert run("init", folder).exit_code == 0
    assert run("check", folder / "specs").output == "1 spec: no findings\n"
    assert run("build", folder / "specs", "--out", folder / "out").exit_code == 0
    assert (folder / "out" / "my_shop" / "manifest.json").is_file()
    again = run("init", folder)
    assert again.exit_code == 0
    assert "there already" in again.output


def test_init_leaves_existing_files_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("all:\n", "utf-8")
    result = run("init", tmp_path)
    assert (tmp_path / "Makefile").read_text("utf-8") == "all:\n"
    assert "add what it lacks" in result.output


def test_what_nobody_foresaw_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from gaugewright import cli as module

    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(module, "cli", broken)
    monkeypatch.delenv("GAUGEWRIGHT_DEBUG", raising=False)
    with pytest.raises(SystemExit) as stopped:
        module.main()
    assert stopped.value.code == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "secret detail" not in error


def test_a_large_spec_gives_the_same_outputs_from_two_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    from gaugewright.commands import emitting
    from gaugewright.compile import compile_text
    from gaugewright.emit import emit

    from benchmarks.synthetic import spec

    model = compile_text(spec(20)).model
    assert model is not None
    monkeypatch.setattr(emitting, "LARGE", 1)
    monkeypatch.setattr(emitting, "_can_fork", lambda: True)
    assert emitting.emit_all(model, ()) == emit(model)


def test_nothing_to_do_is_seen_for_several_specs_and_not_where_one_is_left_over(spec: Path, tmp_path: Path) -> None:
    from gaugewright.commands.build import Options, _have_nothing_to_do
    from gaugewright.commands.specs import read_spec_file

    other = spec.with_name("store.yaml")
    other.write_text(BASE.replace("name: shop\n", "name: store\n").replace("shop_", "store_"), "utf-8")
    options = Options(str(tmp_path / "out"))
    both = [read_spec_file(str(path)) for path in (spec, other)]
    assert not _have_nothing_to_do(both, options)
    run("build", spec.parent, "--out", options.out)
    assert _have_nothing_to_do(both, options)
    assert not _have_nothing_to_do(both[:1], options)
    (tmp_path / "out" / "store" / "docs" / "METRICS.md").write_text("edited", "utf-8")
    assert not _have_nothing_to_do(both, options)


def test_removing_the_last_spec_removes_its_outputs(spec: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("build", spec.parent, "--out", out)
    spec.unlink()
    assert run("build", spec.parent, "--check", "--out", out).exit_code == 1
    assert run("build", spec.parent, "--out", out).exit_code == 0
    assert not (out / "shop").exists()
    assert run("build", spec.parent, "--out", out).exit_code == 2
