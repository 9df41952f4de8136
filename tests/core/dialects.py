"""The toy contract in two dialects: with the conventions of our own contract, and with all others.

A test speaks the first one. The second says the same of the same records, with other names, ids,
paths, envelopes, pages, statuses, credentials and without tenants; `World` translates what a test
sends and reads. What differs in more than words stands in the dialect, for tests to ask.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote_plus, unquote_plus

Json = dict[str, Any]

_NAMES = {"id": "key", "createdAt": "date_created", "updatedAt": "last_modified"}
_NUMBERED = {"Shelf", "Box", "Lock", "Loan", "Ticket"}
"""Resources whose ids are integers; those of others have a pattern."""
_NOBODY = 987_654_321
"""What names no record where ids are integers."""
_RECORDS = re.compile(r"(?<!me)\.(\w+)\b(?!\()|\"(\w+)\":")


@dataclass
class Dialect:
    """How a document, and those who call it, say things. This one: as the toy contract does."""

    name: str = "ours"
    page_of: Callable[[Json], Any] = lambda seen: seen["data"]
    tenants: bool = True
    put_creates: bool = False
    deleted: int = 204
    """What a deletion is answered with; 200 with the record."""
    created: int = 201

    def document(self, document: Json) -> Json:
        """The toy contract in this dialect."""
        return document

    def name_of(self, name: str) -> str:
        """What a member is called."""
        return name

    def out(self, value: Any) -> Any:
        """What a test sends, or stores, as it is said."""
        return value

    def back(self, value: Any) -> Any:
        """What was said, as tests read it."""
        return value

    def answer(self, said: Any) -> Any:
        """An answer as tests read it: `data` beside `meta`."""
        return said

    def pointer(self, said: str) -> str:
        """A place in a body or query as tests read it."""
        return said

    def query(self, text: str) -> str:
        return text

    def path(self, name: str, value: str) -> tuple[str, str]:
        return name, value

    def id(self, resource: str, value: str) -> Any:
        """The id of a record as it is stored."""
        return value


@dataclass
class Theirs(Dialect):
    """Every convention is another one."""

    name: str = "theirs"
    tenants: bool = False
    put_creates: bool = True
    deleted: int = 200
    created: int = 200
    _numbers: set[str] = field(default_factory=set)
    """Members that hold integers: ids of records, as tests call them."""

    # --- the document

    def document(self, document: Json) -> Json:
        schemas = document["components"]["schemas"]
        for name in ("Meta", "PageMeta"):
            schemas.pop(name, None)
        self._numbers = {n for n, to in _references(document) if to in _NUMBERED}
        for name, schema in schemas.items():
            if "x-resource" in schema:
                self._resource(name, schema)
        for path, item in document["paths"].items():
            for method, operation in item.items():
                self._operation(path, method, operation, schemas)
        document["paths"] = {self._template(p): item for p, item in document["paths"].items()}
        key = {"type": "apiKey", "in": "query", "name": "api_key"}
        document["components"]["securitySchemes"] = {"key": key}
        document["servers"] = [{"url": "https://toys.example/"}]
        return self._renamed(document)

    def _resource(self, name: str, schema: Json) -> None:
        resource, members = schema["x-resource"], schema["properties"]
        resource |= {"idMember": "key", "scope": "platform"}
        for key in ("idPrefix", "idFormat"):
            resource.pop(key, None)
        members["id"] = {"type": "string", "pattern": f"^{name[0]}-[0-9]{{6}}$", "readOnly": True}
        if name in _NUMBERED:
            members["id"] = {"type": "integer", "format": "int64", "readOnly": True}
            resource["idFormat"] = "integer"
        resource["collection"] = self._template(resource["collection"])
        if "unique" in resource:
            resource["unique"] = [self.name_of(one) for one in resource["unique"]]
        if "parent" in resource:
            parent = resource["parent"]
            parent["field"] = self.name_of(parent["field"])
        for fields in resource.get("visibility", {}).values():
            for one in list(fields):
                fields[self.name_of(one)] = fields.pop(one)

    def _operation(self, path: str, method: str, operation: Json, schemas: Json) -> None:
        asked = operation.get("security", ())
        operation["security"] = [{"key": [role]} for one in asked for role in one["bearer"]]
        operation["parameters"] = [
            self._parameter(path, one) for one in operation["parameters"] if "x-tenant" not in one
        ]
        answer = next(iter(operation["responses"].values()))
        gone = method == "delete"
        if gone:
            read = schemas[_kind(operation["operationId"], schemas)]
            shown = {"$ref": f"#/components/schemas/{_kind(operation['operationId'], schemas)}"}
            assert "x-resource" in read
        else:
            shown = answer["content"]["application/json"]["schema"]["properties"]["data"]
        headers = {n: h for n, h in answer["headers"].items() if n != "Link"}
        if shown.get("type") == "array":
            shown = {
                "type": "object",
                "required": ["elements", "total_count", "skipped"],
                "properties": {
                    "elements": shown | {"x-fills": "payload"},
                    "total_count": {"type": "integer", "x-fills": "total"},
                    "skipped": {"type": "integer", "x-fills": "offset"},
                },
            }
        content = {"application/vnd.toys+json": {"schema": shown}}
        replies = {"200": {"description": "Done.", "headers": headers, "content": content}}
        operation["responses"] = replies
        if method == "put":
            kind = _kind(operation["operationId"], schemas)
            operation["x-action"] = {"does": "update", "resource": kind, "creates": True}

    def _parameter(self, path: str, parameter: Json) -> Json:
        name, schema = parameter["name"], parameter["schema"]
        if name == "page":
            schema = {"type": "integer", "minimum": 0, "default": 0}
            return parameter | {"name": "offset", "schema": schema}
        if name == "perPage":
            return parameter | {"name": "limit"}
        if name == "sort":
            items = {"enum": [self._sort(one) for one in schema["items"]["enum"]]}
            return parameter | {"name": "order_by", "schema": schema | {"items": items}}
        if parameter["in"] == "path":
            text = name == "id" and path.startswith(("/books", "/authors"))
            schema = {"type": "string"} if text else {"type": "integer"}
            return parameter | {"name": self.name_of(name), "schema": schema}
        if "x-filter" in parameter:
            filtered = dict(parameter["x-filter"])
            if "field" in filtered:
                filtered["field"] = self.name_of(filtered["field"])
            return parameter | {"x-filter": filtered}
        return parameter

    def _template(self, path: str) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: f"{{{self.name_of(found[1])}}}", path)

    def _renamed(self, node: Any) -> Any:
        """A document with other names of members in schemas, lifecycles and rules."""
        if isinstance(node, list):
            return [self._renamed(item) for item in node]
        if not isinstance(node, dict):
            return node
        found = {}
        for key, value in node.items():
            if key == "properties" and isinstance(value, dict):
                found[key] = {self.name_of(n): self._typed(n, v) for n, v in value.items()}
            elif key == "required" and isinstance(value, list):
                found[key] = [self.name_of(name) for name in value]
            elif key in ("field", "stamps", "at") and isinstance(value, str):
                found[key] = self.name_of(value)
            elif key == "x-principal":
                found[key] = self._principal(value)
            elif key == "sets":
                found[key] = {self.name_of(name): one for name, one in value.items()}
            elif key == "when":
                found[key] = _RECORDS.sub(self._in_rule, value)
            else:
                found[key] = self._renamed(value)
        return found

    def _principal(self, said: dict[str, Any]) -> dict[str, Any]:
        """Which members hold what of accounts; grants and operations keep their names."""
        one = ("login", "secret", "grants", "email", "phone", "stamps")
        found = {k: self.name_of(v) if k in one else v for k, v in said.items()}
        if "names" in said:
            found["names"] = [self.name_of(name) for name in said["names"]]
        if "active" in said:
            found["active"] = {self.name_of(n): v for n, v in said["active"].items()}
        return found

    def _typed(self, name: str, schema: Any) -> Any:
        """What a member says, with the type that the ids have that it holds."""
        if name in self._numbers:
            null = isinstance(schema["type"], list)
            return schema | {"type": ["integer", "null"] if null else "integer"}
        return self._renamed(schema)

    def _in_rule(self, found: re.Match[str]) -> str:
        member, name = found.groups()
        return f".{self.name_of(member)}" if member else f'"{self.name_of(name)}":'

    # --- what is sent and answered

    def name_of(self, name: str) -> str:
        snake = re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", name)
        return _NAMES.get(name, snake)

    def _own_name(self, name: str) -> str:
        known = {said: own for own, said in _NAMES.items()}
        camel = re.sub(r"_([a-z])", lambda found: found[1].upper(), name)
        return known.get(name, camel)

    def out(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.out(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {
            self.name_of(name): self._number(one) if name in self._numbers else self.out(one)
            for name, one in value.items()
        }

    def _number(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return int(value) if value.isdecimal() else _NOBODY

    def back(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.back(item) for item in value]
        if not isinstance(value, dict):
            return value
        found = {}
        for name, one in value.items():
            own = self._own_name(name)
            is_id = own in self._numbers | {"id"} and isinstance(one, int)
            found[own] = str(one) if is_id else self.back(one)
        return found

    def answer(self, said: Any) -> Any:
        if isinstance(said, dict) and "elements" in said:
            total = {"total": said["total_count"]}
            return {"data": self.back(said["elements"]), "meta": {"pagination": total}}
        return {"data": self.back(said)}

    def pointer(self, said: str) -> str:
        said = re.sub(r"\w+", lambda found: self._own_name(found[0]), said)
        told = {"query/offset": "query/page", "query/limit": "query/perPage"}
        return told.get(said, said.replace("query/orderBy", "query/sort"))

    def query(self, text: str) -> str:
        asked = dict(parse_qsl(text, keep_blank_values=True)) if text else {}
        size, page = asked.pop("perPage", None), asked.pop("page", None)
        told = {"sort": "order_by"}
        parts = [
            f"{told.get(name, name)}={quote_plus(self._asked(name, value), safe='-,:')}"
            for name, value in asked.items()
        ]
        parts += [f"limit={size}"] if size else []
        if page:
            number = int(page)
            parts.append(f"offset={(number - 1) * int(size or 20) if number else -1}")
        return "&".join(parts)

    def _asked(self, name: str, value: str) -> str:
        if name != "sort":
            return unquote_plus(value) if "%" in value else value
        return ",".join(self._sort(one) for one in value.split(","))

    def _sort(self, said: str) -> str:
        return said[: said.startswith("-")] + self.name_of(said.lstrip("-"))

    def path(self, name: str, value: str) -> tuple[str, str]:
        return self.name_of(name), value

    def id(self, resource: str, value: str) -> Any:
        return self._number(value) if resource in _NUMBERED else value


def _references(node: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every member of a document that names a record of a resource, and of which."""
    if isinstance(node, dict):
        if isinstance(node.get("x-references"), str):
            yield name, node["x-references"]
        if {"resource", "field"} == node.keys():
            yield node["field"], node["resource"]
        for key, value in node.items():
            yield from _references(value, key)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item, name)


def _kind(operation: str, schemas: Json) -> str:
    """The resource in the name of an operation."""
    return max((name for name in schemas if operation.endswith(name)), key=len)


DIALECTS = (Dialect, Theirs)
