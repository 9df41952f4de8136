"""Words that the letters of all tags share: titles, days, amounts, and who administers."""

from collections.abc import Iterator

from ...core import Record, Situation

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SUPPORT = "Pour toute question, adressez-vous à votre organisme de formation."


def day(instant: str) -> str:
    """A day or an instant of the contract as a French date: 1er juin 2027."""
    year, month, number = instant[:10].split("-")
    first = "1er" if number == "01" else str(int(number))
    return f"{first} {_MONTHS[int(month) - 1]} {int(year)}"


def euros(cents: int) -> str:
    """An amount in cents as a French price: 1 250,00 €."""
    whole, rest = divmod(cents, 100)
    return f"{whole:,}".replace(",", "\u00a0") + f",{rest:02d}\u00a0€"


def title(s: Situation, resource: str, record_id: str | None, field: str = "title") -> str:
    """The title of a record between French quotation marks; dashes for a record that is gone."""
    record = s.get(resource, record_id)
    return quoted(record[field] if record else "—")


def quoted(text: str) -> str:
    """A text between French quotation marks."""
    return f"«\u00a0{text}\u00a0»"


def administrators(s: Situation) -> Iterator[Record]:
    """The active administrators of the tenant."""
    for user in s.collection("User").found(("roles", "*"), "ADMIN"):
        if user["status"] == "ACTIVE":
            yield user
