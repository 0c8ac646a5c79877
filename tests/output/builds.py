"""Two builds of one service, a user's files among their outputs, and ways to stop a build at any step."""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from gaugewright.output import exchange
from gaugewright.output.commit import Report, commit
from gaugewright.output.manifest import Manifest, Origin, render

SERVICE = "shop"
Files = dict[str, bytes]

FIRST = Origin("0.1.0", "specs/shop.yaml", "a" * 64)
SECOND = Origin("0.1.0", "specs/shop.yaml", "b" * 64)
OLD: Files = {
    "prometheus/prometheus.yml": b"the same in both\n",
    "prometheus/rules/alerts.yml": b"alerts of the first build\n",
    "grafana/dashboards/gone.json": b'{"only": "in the first"}\n',
    "docs/METRICS.md": b"one\n",
}
NEW: Files = {
    "prometheus/prometheus.yml": b"the same in both\n",
    "prometheus/rules/alerts.yml": b"alerts of the second build\n",
    "python/shop_metrics.py": b"x = 1\n" * 3000,
    "docs/METRICS.md": b"two\n",
}


def write_old(out: Path, force: bool = False) -> Report:
    return commit(out, SERVICE, OLD, FIRST, force=force)


def write_new(out: Path, force: bool = False) -> Report:
    return commit(out, SERVICE, NEW, SECOND, force=force)


def complete(files: Files, origin: Origin) -> Files:
    """A build's files with the manifest that belongs to them."""
    listed = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    return files | {"manifest.json": render(Manifest(origin, listed))}


ALL_OLD = complete(OLD, FIRST)
ALL_NEW = complete(NEW, SECOND)


def add_users_files(folder: Path) -> None:
    """Everything a person may put between the outputs: files, links, a pipe, folders, odd modes."""
    (folder / "notes.txt").write_text("mine\n")
    (folder / "prometheus/rules/mine.yml").write_text("groups: []\n")
    (folder / "grafana/dashboards/mine.json").write_text("{}\n")
    (folder / "grafana/dashboards/mine.json").chmod(0o600)
    (folder / "empty").mkdir(mode=0o711)
    (folder / "kept/deep").mkdir(parents=True)
    (folder / "kept/deep/data.bin").write_bytes(b"\0\xff" * 100)
    os.utime(folder / "kept/deep/data.bin", ns=(10**18, 10**18))
    (folder / "kept/deep").chmod(0o555)
    os.utime(folder / "kept", ns=(10**18, 10**18))
    os.symlink("/nonexistent/target", folder / "dangling")
    os.symlink("notes.txt", folder / "prometheus/link")
    os.mkfifo(folder / "kept/pipe")


USERS = (
    "notes.txt",
    "prometheus/rules/mine.yml",
    "grafana/dashboards/mine.json",
    "kept/deep/data.bin",
    "dangling",
    "prometheus/link",
    "kept/pipe",
)
USERS_FOLDERS = ("empty", "kept", "kept/deep")


def users_state(folder: Path, missing: tuple[str, ...] = ()) -> dict[str, tuple[object, ...]]:
    """What must not change about the user's files: inode, mode, mtime, content; and about the folders.

    A path of `missing` may be absent.
    """
    state: dict[str, tuple[object, ...]] = {}
    for path in USERS:
        if path in missing and not os.path.lexists(folder / path):
            continue
        status = os.lstat(folder / path)
        content: object = None
        if stat.S_ISLNK(status.st_mode):
            content = os.readlink(folder / path)
        elif stat.S_ISREG(status.st_mode):
            content = (folder / path).read_bytes()
        state[path] = (status.st_ino, status.st_mode, status.st_mtime_ns, content)
    for path in USERS_FOLDERS:
        status = os.lstat(folder / path)
        state[path] = (status.st_mode, status.st_mtime_ns)
    return state


def outputs(folder: Path) -> Files:
    """The plain files of the folder that are not the user's."""
    return {
        path: (folder / path).read_bytes()
        for found in sorted(folder.rglob("*"))
        if stat.S_ISREG(os.lstat(found).st_mode) and (path := str(found.relative_to(folder))) not in USERS
    }


def litter(out: Path) -> list[str]:
    """Names in `out` that are no service's."""
    return [name for name in os.listdir(out) if name != SERVICE]


_NAMES = ("open", "write", "close", "mkdir", "link", "symlink", "rename", "replace", "unlink", "rmdir")
STEPS = frozenset((*_NAMES, "fsync", "chmod", "chown", "utime", "setxattr", "flock"))
"""The calls into the system that change something, or must happen in between."""


@contextmanager
def at_each_step(
    action: Callable[[int], None],
    steps: frozenset[str] = STEPS,
    exchanging: tuple[str, ...] = ("call", "return"),
) -> Iterator[None]:
    """Call `action` with 1, 2, 3... before each call into the system, and before and after the exchange."""
    count = 0

    def profile(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        if event == "c_call":
            is_step = getattr(argument, "__name__", "") in steps
        else:
            is_step = frame.f_code is exchange.exchange.__code__ and event in exchanging
        if is_step:
            count += 1
            action(count)

    sys.setprofile(profile)
    try:
        yield
    finally:
        sys.setprofile(None)


def in_child(work: Callable[[], object]) -> int:
    """Run in a forked process; its exit status: 0 done, 1 an exception, negative the signal that ended it."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Run `work` in a process that is killed, as by `kill -9`, at that step; False where it ended before."""

    def stop(count: int) -> None:
        if count == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def stopped() -> None:
        with at_each_step(stop):
            work()

    ended = in_child(stopped)
    assert ended in (0, -signal.SIGKILL), f"the build failed by itself: {ended}"
    return ended != 0
