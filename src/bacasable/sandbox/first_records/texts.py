"""What members are called, and the texts and numbers that are like their names.

The words stand in `wording.yaml`, names and sentences come from Faker in the language asked for.
Faker is asked for some hundreds of each when they are needed first, and drawn from afterwards:
that takes no time, and is the same for one seed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from importlib.resources import files
from random import Random
from typing import Any

from ...contract.document import parse_document
from ...contract.model import Json, JsonObject
from ...contract.names import did_you_mean
from ...contract.request import format_instant
from ...core.query import fold

DEFAULT_LOCALE = "en_US"
PERSON, SURNAMED = "person", "surnamed"
"""What a thing is called that has members of people's, whatever the document calls it."""
_PROVIDERS = ("person", "address", "company", "lorem", "job", "bank", "color", "currency", "isbn")
_POOL = 400
_PAST = 2 * 365 * 86_400
"""How many seconds ago the oldest record was made."""
_POOLED = {
    "first": ("first_name",),
    "last": ("last_name",),
    "street": ("street_address", "street_name"),
    "city": ("city",),
    "region": ("administrative_unit", "state", "region", "city"),
    "postcode": ("postcode",),
    "country": ("country",),
    "country_code": ("country_code",),
    "company": ("company", "last_name"),
    "job": ("job",),
    "iban": ("iban",),
    "bban": ("bban",),
    "bic": ("swift8", "swift"),
    "currency": ("currency_code",),
    "color": ("hex_color",),
    "color_name": ("color_name",),
    "isbn": ("isbn13",),
    "word": ("word",),
    "sentence": ("sentence",),
}
"""By pool the methods of Faker that fill it: the first that the language has."""


class UnknownLocale(Exception):
    """Faker has no such language. One line with those that are near."""


@cache
def wording() -> dict[str, Any]:
    """The table of names and words."""
    file = files(__package__).joinpath("wording.yaml")
    found: dict[str, Any] = parse_document(file.read_text("utf-8"), file.name)
    return found


@cache
def _kinds() -> dict[str, str]:
    """What each name of a member stands for."""
    members = wording()["members"].items()
    return {name: kind for kind, names in members for name in names.split()}


@cache
def kind_of(name: str) -> str:
    """What a member of this name holds, by its last words that are known; empty if unknown."""
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", _bare(name))]
    known = _kinds()
    for start in range(len(words)):
        for called in ("".join(words[start:]), "".join(words[start:]).removesuffix("s")):
            if called in known:
                return known[called]
    return ""


def _bare(name: str) -> str:
    """A name without accents, its capitals as they are."""
    return name if name.isascii() else "".join(fold(c) if not c.isascii() else c for c in name)


@cache
def _nouns(sort: str) -> frozenset[str]:
    return frozenset(wording()[sort].split())


