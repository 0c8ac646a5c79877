"""`build --watch`: builds once, and again whenever a spec changes."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gaugewright.commands.build import Options, build


def watch_specs(arguments: Sequence[str], options: Options) -> int:
    """Follows the specs (and the folders named) until interrupted; exit code 0 then."""
    try:
        from watchfiles import watch
    except ImportError:
        print("--watch needs the package watchfiles: pip install 'gaugewright[watch]'")
        return 2
    build(arguments, options)
    names = {os.path.abspath(argument) for argument in arguments}
    folders = {name if os.path.isdir(name) else os.path.dirname(name) for name in names}
    for changes in watch(*folders, recursive=False, raise_interrupt=False):
        changed = [path for _, path in changes if path.endswith((".yaml", ".yml"))]
        if any(path in names or os.path.dirname(path) in names for path in changed):
            build(arguments, options)
    return 0
