"""Which table another is like, so that it is told, and made again, by the differences alone."""

from collections import Counter
from collections.abc import Iterable

from ...contract.model import JsonObject
from ...core import Record
from ...core.sharing import Table

Slot = tuple[str, ...]
"""Where an image stands: a tenant's present, its seed, or a snapshot by its name."""
Records = Table[tuple[int, Record]]
Place = tuple[Slot, str]
"""Records of one kind in an image."""


class Known:
    """Places of tables, found by the uppermost pieces that the tables share."""

    def __init__(self, tables: Iterable[tuple[Place, Records]] = ()) -> None:
        self._places: dict[int, Place] = {}
        for place, records in tables:
            self.add(place, records)

    def add(self, place: Place, records: Records) -> None:
        """Know of one more. A piece belongs to whoever had it first."""
        for piece in records.pieces():
            self._places.setdefault(piece, place)

    def nearest(self, records: Records) -> tuple[Place | None, int]:
        """The place of which a table shares most pieces, and how many; None when it shares none."""
        places = self._places
        shared = Counter(places[piece] for piece in records.pieces() if piece in places)
        return max(shared.items(), key=lambda found: found[1], default=(None, 0))


def parent(slot: Slot, told: JsonObject) -> Slot | None:
    """The image that one was probably made of: the present of its tenant, or of a fork's origin.

    Small tables are one piece, of which one write leaves nothing to be found by.
    """
    if slot[1:] != ("now",):
        return slot[0], "now"
    origin = told.get("origin")
    return (origin, "now") if origin else None
