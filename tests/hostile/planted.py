"""Tenants with a marker in every free text, and what may never be told across their borders."""

import re
from dataclasses import dataclass
from typing import Any

from tests.hostile.box import Box
from tests.hostile.document import Document

ID = re.compile(rb"\b[a-z]{3}_[A-Za-z0-9_-]{4,60}")
ADDRESS = re.compile(rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass
class Planted:
    """One tenant as an attacker of its neighbours sees it."""

    slug: str
    marker: str
    records: dict[str, list[dict[str, Any]]]  # by resource
    tenant: dict[str, Any]

    def ids(self) -> dict[str, list[str]]:
        found = {name: [r["id"] for r in held] for name, held in self.records.items()}
        return {**found, "Tenant": [self.tenant["id"]]}

    def names(self) -> set[bytes]:
        """Its ids and addresses."""
        told = {one.encode() for held in self.ids().values() for one in held}
        mails = {str(r["email"]).encode() for r in self.records.get("User", [])}
        return told | mails | {str(self.tenant["id"]).encode()}


def _marked(document: Document, schema: Any, value: Any, marker: str) -> Any:
    """A record with the marker in each text that no rule has a say in."""
    schema = document.resolve(schema)
    if isinstance(value, dict):
        fields = schema.get("properties", {}) if isinstance(schema, dict) else {}
        return {k: _marked(document, fields.get(k, {}), v, marker) for k, v in value.items()}
    if isinstance(value, list):
        items = schema.get("items", {}) if isinstance(schema, dict) else {}
        return [_marked(document, items, one, marker) for one in value]
    free = isinstance(value, str) and schema.get("pattern", "\\S") == "\\S"
    if not free or not schema.get("type") or schema.get("maxLength", 0) < 60:
        return value
    if {"enum", "const", "format", "x-references"} & set(schema):
        return value
    return f"{marker} {value}"[: schema["maxLength"]].rstrip()


def plant(box: Box, document: Document, slug: str) -> Planted:
    """Mark a tenant, by a snapshot of it that is changed and restored."""
    marker = f"MRK{slug.replace('-', '')}KRM"
    file = box.snapshot(slug, "plain")
    for name, held in file["collections"].items():
        if name in document.resources and name != "Event":
            schema = document.schemas[name]
            file["collections"][name] = [_marked(document, schema, r, marker) for r in held]
    file.pop("checksum", None)
    box.control("PUT", f"/tenants/{slug}/snapshots/marked/file", file)
    box.control("POST", f"/tenants/{slug}/snapshots/marked/restore")
    return look(box, document, slug, marker)


def look(box: Box, document: Document, slug: str, marker: str) -> Planted:
    file = box.snapshot(slug)
    records = {k: v for k, v in file["collections"].items() if k in document.resources and v}
    return Planted(slug, marker, records, file["tenant"])


def leaks(content: bytes, sent: bytes, foreign: Planted, own: set[bytes]) -> list[bytes]:
    """What an answer tells of another tenant that was not in the request."""
    found = [one for one in ID.findall(content) if one in foreign.names() and one not in own]
    found += [a for a in ADDRESS.findall(content) if a in foreign.names() and a not in own]
    if foreign.marker.encode() in content:
        found.append(foreign.marker.encode())
    return [one for one in found if one not in sent]
