"""Compiled templates, kept beside what earlier builds found out: compiling them costs as much as a small build.

Like the rest of the cache it can be deleted at any time, and whatever fails means that there is none.
"""

from __future__ import annotations

import os

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from gaugewright.emit.templates import keep_compiled
from gaugewright.output.cache import cache_folder


def keep_compiled_templates() -> None:
    """Lets the templates' environment use the cache, where there is a place for one."""
    folder = cache_folder()
    if folder is None:
        return
    templates = os.path.join(folder, "templates")
    try:
        os.makedirs(templates, mode=0o700, exist_ok=True)
        if os.stat(templates).st_uid != os.geteuid():
            return
    except OSError:
        return
    keep_compiled(_TemplateCache(templates))


class _TemplateCache(FileSystemBytecodeCache):
    """jinja2's own, but for errors, which it would raise."""

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except (OSError, EOFError, ValueError, TypeError):
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        try:
            super().dump_bytecode(bucket)
        except OSError:
            return
