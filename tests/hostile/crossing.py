"""Calls of one tenant that name what another has, each beside its twin that names nothing.

A twin differs in the ids alone, which exist nowhere and are as long: what differs in the two
answers besides tells that something exists elsewhere.
"""

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from tests.hostile.box import API, ROLES, Box
from tests.hostile.document import Document, Operation, put_at
from tests.hostile.planted import Planted
from tests.hostile.values import to_json
from tests.hostile.wire import request

SPELLINGS = (
    "{0}",
    "{0} ",
    " {0}",
    "{upper}",
    "{0}\t",
    "{0},{own}",
    "{own},{0}",
    "{0};a=b",
    '"{0}"',
    "{0}%00",
    "{id}",
    "{percent}",
)


def nowhere(known: str) -> str:
    """An id like this one, of a record that does not exist anywhere."""
    prefix, _, rest = known.partition("_")
    return prefix + "_" + "".join(one if one in "_-" else "z" for one in rest)


def encoded(known: str, way: int) -> str:
    """The same id in other letters."""
    return (
        known,
        "".join(f"%{ord(c):02X}" for c in known),
        quote(known) + "%20",
        known + "%00",
        known + "/",
        known.upper(),
        "%2e%2e%2f" + known,
        known + "?x=1",
        known + ";v=1",
        known.replace("_", "%5F"),
    )[way]


@dataclass(slots=True)
class Pair:
    """Two requests, alike but for the ids in them, and what is replaced to compare the answers."""

    kind: str
    operation: str
    method: str
    first: bytes
    second: bytes
    names: list[tuple[str, str]]  # what each of them names: foreign, and nowhere


