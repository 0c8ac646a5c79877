"""The fetch of the verifiers, with stand-ins for Go and apt: once, whole, and honest about what failed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import verifiers
from tests.tooling.conftest import ROOT

# Each stand-in writes down its call, and does as much as the fetch needs.
GO = """#!/bin/sh
echo "go $*" >> "$CALLS"
if [ -n "$NO_SERVER" ]; then case "$*" in *cmd/prometheus@*) echo "no such module" >&2; exit 1;; esac; fi
for word; do case "$word" in
  */*@*)
    name="${word##*/}"; file="$GOBIN/${name%%@*}"
    printf '#!/bin/sh\\n' > "$file"; chmod +x "$file";;
esac; done
"""
APT = """#!/bin/sh
echo "apt-get $*" >> "$CALLS"
case "$*" in *update*) exit 0;; esac
case "$OLD_LISTS $*" in
  *Dir::State=*|" "*) ;;
  *) echo "E: 404 not found" >&2; exit 100;;
esac
touch prometheus_1_all.deb prometheus-alertmanager_1_all.deb
"""
DPKG_DEB = """#!/bin/sh
mkdir -p "$3/usr/bin"
case "$2" in *alertmanager*) names="prometheus-alertmanager amtool";; *) names="prometheus promtool";; esac
for name in $names; do printf '#!/bin/sh\\n' > "$3/usr/bin/$name"; chmod +x "$3/usr/bin/$name"; done
"""
SYSTEM = ("sh", "mkdir", "chmod", "touch")


class Machine:
    """A machine with the named installers, which have reason to do something or not."""

    def __init__(self, folder: Path, installers: dict[str, str]) -> None:
        self.folder = folder
        self.bin = folder / "machine bin"
        self.bin.mkdir()
        for name, script in installers.items():
            (self.bin / name).write_text(script)
            (self.bin / name).chmod(0o755)
        for name in SYSTEM:
            (self.bin / name).symlink_to(shutil.which(name) or name)

    def environment(self, **more: str) -> dict[str, str]:
        return {"PATH": str(self.bin), "CALLS": str(self.folder / "calls"), "PYTHONPATH": str(ROOT)} | more

    def start(self, **more: str) -> subprocess.Popen[str]:
        code = "import sys, pathlib; from tests import verifiers; verifiers.fetch(pathlib.Path(sys.argv[1]))"
        return subprocess.Popen(
            [sys.executable, "-c", code, str(self.root)],
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def fetch(self, **more: str) -> str:
        process = self.start(**more)
        said, _ = process.communicate()
        assert process.returncode == 0, said
        return said

    @property
    def root(self) -> Path:
        return self.folder / "the verifiers"

    @property
    def calls(self) -> list[str]:
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []


ALL = {"go": GO, "apt-get": APT, "dpkg-deb": DPKG_DEB}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, ALL)


def _use(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifiers, "folder", lambda: root)
    monkeypatch.delenv("GAUGEWRIGHT_VERIFIERS", raising=False)


def test_everything_is_fetched_once(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.fetch()
    _use(machine.root, monkeypatch)
    assert [verifiers.missing(generation) for generation in verifiers.GENERATIONS] == [[], []]
    first = machine.calls
    assert machine.fetch() == ""
    assert machine.calls == first


def test_a_new_version_is_built_and_the_others_are_kept(machine: Machine) -> None:
    machine.fetch()
    before = len(machine.calls)
    (machine.root / "current/amtool.stamp").write_text("an older version")
    machine.fetch()
    (call,) = machine.calls[before:]
    assert "cmd/amtool@" in call


def test_processes_that_fetch_at_once_do_the_work_once(machine: Machine) -> None:
    processes = [machine.start() for _ in range(4)]
    outputs = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert len(machine.calls) == len(set(machine.calls))


def test_old_package_lists_are_read_anew_without_root(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.fetch(OLD_LISTS="1")
    _use(machine.root, monkeypatch)
    assert verifiers.missing("debian") == []
    update = next(call for call in machine.calls if call.endswith("update"))
    assert f"Dir::State={machine.root}" in update


def test_what_cannot_be_built_is_reported_and_keeps_nothing_else_away(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = machine.fetch(NO_SERVER="1")
    assert "no such module" in said
    _use(machine.root, monkeypatch)
    assert verifiers.missing("current") == ["promtool", "prometheus"]
    assert "no such module" in verifiers.why_missing("current")
    assert verifiers.missing("debian") == []
    machine.fetch()
    assert verifiers.missing("current") == []
    assert not (machine.root / "current.missing").exists()


@pytest.mark.parametrize("absent", ["go", "apt-get"])
def test_one_generation_judges_where_the_other_cannot_be_had(
    absent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path, {name: script for name, script in ALL.items() if name != absent})
    assert f"no {absent} on this machine" in machine.fetch()
    _use(machine.root, monkeypatch)
    monkeypatch.setenv("PATH", str(machine.bin))
    lacking, there = ("current", "debian") if absent == "go" else ("debian", "current")
    only = verifiers.CURRENT_ONLY if lacking == "current" else ()
    assert verifiers.missing(lacking) == [*verifiers.PROGRAMS, *only]
    assert verifiers.missing(there) == []
    assert all(verifiers.excusable(lacking, name) for name in ("promtool", *only))


def test_nothing_is_excused_where_no_generation_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, {})
    machine.fetch()
    _use(machine.root, monkeypatch)
    monkeypatch.setenv("PATH", str(machine.bin))
    assert not any(verifiers.excusable(g, name) for g in verifiers.GENERATIONS for name in verifiers.PROGRAMS)


NEEDY = """
import pytest
@pytest.mark.parametrize("prometheus_server", ["debian"], indirect=True)
def test_server(prometheus_server): assert prometheus_server.name == "prometheus"
def test_tool(promtool): assert promtool.name == "promtool"
"""


@pytest.mark.parametrize(("ci", "outcome"), [("", "3 skipped"), ("true", "3 errors")], ids=["here", "in-ci"])
def test_a_run_without_verifiers_says_so_loudly(ci: str, outcome: str, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import *\n")
    (tmp_path / "test_needy.py").write_text(NEEDY)
    (tmp_path / "empty").mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "CI": ci,
        "GAUGEWRIGHT_VERIFIERS": str(tmp_path / "empty"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "VERIFIERS ARE MISSING" in done.stdout
    assert "debian: promtool, amtool, prometheus, alertmanager" in done.stdout
    assert outcome in done.stdout.splitlines()[-1], done.stdout
    assert done.returncode == (1 if ci else 0)
