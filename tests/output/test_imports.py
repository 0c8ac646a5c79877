"""The room stands alone, and the fast path loads almost nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import gaugewright.output

ROOM = Path(gaugewright.output.__file__).parent


def test_the_room_imports_the_standard_library_and_itself() -> None:
    for module in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                known = name.split(".")[0] in sys.stdlib_module_names or name.startswith("gaugewright.output")
                assert known, f"{module.name} imports {name}"


def loaded_by(statement: str) -> set[str]:
    code = f"import sys; sys.path.insert(0, {str(ROOM.parents[1])!r}); {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_fast_path_loads_neither_data_classes_nor_paths() -> None:
    loaded = loaded_by("from gaugewright.output import cache, intact")
    assert "gaugewright.output.intact" in loaded
    assert not loaded & {"dataclasses", "inspect", "pathlib", "ctypes", "difflib", "shutil"}


def test_a_build_loads_no_ctypes_difflib_or_shutil_before_it_needs_them() -> None:
    loaded = loaded_by("from gaugewright.output import commit, compare, diff, services")
    assert "gaugewright.output.exchange" in loaded
    assert not loaded & {"ctypes", "difflib", "shutil", "tempfile", "secrets"}
