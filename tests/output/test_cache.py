"""The cache helps or is not there; it never fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from gaugewright.output import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KEY = "ab" * 32
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GAUGEWRIGHT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=JSON)
def test_what_is_stored_is_loaded(folder: Path, value: object) -> None:
    cache.store(KEY, value)
    assert cache.load(KEY) == value


def test_an_unknown_key_has_nothing(folder: Path) -> None:
    assert cache.load(KEY) is None
    assert not folder.exists()


@pytest.mark.parametrize("key", ["", "../x", "xyz", "AB", "a" * 129, "a/b"])
def test_a_key_that_is_no_hash_is_never_a_path(folder: Path, key: str) -> None:
    cache.store(key, 1)
    assert cache.load(key) is None
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b'{"a"', b"\xff", b"[" * 100_000])
def test_a_corrupt_entry_is_no_entry(folder: Path, content: bytes) -> None:
    cache.store(KEY, {"a": 1})
    (folder / f"{KEY}.json").write_bytes(content)
    assert cache.load(KEY) is None
    cache.store(KEY, {"a": 2})
    assert cache.load(KEY) == {"a": 2}


def test_a_pipe_a_link_or_a_folder_in_an_entrys_place_is_no_entry(folder: Path) -> None:
    folder.mkdir()
    entry = folder / f"{KEY}.json"
    os.mkfifo(entry)
    assert cache.load(KEY) is None
    entry.unlink()
    entry.symlink_to("/dev/zero")
    assert cache.load(KEY) is None
    entry.unlink()
    entry.mkdir()
    cache.store(KEY, 1)
    assert cache.load(KEY) is None
    assert os.listdir(folder) == [entry.name], "what was half written is gone"


def test_a_cache_that_cannot_be_written_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GAUGEWRIGHT_CACHE", str(tmp_path / "file/below"))
    cache.store(KEY, 1)
    assert cache.load(KEY) is None


def test_a_value_that_is_no_json_or_too_large_is_not_stored(folder: Path) -> None:
    cache.store(KEY, {1, 2})
    cache.store(KEY, "x" * cache.LARGEST)
    assert cache.load(KEY) is None


def test_only_the_newest_entries_stay_and_other_peoples_files_are_not_counted(folder: Path) -> None:
    folder.mkdir()
    (folder / "README").write_text("mine")
    for number in range(cache.NEWEST):
        cache.store(f"{number:04x}", number)
        os.utime(folder / f"{number:04x}.json", (number, number))
    half = folder / "dead.json.0123.half"
    half.write_text("")
    os.utime(half, (0, 0))
    cache.store(KEY, "newest")
    left = os.listdir(folder)
    assert len(left) == cache.NEWEST + 1
    assert cache.load(KEY) == "newest"
    assert cache.load("0000") is None
    assert cache.load("0001") == 1
    assert half.name not in left
    assert "README" in left


def test_the_folder_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("GAUGEWRIGHT_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache.cache_folder() == "/home/someone/.cache/gaugewright"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.cache_folder() == "/home/someone/.cache/gaugewright"
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/me")
    assert cache.cache_folder() == "/var/cache/me/gaugewright"
    monkeypatch.setenv("GAUGEWRIGHT_CACHE", str(tmp_path))
    assert cache.cache_folder() == str(tmp_path)


def test_an_entry_is_readable_by_its_owner_alone(folder: Path) -> None:
    cache.store(KEY, 1)
    assert folder.stat().st_mode & 0o077 == 0
    assert (folder / f"{KEY}.json").stat().st_mode & 0o077 == 0
