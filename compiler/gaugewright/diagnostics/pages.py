"""The page of each code: what, why, a wrong and a right example."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Where the pages are: inside the package when installed, in `docs/` in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "pages"
    return installed if installed.is_dir() else package.parent.parent / "docs" / "diagnostics"


def page(code: str) -> str:
    """The code's page, as Markdown."""
    return (folder() / f"{code}.md").read_text(encoding="utf-8")


def title(code: str) -> str:
    """What the page says in one line: its first line of text."""
    lines = (line.strip() for line in page(code).splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")
