"""Texts of servers and contracts in reports: nothing that a terminal would obey, not too long."""

from unicodedata import category


def plain(text: str) -> str:
    """A line without what a terminal would obey or a reader not see; breaks are written out."""
    return "".join(c if c.isprintable() or category(c) == "Zs" else ascii(c)[1:-1] for c in text)


def plain_lines(text: str) -> list[str]:
    """The lines of a text, each of them plain."""
    return [plain(line) for line in text.split("\n")]


def shortened(text: str, most: int) -> str:
    """A text of at most so many characters, with a note of how much was left out."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most} more characters)"


def number_of(count: int, noun: str) -> str:
    """So many of something: 1 finding, 2 findings."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
