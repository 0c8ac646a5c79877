"""“Did you mean”: the nearest of the names that would have been right."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gaugewright.diagnostics.mend import Edit, Mend


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that is likely meant, or None where none is near."""
    from difflib import get_close_matches

    candidates = [candidate for candidate in names if candidate != name]
    if len(candidates) > 2000:
        start = name[:3]
        candidates = [candidate for candidate in candidates if candidate[:3] == start][:2000]
    exact = [candidate for candidate in candidates if candidate.lower() == name.lower()]
    found = exact or get_close_matches(name, candidates, n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`Did you mean "x"?`, or nothing."""
    found = nearest(name, names)
    return f'Did you mean "{found}"?' if found else ""


def meant(name: str, names: Collection[str]) -> tuple[str, bool] | None:
    """The name that is likely meant, and whether that is certain: a mend for a name that is none of `names`."""
    found = nearest(name, names)
    if found is None:
        return None
    from gaugewright.diagnostics.slips import slip

    return found, slip(name, names) == found


def other_value(name: str, names: Collection[str]) -> Mend | None:
    """The mend of a value that should be one of `names`."""
    found = meant(name, names)
    return Mend((Edit(0, None, found[0]),), found[1]) if found else None


def sentence(text: str) -> str:
    """A mend as a sentence: a capital first, a full stop last."""
    ends = not text or text[-1] in ".?!:"
    return text[:1].upper() + text[1:] + ("" if ends else ".")


def listed(names: Iterable[str], most: int = 8) -> str:
    """`a, b and c` for a message; a long list is cut with its length."""
    items = list(names)
    if len(items) > most:
        return ", ".join(items[:most]) + f" and {len(items) - most} more"
    return ", ".join(items[:-1]) + " and " + items[-1] if len(items) > 1 else "".join(items)


def choices(values: Iterable[str]) -> str:
    """`"a", "b" or "c"`."""
    return listed([f'"{value}"' for value in values]).replace(" and ", " or ")
