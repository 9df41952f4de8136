"""Fictional identities: made here, and recognised here. Nothing seeded may belong to anybody.

Ranges: e-mail and hosts of RFC 2606 and 6761; SIREN below 000010000, which is not allotted; phones
of the ranges that ARCEP (decision 2018-0881) keeps for fiction; IBAN of the bank code 99999.
"""

import random
import re
import zlib
from collections.abc import Iterator
from typing import Any

from ...core.query import fold

RESERVED_HOST = re.compile(r"(^|\.)(example|test|invalid|localhost)$|(^|\.)example\.(com|net|org)$")
FICTION_PHONES = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")
BINDING_SAMPLES = frozenset({"admin@qualiforma.fr"})
"""Values of the platform's public samples, which programs written against them expect."""

_SUSPECT = re.compile(r"@|://|\d{9}|\+\d|\b0\d[ .]?\d\d|[A-Z]{2}\d{2} ?\d")
_EMAIL = re.compile(r"[\w.+-]+@([\w.-]+)")
_URL = re.compile(r"https?://([^/:\s]+)")
_PHONE = re.compile(r"\+33\d{9}|\b0[1-9](?:[ .]?\d\d){4}\b")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_SIRET = re.compile(r"\b\d{14}\b|\b\d{9}\b")
_VAT = re.compile(r"\bFR[0-9A-Z]{2}(\d{9})\b")


class NotFictional(ValueError):
    """A seeded value could belong to somebody. Says which value and what to use instead."""


def assert_fictional(value: Any) -> None:
    """Raise NotFictional for any text inside a JSON value that could identify somebody real."""
    for text in _texts(value):
        if not _SUSPECT.search(text) or text in BINDING_SAMPLES:
            continue
        for reason in _reasons(text):
            raise NotFictional(f"'{text}' could belong to somebody: {reason}")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _reasons(text: str) -> Iterator[str]:
    if not all(RESERVED_HOST.search(host) for host in (*_EMAIL.findall(text), *_URL.findall(text))):
        yield "hosts end in .example, .test or .invalid"
    if not all(number.startswith("00000") for number in _VAT.findall(text) + _SIRET.findall(text)):
        yield "SIREN, SIRET and VAT numbers are built on a SIREN below 000010000"
    if not all(_international(p).startswith(FICTION_PHONES) for p in _PHONE.findall(text)):
        yield "phones are of ARCEP's ranges for fiction, +33639980000 for example"
    if not all(_fictional_iban(iban) for iban in _IBAN.findall(text)):
        yield "IBANs have the bank code 99999"


def _fictional_iban(text: str) -> bool:
    # A VAT number looks like a short IBAN.
    return bool(_VAT.fullmatch(text)) or text.replace(" ", "")[4:9] == "99999"


def _international(phone: str) -> str:
    digits = re.sub(r"[ .]", "", phone)
    return "+33" + digits[1:] if digits.startswith("0") else digits


def siret(number: int) -> str:
    """The SIRET of head office of the n-th fictional company (1 to 999): Luhn-valid twice."""
    siren = _with_luhn(f"{number:08d}")
    return _with_luhn(f"{siren}0001")


def vat_number(siret_number: str) -> str:
    """The French VAT number of a SIRET's company."""
    siren = siret_number[:9]
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


def _with_luhn(digits: str) -> str:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return digits + str(-total % 10)


class People:
    """French names from Faker, e-mail and phone from the reserved ranges; one seed, one cast."""

    def __init__(self, seed: int, domain: str) -> None:
        # The person provider alone: importing all of Faker takes a third of the start-up.
        from faker.generator import Generator  # noqa: PLC0415 - only rich tenants need it
        from faker.providers.person.fr_FR import Provider  # noqa: PLC0415

        generator = Generator()
        generator.add_provider(Provider(generator))
        generator.seed_instance(f"{seed}/{domain}")
        self._names: Any = generator
        self._domain = domain
        self.random = random.Random(f"{seed}/{domain}")  # noqa: S311 - reproducible fiction, not a secret
        self._count = 0
        # Each cast has a thousand numbers of its own, as far as sixty blocks go round.
        block = zlib.crc32(domain.encode()) % (10 * len(FICTION_PHONES))
        self._phones = f"{FICTION_PHONES[block // 10]}{block % 10}"

    def person(self) -> dict[str, str]:
        """First and last name, e-mail and phone of the next person; nobody comes twice."""
        self._count += 1
        first, last = self._names.first_name(), self._names.last_name()
        return {
            "firstName": first,
            "lastName": last,
            "email": f"{_ascii(first)}.{_ascii(last)}.{self._count}@{self._domain}",
            "phone": f"{self._phones}{self._count % 1000:03d}",
        }

    def company(self) -> dict[str, str]:
        """Name, SIRET and VAT number of the next company."""
        self._count += 1
        number = siret(100 + self._count % 800)
        name = (
            f"{self._names.last_name()} {self.random.choice(('Conseil', 'Industrie', 'Services'))}"
        )
        return {"name": name, "siret": number, "vatNumber": vat_number(number)}


def _ascii(name: str) -> str:
    return re.sub(r"[^a-z]+", "-", fold(name)).strip("-")
