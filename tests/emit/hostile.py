"""Texts that try to break out of the file they land in."""

from __future__ import annotations

from hypothesis import strategies as st

SNIPPETS = (
    *('"', "'", "\\", "\n", "\r\n", "\t", "#", " # x", ": ", "- ", "{{", "}}", "{% raw %}", "${HOME}", "$$", "|", ">"),
    *("&a", "*a", "!!python/object:os.system", "---", "...", "%YAML", "null", "true", "1e3", "0o7", "=", "~", "<<"),
    *("</script>", "\x00", "\x07", "\x7f", "\x85", "\u2028", "\u2029", "\ufeff", "\u202e", "\ufffe", "é", "💥"),
    *("key: value", "\nreceiver: evil", '"]\nrules: []', " leading", "trailing ", "\n\nblank"),
)

texts = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=6)), min_size=1, max_size=8).map("".join)
"""Any text of Unicode scalar values, with a good share of what a target's syntax cares for."""
