"""Values that are made of schemas: they fit, and read as their members are called."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.contract.schemas import SchemaSet
from bacasable.sandbox.first_records.texts import (
    Draw,
    Texts,
    UnknownLocale,
    is_called,
    kind_of,
    known_locale,
    wording,
)
from bacasable.sandbox.first_records.writer import Writer

NOW = datetime(2026, 9, 1, tzinfo=UTC)
ENGLISH, FRENCH = Texts("en_US", 1), Texts("fr_FR", 1)
KNOWN = sorted(name for names in wording()["members"].values() for name in names.split())
PATTERNS = [
    r"^[A-Z]{3}-\d{4}$",
    r"^(cat|dog)s?$",
    r"^\d{2}(:\d{2}){1,2}$",
    r"^[^\s@]+@[^\s@]+$",
    r"^(?!0)\d{6}$",
    r"[a-f0-9]{8}",
    r"^\w+\.(?i)(pdf|png)$",
    r"^\+?[1-9]\d{1,14}$",
    r"^(?<year>20\d\d)-W[0-5]\d$",
    r"^([a-c])x\1$",
    r"^\S{2,}?_.\W$",
]
FORMATS = ["date", "date-time", "time", "duration", "email", "uri", "uuid", "ipv4"]
FORMATS += ["ipv6", "hostname", "byte", "password"]
NODE = {
    "Node": {
        "type": "object",
        "required": ["title"],
        "properties": {
            "title": {"type": "string"},
            "next": {"$ref": "#/components/schemas/Node"},
            "nodes": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
}


def drawn(number: int = 0, seed: object = 0) -> Draw:
    return Draw(Random(f"{seed}/{number}"), number, NOW)


@st.composite
def numbers(draw: Any, kind: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": kind}
    low = draw(st.integers(-1000, 1000))
    step = draw(st.sampled_from([None, 1, 2, 5, 0.5, 0.25, 0.01]))
    if step is not None:
        schema["multipleOf"] = step
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = low
    if draw(st.booleans()):
        schema[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = low + 20
    return schema


@st.composite
def lengths(draw: Any) -> dict[str, Any]:
    least = draw(st.integers(0, 60))
    bounds = {"minLength": least, "maxLength": least + draw(st.integers(0, 40))}
    return {"type": "string"} | {k: v for k, v in bounds.items() if draw(st.booleans())}


SCALARS = st.one_of(
    numbers("integer"),
    numbers("number"),
    lengths(),
    st.sampled_from(FORMATS).map(lambda f: {"type": "string", "format": f}),
    st.sampled_from(PATTERNS).map(lambda p: {"type": "string", "pattern": p}),
    st.lists(st.sampled_from(["a", 1, None, True, 2.5]), min_size=1).map(lambda v: {"enum": v}),
    st.sampled_from(["x", 3, None, {"a": []}]).map(lambda v: {"const": v}),
    st.sampled_from(["boolean", "null", ["string", "null"], ["null", "integer"]]).map(
        lambda t: {"type": t}
    ),
    st.just({"$ref": "#/components/schemas/Node"}),
    st.just({}),
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    members = st.dictionaries(st.sampled_from(KNOWN) | st.text("abcXYZ_é", min_size=1), inner)
    return st.builds(
        lambda found, needed, closed: {
            "type": "object",
            "properties": {
                name: {**schema, "readOnly": True} if "$ref" not in schema else schema
                for name, schema in found.items()
            },
            "required": [name for name in found if len(name) % 2 == needed],
            **({"additionalProperties": False} if closed else {"minProperties": len(found)}),
        },
        members,
        st.integers(0, 1),
        st.booleans(),
    )


def choices(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    def both(schemas: list[Any]) -> dict[str, Any]:
        branches = [
            {
                "type": "object",
                "required": ["sort", "value"],
                "properties": {"sort": {"const": f"s{n}"}, "value": schema},
            }
            for n, schema in enumerate(schemas)
        ]
        return {"oneOf": branches, "discriminator": {"propertyName": "sort"}}

    return st.lists(inner, min_size=1, max_size=3).map(both)


SCHEMAS = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        objects(inner),
        choices(inner),
        inner.map(lambda one: {"allOf": [one]}),
        inner.map(lambda one: {"anyOf": [one, {"type": "null"}]}),
        st.builds(
            lambda least, more: {
                "type": "array",
                "items": {"type": "string"},
                "uniqueItems": True,
                "minItems": least,
                "maxItems": least + more,
            },
            st.integers(0, 30),
            st.integers(0, 3),
        ),
        inner.map(lambda one: {"type": "array", "items": one, "minItems": 1}),
        inner.map(lambda one: {"type": "object", "additionalProperties": one}),
        inner.map(
            lambda one: {
                "type": "array",
                "prefixItems": [one],
                "items": False,
                "maxItems": 1,
                "minItems": 1,
            }
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(SCHEMAS, st.sampled_from(KNOWN) | st.text(max_size=8), st.integers(0, 1000))
def test_every_value_fits_its_schema(schema: Any, name: str, number: int) -> None:
    document = {"components": {"schemas": NODE}}
    check = SchemaSet(document, closing=False).check_for(schema)
    for texts in (ENGLISH, FRENCH):
        make = Writer(document, texts).maker(schema, name, "thing")
        for turn in range(3):
            value = make(drawn(number, turn))
            assert check(value) == [], (value, schema)
            assert make(drawn(number, turn)) == value


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("email", r"[a-z-]+\.[a-z-]+8@example\.com"),
        ("adresseCourriel", r"\S+@example\.com"),
        ("firstName", r"[A-ZÉ]\w+.*"),
        ("billing_city", r"[A-Z].+"),
        ("codePostal", r"\d{5}"),
        ("téléphone", r"\+33 6 39 98 \d\d \d\d"),
        ("photoUrl", r"https://www\.example\.com/images/[a-z0-9-]+-8\.png"),
        ("homepage", r"https://www\.example\.com/[a-z0-9-]+-8"),
        ("sku", r"BOO-00008"),
        ("slug", r"[a-z-]+-8"),
        ("couleur", r"#[0-9a-f]{6}"),
        ("devise", r"[A-Z]{3}"),
        ("countryCode", r"[A-Z]{2}"),
        ("iban", r"FR\d{2}\w+"),
        ("prixTTC", r"\d+\.\d\d"),
        ("createdAt", r"202[456]-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z"),
        ("description", r"([^.]+\.)+"),
        ("title", r"[^.]+"),
        ("version", r"\d\.\d\.0"),
        ("statut", r"actif|en attente|clos"),
        ("ean13", r"\d{13}"),
        ("ipAddress", r"192\.0\.2\.\d+"),
        ("macAddress", r"02(:[0-9a-f]{2}){5}"),
    ],
)
def test_a_text_reads_as_its_member_is_called(name: str, pattern: str) -> None:
    make = Writer({}, FRENCH).maker({"type": "string"}, name, "Book")
    for seed in range(20):
        assert re.fullmatch(pattern, make(drawn(7, seed)))


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [("latitude", -90, 90), ("age", 18, 80), ("etoiles", 1, 5), ("quantité", 1, 50)],
)
def test_a_number_is_as_large_as_its_name_says(name: str, low: int, high: int) -> None:
    make = Writer({}, ENGLISH).maker({"type": "number"}, name)
    values = [make(drawn(seed, seed)) for seed in range(100)]
    assert low <= min(values) < max(values) <= high


def test_a_number_without_a_name_is_about_as_large_as_its_example() -> None:
    make = Writer({}, ENGLISH).maker({"type": "integer", "example": 4000}, "magic")
    assert {2000 <= make(drawn(seed)) <= 8000 for seed in range(50)} == {True}


def test_instants_of_a_record_come_one_after_the_other() -> None:
    names = ("createdAt", "updatedAt", "startDate", "endDate")
    instant = {"type": "string", "format": "date-time"}
    schema = {"type": "object", "properties": dict.fromkeys(names, instant)}
    seconds = {"type": "integer"}
    schema["properties"] |= {"created": seconds, "modified": {"type": "integer", "format": "int64"}}
    for seed in range(100):
        value = Writer({}, ENGLISH).maker(schema)(drawn(seed, seed))
        assert value["createdAt"] <= value["updatedAt"] <= "2026-09-01T00:00:00.000Z"
        assert value["startDate"] < value["endDate"]
        assert value["created"] <= value["modified"] / 1000 <= NOW.timestamp()


def test_names_of_one_person_belong_together() -> None:
    names = ("firstName", "lastName", "email", "username", "name")
    schema = {"type": "object", "properties": {name: {"type": "string"} for name in names}}
    value = Writer({}, Texts("de_DE", 3)).maker(schema, "", "Kunde")(drawn(4))
    assert value["name"] == f"{value['firstName']} {value['lastName']}"
    assert value["username"].endswith("5")
    french = {"type": "object", "properties": {n: {"type": "string"} for n in ("prenom", "nom")}}
    person = Writer({}, FRENCH).maker(french, "", "Client")(drawn(4))
    assert person["nom"] in FRENCH.pool("last")
    assert person["prenom"] in FRENCH.pool("first")


def test_what_the_schema_forbids_is_not_written() -> None:
    def texts(schema: dict[str, Any], name: str) -> Iterable[str]:
        make = Writer({}, ENGLISH).maker({"type": "string", **schema}, name)
        return [make(drawn(seed, seed)) for seed in range(50)]

    assert all(len(text) <= 5 for text in texts({"maxLength": 5}, "description"))
    assert all(len(text) == 300 for text in texts({"minLength": 300, "maxLength": 300}, "title"))
    assert set(texts({"enum": ["x"]}, "email")) == {"x"}
    assert all(re.fullmatch("[0-9]{4}", text) for text in texts({"pattern": "^[0-9]{4}$"}, "zip"))
    assert all(re.fullmatch("[A-Z]{2}", text) for text in texts({"maxLength": 2}, "country"))
    assert all(len(text) == 3 for text in texts({"maxLength": 3, "minLength": 3}, "countryCode"))


def test_a_locale_is_found_by_its_language() -> None:
    assert [known_locale(one) for one in ("fr", "fr-fr", "pt_br", "en_US", "sv")] == [
        "fr_FR",
        "fr_FR",
        "pt_BR",
        "en_US",
        "sv_SE",
    ]
    for wrong in ("", "xx", "klingon"):
        with pytest.raises(UnknownLocale, match=r"is no language of Faker's; .*_"):
            known_locale(wrong)


def test_every_word_of_the_table_is_used() -> None:
    """A kind that nothing makes would be a typing error in the table."""
    assert all(re.fullmatch("[a-z0-9]+", name) for name in KNOWN)
    assert len(set(KNOWN)) == len(KNOWN)
    for kind in wording()["members"]:
        is_number = kind in wording()["numbers"]
        assert is_number or ENGLISH.of(kind, drawn(), "thing") is not None, kind
    assert kind_of("shippingAddress") == "address"
    assert kind_of("xyz") == ""
    assert is_called("BlogAuthors", "people")
