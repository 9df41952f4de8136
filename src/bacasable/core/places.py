"""Where records lie: the values on the way to them, and what they are kept under by these."""

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote, unquote

from ..contract.model import Json, Parent, ResourceType
from .store import Record

Find = Callable[[str, str], Record | None]
"""A record of a resource, by what it is kept under."""


def key_in(path: Mapping[str, str], names: tuple[str, ...]) -> str:
    """What a record is kept under that these parameters of a path lead to."""
    return joined_key([path[name] for name in names])


def joined_key(names: Iterable[str]) -> str:
    """Names that are one only together; a single one as it is."""
    parts = list(names)
    return parts[0] if len(parts) == 1 else "/".join(quote(part, safe="") for part in parts)


def place_of(
    kinds: Mapping[str, ResourceType], kind: ResourceType, record: Record, find: Find
) -> list[str]:
    """The values of the parameters of a collection's path that lead to where a record lies.

    Raises KeyError for a member that says so and is not there, or names no record.
    """
    above: list[str] = []
    if kind.parent:
        owner = kinds[kind.parent.resource]
        held = find(owner.name, str(record[kind.parent.field]))
        if held is None:
            raise KeyError(kind.parent.field)
        if owner.id_member == owner.key:  # its key has all of it
            is_placed = owner.parent or owner.places
            parts = owner.id_of(held).split("/") if is_placed else [quote(owner.id_of(held))]
            above = [unquote(part) for part in parts]
        else:
            above = [*place_of(kinds, owner, held, find), str(held[owner.id_member])]
    return above + [str(record[member]) for member in kind.places]


def key_of(
    kinds: Mapping[str, ResourceType], kind: ResourceType, record: Record, find: Find
) -> str:
    """What a record is to be kept under, by its place and its id. Raises KeyError as above."""
    return joined_key([*place_of(kinds, kind, record, find), str(record[kind.id_member])])


def known_below(kind: ResourceType, record: Record, parent: Parent) -> Json:
    """What the children of a record hold in place of it: its id, or what it is kept under."""
    return kind.id_of(record) if parent.is_hidden else record[kind.id_member]


def named_within(body: Json, item: str) -> str:
    """The name of a record that stands one level down in a body (`metadata.name`); else empty.

    It is called like the parameter that names the record in the path of an item.
    """
    called = item.rpartition("{")[2].partition("}")[0]
    parts = body.values() if isinstance(body, dict) and called else ()
    named = (part.get(called) for part in parts if isinstance(part, dict))
    return next((name for name in named if isinstance(name, str)), "")
