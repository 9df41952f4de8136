"""Fictional identities: what could belong to somebody is refused, what cannot is taken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.platforms.qualiforma.identity import (
    NotFictional,
    People,
    assert_fictional,
    siret,
    vat_number,
)
from tests.tables import each

REPEATABLE = settings(derandomize=True, deadline=None)

REAL = [
    "jeanne.martin@gmail.com",
    "contact@weber.fr",
    "Écrire à accueil@organisme.com avant midi",
    "x@example.com.attacker.fr",
    "x@notexample.com",
    "https://www.organisme.fr/logo.png",
    "http://example.fr",
    "0612345678",
    "01 42 68 53 00",
    "06.12.34.56.78",
    "+33612345678",
    "73282932000074",
    "SIREN 732829320",
    "00019996800010",
    "FR83404833048",
    "FR14 2004 1010 0505 0001 3M02 606",
    "FR7630006000011234567890189",
]
FICTIONAL = [
    "admin@example.com",
    "x@sub.example.org",
    "x@atelier.example",
    "x@domaine.test",
    "x@nulle-part.invalid",
    "https://atelier.example/logo.png",
    "http://localhost:4010/api",
    "0199000001",
    "01 99 00 00 01",
    "+33261910000",
    "+33353010000",
    "+33465710000",
    "+33536490000",
    "+33639980000",
    "06 39 98 12 34",
    "000000018",
    "00000001800010",
    "FR66000000018",
    "FR76 9999 9999 9900 0000 0000 153",
    "12 rue de l'Exemple, 75001 Paris",
    "Réunion du 12/03/2026 à 14 h 30",
    "crs_2345672345672345672a",
    "2026-04-01T10:00:00Z",
    "",
]


@each("text", REAL)
def test_what_could_belong_to_somebody_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(NotFictional, match="could belong to somebody: ") as refused:
        assert_fictional(text)
    assert text in str(refused.value)


@each("text", FICTIONAL)
def test_what_belongs_to_nobody_is_taken(text: str) -> None:
    assert_fictional(text)


def test_values_are_searched_at_every_depth() -> None:
    assert_fictional({"a": [{"b": ["x@y.example", 5, None, True]}]})
    with pytest.raises(NotFictional):
        assert_fictional({"a": [{"b": ["x@y.example", "x@gmail.com"]}]})


def test_the_address_of_the_public_sample_is_the_one_exception() -> None:
    assert_fictional({"email": "admin@qualiforma.fr"})
    with pytest.raises(NotFictional):
        assert_fictional({"email": "autre@qualiforma.fr"})


def luhn(digits: str) -> int:
    pairs = [int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits))]
    return sum(n - 9 if n > 9 else n for n in pairs) % 10


@REPEATABLE
@given(st.integers(1, 999))
def test_every_number_made_is_valid_and_belongs_to_nobody(number: int) -> None:
    made = siret(number)
    assert len(made) == 14
    assert luhn(made) == luhn(made[:9]) == 0
    vat = vat_number(made)
    assert int(vat[2:4]) == (12 + 3 * (int(made[:9]) % 97)) % 97
    assert_fictional([made, made[:9], vat])


def test_the_numbers_of_the_examples_are_made() -> None:
    assert siret(1) == "00000001800010"
    assert vat_number("00000001800010") == "FR66000000018"


def test_people_are_fictional_and_nobody_comes_twice() -> None:
    people = People(7, "atelier.example")
    cast = [people.person() for _ in range(300)]
    assert_fictional(cast)
    for member in ("email", "phone"):
        assert len({person[member] for person in cast}) == len(cast)
    assert cast == [p for again in [People(7, "atelier.example")] for p in _people(again)]
    assert cast[:5] != _people(People(8, "atelier.example"))[:5]


def _people(people: People) -> list[dict[str, str]]:
    return [people.person() for _ in range(300)]


def test_companies_are_fictional_and_nobody_comes_twice() -> None:
    people = People(7, "atelier.example")
    companies = [people.company() for _ in range(200)]
    assert_fictional(companies)
    assert len({c["siret"] for c in companies}) == len(companies)
