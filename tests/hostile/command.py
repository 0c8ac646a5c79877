"""The command line in a process of its own, with 500 MiB and its use of time and memory measured."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

SECONDS = 2.0
MEBIBYTES = 500

# Memory is what the address space grew to (VmHWM belongs to this program alone; ru_maxrss would count the
# process that started it, too). The limits keep a failing test from taking the machine down.
_LAUNCHER = """
import atexit, os, resource, sys, time
def told():
    try:
        with open("/proc/self/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with open(os.environ["MEASURED"], "w") as file:
        print(time.process_time(), peak / 1024, file=file)
atexit.register(told)
resource.setrlimit(resource.RLIMIT_CPU, (60, resource.getrlimit(resource.RLIMIT_CPU)[1]))
resource.setrlimit(resource.RLIMIT_AS, (2 * 1024 ** 3, resource.getrlimit(resource.RLIMIT_AS)[1]))
from gaugewright.cli import main
sys.argv[0] = "gaugewright"
main()
"""


@dataclass(frozen=True, slots=True)
class Run:
    """How a command ended: what it printed, seconds of the processor, and the most memory in MiB."""

    code: int
    out: str
    err: str
    seconds: float
    peak: float


def gaugewright(folder: Path, *arguments: str) -> Run:
    """Runs a command in `folder`; whatever it is given it keeps within the limits and shows no traceback."""
    measured = folder / ".measured"
    environment = os.environ | {
        "MEASURED": str(measured),
        "PYTHONPATH": str(ROOT / "compiler"),
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        [sys.executable, "-c", _LAUNCHER, *arguments], cwd=folder, env=environment, capture_output=True, timeout=600
    )
    assert done.returncode >= 0, f"ended by signal {-done.returncode}"
    seconds, peak = map(float, measured.read_text("ascii").split())
    run = Run(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"), seconds, peak)
    assert "Traceback" not in run.out + run.err
    assert "internal error" not in run.err
    assert run.seconds < SECONDS, f"{run.seconds:.1f} s of the processor"
    assert run.peak < MEBIBYTES, f"{run.peak:.0f} MiB"
    return run


def checked(folder: Path, content: str | bytes) -> Run:
    """`check` of a spec with this content."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    (folder / "spec.yaml").write_bytes(data)
    return gaugewright(folder, "check", "spec.yaml")
