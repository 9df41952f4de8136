"""The closest known name to a wrong one, for messages that help."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 100
"""No known name is longer, and comparing a very long one takes seconds."""


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name nearest to `name`, regardless of case, or None when none is near."""
    if len(name) > _LONGEST:
        return None
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the closest known name, or an empty string."""
    near = closest(name, known)
    return f"; did you mean '{near}'?" if near else ""


def plain(name: str) -> str:
    """A name without its case and separators: perPage, per_page and per-page are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def snake(name: str) -> str:
    """An operationId as Python has it: listFaults is list_faults."""
    return re.sub(r"[A-Z]", lambda found: "_" + found[0].lower(), name)