class Crossing:
    """Draws pairs of calls from one tenant towards another."""

    def __init__(
        self, box: Box, document: Document, own: Planted, other: Planted, dice: random.Random
    ) -> None:
        self.box, self.document, self.own, self.other = box, document, own, other
        self.dice = dice
        mine = {one for held in own.ids().values() for one in held}
        self.foreign = {
            name: [one for one in ids if one not in mine]
            for name, ids in other.ids().items()
            if name != "Event"  # numbered from 1 in each tenant
        }
        self.lines = {role: box.auth(own.slug, role) for role in ROLES}
        # The super administrator may see all tenants, as such.
        operations = [o for o in document.operations if set(o.roles) - {"SUPER_ADMIN"}]
        self.tenanted = operations
        scoped = {n for n, r in document.resources.items() if r["scope"] == "tenant"}
        self.pathed = [o for o in operations if self._prefixes(o) & scoped]
        self.nested = [o for o in self.pathed if len(o.in_path()) > 1]
        self.bodied = [o for o in operations if o.body and list(document.references(o.body))]
        self.listed = [o for o in operations if o.method == "GET" and o.query()]
        self.creating = [o for o in operations if o.method == "POST" and o.body]

    def _prefixes(self, operation: Operation) -> set[str | None]:
        return {self.document.resource_of(prefix) for prefix in operation.in_path().values()}

    def draw(self) -> Pair | None:
        kinds = (self.by_path, self.by_encoding, self.by_child, self.by_body, self.by_query)
        more = (self.by_header, self.by_etag, self.by_member)
        return self.dice.choice((*kinds, *kinds, *more))()

    def _foreign(self, resource: str | None) -> str | None:
        held = self.foreign.get(resource or "")
        return self.dice.choice(held) if held else None

    def _mine(self, resource: str | None) -> str:
        held = self.own.ids().get(resource or "")
        return self.dice.choice(held) if held else "1"

    def _pair(
        self,
        kind: str,
        operation: Operation,
        targets: tuple[str, str],
        names: list[tuple[str, str]],
        *,
        bodies: tuple[Any, Any] | None = None,
        lines: tuple[dict[str, str], dict[str, str]] = ({}, {}),
        roles: tuple[str, ...] = (),
    ) -> Pair:
        role = self.dice.choice(roles or operation.roles)
        sent = []
        for at in (0, 1):
            body = bodies[at] if bodies else copy.deepcopy(operation.example)
            more = dict(self.lines[role])
            if operation.body is not None:
                more["Content-Type"] = "application/json"
            content = to_json(body) if operation.body is not None else None
            more |= lines[at]
            sent.append(request(operation.method, API + targets[at], more, content))
        return Pair(kind, operation.id, operation.method, sent[0], sent[1], names)

    def by_path(self, way: int = 0, operation: Operation | None = None) -> Pair | None:
        operation = operation or self.dice.choice(self.pathed)
        first: dict[str, str] = {}
        second: dict[str, str] = {}
        names = []
        for name, prefix in operation.in_path().items():
            foreign = self._foreign(self.document.resource_of(prefix))
            if prefix and foreign is None:
                return None
            if foreign:
                first[name] = encoded(foreign, way)
                second[name] = encoded(nowhere(foreign), way)
                names += [(foreign, nowhere(foreign)), (first[name], second[name])]
        kind = f"encoding {way}" if way else "path"
        targets = operation.filled(first), operation.filled(second)
        return self._pair(kind, operation, targets, names)

    def by_encoding(self) -> Pair | None:
        return self.by_path(self.dice.randrange(1, 10))

    def by_child(self) -> Pair | None:
        """Own parent with a foreign child, or the other way round."""
        operation = self.dice.choice(self.nested)
        swapped = self.dice.randrange(2)
        first: dict[str, str] = {}
        second: dict[str, str] = {}
        names = []
        for at, (name, prefix) in enumerate(operation.in_path().items()):
            resource = self.document.resource_of(prefix)
            if prefix is None or at % 2 == swapped:
                first[name] = second[name] = self._mine(resource)
                continue
            foreign = self._foreign(resource)
            if foreign is None:
                return None
            names.append((foreign, nowhere(foreign)))
            first[name], second[name] = foreign, nowhere(foreign)
        targets = operation.filled(first), operation.filled(second)
        return self._pair(f"child {swapped}", operation, targets, names)

    def _home(self, operation: Operation) -> str:
        held = {n: self._mine(self.document.resource_of(p)) for n, p in operation.in_path().items()}
        return operation.filled(held)

    def by_body(self) -> Pair | None:
        operation = self.dice.choice(self.bodied)
        place, resource = self.dice.choice(list(self.document.references(operation.body)))
        foreign = self._foreign(resource)
        if foreign is None:
            return None
        home = self._home(operation)
        bodies = tuple(
            put_at(copy.deepcopy(operation.example), place, one)
            for one in (foreign, nowhere(foreign))
        )
        names = [(foreign, nowhere(foreign))]
        return self._pair("body", operation, (home, home), names, bodies=bodies)

    def by_member(self) -> Pair | None:
        """A body that says whose record it is."""
        operation = self.dice.choice(self.creating)
        home = self._home(operation)
        member = self.dice.choice(("tenantId", "tenant", "id", "slug", "organisationId"))
        foreign = self._foreign(self.dice.choice(list(self.foreign)))
        if foreign is None:
            return None
        bodies = tuple(
            {**(operation.example or {}), member: one} for one in (foreign, nowhere(foreign))
        )
        names = [(foreign, nowhere(foreign))]
        return self._pair("member", operation, (home, home), names, bodies=bodies)

    def by_query(self) -> Pair | None:
        operation = self.dice.choice(self.listed)
        home = self._home(operation)
        one = self.dice.choice(operation.query())
        resource = self.dice.choice([n for n, ids in self.foreign.items() if ids])
        wanted = str(self.document.resolve(one["schema"]).get("pattern", ""))[1:5]
        resource = self.document.resource_of(wanted) or resource
        foreign = self._foreign(resource)
        if foreign is None:
            return None
        unknown = nowhere(foreign)
        if one["name"] == "q":
            foreign, unknown = self.other.marker, self.other.marker[::-1]
        targets = tuple(f"{home}?{urlencode({one['name']: v})}" for v in (foreign, unknown))
        return self._pair("query", operation, (targets[0], targets[1]), [(foreign, unknown)])

    def by_header(self) -> Pair | None:
        """The other tenant in the header, in odd spellings; its twin names no tenant there is."""
        operation = self.dice.choice(self.tenanted)
        home = self._home(operation)
        way = self.dice.choice(SPELLINGS)
        slug = self.other.slug
        unknown = "z" * len(slug)

        def spelt(one: str, own_id: str) -> dict[str, str]:
            percent = "".join(f"%{ord(c):02x}" for c in one)
            text = way.format(one, upper=one.upper(), own=self.own.slug, id=own_id, percent=percent)
            return {"X-Tenant-ID": text}

        known_id = self.other.tenant["id"]
        names = [(slug, unknown), (known_id, nowhere(known_id))]
        lines = spelt(slug, known_id), spelt(unknown, nowhere(known_id))
        names.append((lines[0]["X-Tenant-ID"].strip(), lines[1]["X-Tenant-ID"].strip()))
        # The super administrator works across tenants, says the contract.
        roles = tuple(role for role in operation.roles if role != "SUPER_ADMIN")
        kind = f"header {way}"
        return self._pair(kind, operation, (home, home), names, lines=lines, roles=roles)

    def by_etag(self) -> Pair | None:
        """ETags of a foreign record, on one's own."""
        operation = self.dice.choice(
            [o for o in self.pathed if o.method in {"GET", "PATCH", "DELETE"}]
        )
        role = self.dice.choice(ROLES)
        foreign = {
            n: self._foreign(self.document.resource_of(p)) for n, p in operation.in_path().items()
        }
        if None in foreign.values():
            return None
        lines = self.box.auth(self.other.slug, role)
        answer = self.box.get(API + operation.filled(foreign), headers=lines)
        etag = answer.headers.get("etag")
        if not etag:
            return None
        unknown = f'"{etag.strip(chr(34))[::-1]}"'
        home = self._home(operation)
        name = "If-None-Match" if operation.method == "GET" else "If-Match"
        names = [(etag, unknown)]
        return self._pair(
            "etag", operation, (home, home), names, lines=({name: etag}, {name: unknown})
        )


def systematic(crossing: Crossing) -> Iterator[Pair]:
    """Every operation with an id, once for each of its kinds: so that none is left to chance."""
    for operation in crossing.pathed:
        for way in range(10):
            pair = crossing.by_path(way, operation)
            if pair:
                yield pair
