"""The lock files pin everything, by hash, and say nothing of where it comes from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("build.txt", "test.txt")


def _entries(lock: str) -> list[str]:
    """The requirements of a lock file, each with its hashes, comments left out."""
    text = (ROOT / "constraints" / lock).read_text("utf-8").replace("\\\n", "")
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def _pins(lock: str) -> dict[str, str]:
    """Name and version of each entry of a lock file."""
    requirements = [Requirement(entry.split("--hash")[0].strip()) for entry in _entries(lock)]
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in requirements}


def _wanted(source: str) -> list[Requirement]:
    """What a source of the locks asks for: pyproject.toml, or an .in file."""
    if source == "pyproject.toml":
        project = tomllib.loads((ROOT / source).read_text("utf-8"))["project"]
        return [Requirement(line) for line in project["dependencies"]]
    lines = (ROOT / "constraints" / source).read_text("utf-8").splitlines()
    return [Requirement(text) for line in lines if (text := line.split("#")[0].strip())]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_one_version_with_hashes(lock: str) -> None:
    for entry in _entries(lock):
        assert re.match(r"[\w.-]+==[^ ;*]+ ", entry), entry
        hashes = re.findall(r"--hash=(\S+)", entry)
        assert hashes, entry
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes), entry


@pytest.mark.parametrize("name", [*LOCKS, "build.in", "test.in"])
def test_no_address_stands_in(name: str) -> None:
    text = (ROOT / "constraints" / name).read_text("utf-8")
    assert not re.search(r"://|index-url|find-links|trusted-host", text)


def test_the_test_lock_holds_the_build_lock() -> None:
    assert _pins("build.txt").items() <= _pins("test.txt").items()


@pytest.mark.parametrize(
    ("source", "lock"), [("pyproject.toml", "build.txt"), ("build.in", "build.txt"), ("test.in", "test.txt")]
)
def test_what_is_asked_for_is_pinned_and_the_pin_satisfies_it(source: str, lock: str) -> None:
    pins = _pins(lock)
    for requirement in _wanted(source):
        version = pins.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not in {lock}: run `make lock`"
        assert requirement.specifier.contains(version, prereleases=True), requirement