def is_called(noun: str, sort: str) -> bool:
    """Whether a thing of this name is one of the `people`, `firms` or `places`."""
    words = [w.lower() for w in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", _bare(noun))]
    last = words[-1] if words else ""
    return bool({last, last.removesuffix("s")} & _nouns(sort))


@dataclass(slots=True)
class Draw:
    """What is drawn for one record: the chance, its number, its instants, its person."""

    random: Random
    number: int
    now: datetime
    room: int = 120
    """How many lists and objects may still be made in it."""
    related: Callable[[str], Json] = lambda _: None
    """A record of another resource, to be shown within this one."""
    known: dict[str, JsonObject] = field(default_factory=dict)
    """By resource the record that this one lies below, or refers to."""
    created: datetime = field(init=False)
    updated: datetime = field(init=False)
    person: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        ago = self.random.randrange(86_400, _PAST)
        self.created = self.now - timedelta(seconds=ago)
        self.updated = self.created + timedelta(seconds=self.random.randrange(ago))


class Texts:
    """Texts and numbers in one language, the same for one seed. Raises UnknownLocale."""

    def __init__(self, locale: str = DEFAULT_LOCALE, seed: int = 0) -> None:
        self.locale, self._seed = known_locale(locale), seed
        self._faker: Any = None
        self._pools: dict[str, list[str]] = {}

    @cached_property
    def choices(self) -> dict[str, list[str]]:
        """By kind the texts that one is chosen of."""
        own = wording()["choices_in"].get(self.locale.partition("_")[0], {})
        return {**wording()["choices"], **own}

    @cached_property
    def numbers(self) -> dict[str, tuple[float, float, int]]:
        """By kind from, to and digits behind the point."""
        return {kind: tuple(found) for kind, found in wording()["numbers"].items()}

    @cached_property
    def _phone(self) -> str:
        known: dict[str, str] = wording()["phones"]
        return known.get(self.locale.partition("_")[0], known["en"])

    def pool(self, name: str) -> list[str]:
        """Some hundred texts of a kind."""
        found = self._pools.get(name)
        if found is None:
            found = self._pools[name] = self._filled(name)
        return found

    def _filled(self, name: str) -> list[str]:
        if self._faker is None:
            from faker.factory import Factory  # noqa: PLC0415 - takes long, and not all need it

            providers = [f"faker.providers.{one}" for one in _PROVIDERS]
            self._faker = Factory.create(self.locale, providers, use_weighting=False)
        self._faker.seed_instance(f"{self._seed}/{name}")
        for method in _POOLED[name]:
            if hasattr(self._faker, method):
                make = getattr(self._faker, method)
                made = dict.fromkeys(str(make()).replace("\n", ", ") for _ in range(_POOL))
                return list(made)
        return self.pool("word")

    def of(self, kind: str, draw: Draw, noun: str = "") -> Json:
        """A text of a kind; None for a kind that knows none. `noun` is whose member it is."""
        make = _MAKERS.get(kind)
        if make is not None:
            return make(self, draw, noun)
        if kind in self.choices:
            return draw.random.choice(self.choices[kind])
        return draw.random.choice(self.pool(kind)) if kind in _POOLED else None

    def person(self, draw: Draw) -> tuple[str, str]:
        """First and last name of whom a record is about."""
        if draw.person is None:
            choice = draw.random.choice
            draw.person = (choice(self.pool("first")), choice(self.pool("last")))
        return draw.person

    def phone(self, draw: Draw) -> str:
        """A number of a range that is kept for fiction."""
        return re.sub("#", lambda _: str(draw.random.randrange(10)), self._phone)

    def words(self, draw: Draw, count: int) -> str:
        """So many words, the first with a capital."""
        text = " ".join(draw.random.choice(self.pool("word")) for _ in range(count))
        return text[:1].upper() + text[1:]

    def text(self, draw: Draw, sentences: int) -> str:
        """So many sentences."""
        return " ".join(draw.random.choice(self.pool("sentence")) for _ in range(sentences))


def known_locale(locale: str) -> str:
    """A language as Faker has it: `fr`, `fr-FR` and `fr_FR` are one. Raises UnknownLocale."""
    if locale == DEFAULT_LOCALE:
        return locale
    from faker.config import AVAILABLE_LOCALES  # noqa: PLC0415 - takes long, and not all need it

    named = locale.replace("-", "_")
    by_name = {one.lower(): one for one in sorted(AVAILABLE_LOCALES) if "_" in one}
    found = by_name.get(named.lower()) or by_name.get(f"{named}_{named}".lower())
    if found is None and named:
        found = next((o for n, o in by_name.items() if n.startswith(named.lower() + "_")), None)
    if found is None:
        near = did_you_mean(named, by_name.values()) or "; give one such as fr_FR"
        raise UnknownLocale(f"is no language of Faker's{near}")
    return found


def ascii_name(text: str) -> str:
    """A text as addresses have it: lower case, without accents and spaces."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")


def _email(texts: Texts, draw: Draw, _: str) -> str:
    first, last = (ascii_name(one) for one in texts.person(draw))
    return f"{first or 'user'}.{last or 'name'}{draw.number + 1}@example.com"


def _username(texts: Texts, draw: Draw, _: str) -> str:
    first, last = (ascii_name(one).replace("-", "") for one in texts.person(draw))
    return f"{first[:1]}{last or 'user'}{draw.number + 1}"


def _name(texts: Texts, draw: Draw, noun: str) -> str:
    if noun == SURNAMED:
        return texts.person(draw)[1]
    if is_called(noun, "people"):
        return " ".join(texts.person(draw))
    if is_called(noun, "firms"):
        return draw.random.choice(texts.pool("company"))
    if is_called(noun, "places"):
        return draw.random.choice(texts.pool("city"))
    return texts.words(draw, 2)


def _title(texts: Texts, draw: Draw, noun: str) -> str:
    if noun == SURNAMED or is_called(noun, "people"):
        return draw.random.choice(texts.pool("job"))
    return texts.words(draw, draw.random.randint(2, 4))


def _address(texts: Texts, draw: Draw, _: str) -> str:
    parts = (draw.random.choice(texts.pool(name)) for name in ("street", "postcode", "city"))
    return "{}, {} {}".format(*parts)


def _slug(texts: Texts, draw: Draw, _: str) -> str:
    return f"{ascii_name(texts.words(draw, 2)) or 'item'}-{draw.number + 1}"


def _code(_: Texts, draw: Draw, noun: str) -> str:
    letters = ascii_name(noun).replace("-", "")[:3].upper().ljust(3, "X")
    return f"{letters}-{draw.number + 1:05d}"


def _link(texts: Texts, draw: Draw, noun: str) -> str:
    return f"https://www.example.com/{_slug(texts, draw, noun)}"


def _image(texts: Texts, draw: Draw, noun: str) -> str:
    return f"https://www.example.com/images/{_slug(texts, draw, noun)}.png"


def _ean(_: Texts, draw: Draw, __: str) -> str:
    digits = f"{draw.random.randrange(10**12):012d}"
    total = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(digits))
    return f"{digits}{-total % 10}"


def _birth(draw: Draw) -> datetime:
    return draw.now - timedelta(days=draw.random.randrange(18 * 366, 80 * 365))


def instant_of(kind: str, draw: Draw) -> datetime:
    """The instant of a record that a member of this kind tells."""
    if kind == "updated":
        return draw.updated
    if kind == "end":
        return draw.created + timedelta(days=1 + draw.number % 60)
    if kind == "born":
        return _birth(draw)
    return draw.created


def _instant(kind: str) -> Callable[[Texts, Draw, str], Json]:
    return lambda _, draw, __: format_instant(instant_of(kind, draw))


_TIMES = ("created", "updated", "start", "end")
_MAKERS: dict[str, Callable[[Texts, Draw, str], Json]] = {
    "first_name": lambda t, d, _: t.person(d)[0],
    "last_name": lambda t, d, _: t.person(d)[1],
    "full_name": lambda t, d, _: " ".join(t.person(d)),
    "name": _name,
    "username": _username,
    "email": _email,
    "phone": lambda t, d, _: t.phone(d),
    "street": lambda t, d, _: d.random.choice(t.pool("street")),
    "line2": lambda _, d, __: f"{d.random.choice('ABCD')}{d.random.randrange(1, 60)}",
    "address": _address,
    "title": _title,
    "description": lambda t, d, _: t.text(d, d.random.randint(2, 3)),
    "comment": lambda t, d, _: t.text(d, 1),
    "url": _link,
    "image": _image,
    "slug": _slug,
    "code": _code,
    "ean": _ean,
    "card": lambda _, __, ___: "4111111111111111",
    "version": lambda _, d, __: f"{d.random.randrange(1, 5)}.{d.random.randrange(10)}.0",
    "token": lambda _, d, __: f"{d.random.getrandbits(128):032x}",
    "password": lambda _, __, ___: "a long passphrase",
    "file_name": lambda t, d, n: f"{_slug(t, d, n)}.pdf",
    "path": lambda t, d, n: f"/{_slug(t, d, n)}",
    "domain": lambda t, d, n: f"{_slug(t, d, n)}.example.com",
    "ip": lambda _, d, __: f"192.0.2.{d.random.randrange(1, 255)}",
    "mac": lambda _, d, __: "02:00:00:" + ":".join(f"{b:02x}" for b in d.random.randbytes(3)),
    "born": lambda _, d, __: _birth(d).date().isoformat(),
    **{kind: _instant(kind) for kind in _TIMES},
}
