"""Forms: bodies of `application/x-www-form-urlencoded`, and queries that are one.

The members of the schema are read as parameters of a query are, in the style that the encoding of
each states (OpenAPI 3.1, 4.8.15).
"""

from collections.abc import Mapping

from .collecting import EITHER, Collector
from .complete import completer
from .document import schema_at
from .media import FORM, essence, is_json
from .members import merged
from .model import Content, Encoding, Json, JsonObject, Parameter, Violation
from .parameters import MAX_DEPTH, decoding, from_content, pairs_of
from .scalars import form_of
from .schemas import SchemaSet
from .styles import Misstyled, from_path

_PLAIN = Encoding(explode=True)


def form_members(document: JsonObject, schema: Json, depth: int = 0) -> dict[str, Json]:
    """The members that a form may have by its schema, the branches of choices included."""
    declared = merged(document, schema)
    found: dict[str, Json] = {}
    branches = [b for key in ("oneOf", "anyOf") for b in declared.get(key, ())]
    for branch in branches if depth < _DEEPEST else ():
        found |= form_members(document, branch, depth + 1)
    found.update(declared.get("properties", {}))
    return found


_DEEPEST = 5


def form_parameters(
    document: JsonObject, schema: Json, encoding: Mapping[str, Encoding]
) -> list[Parameter]:
    """The members of a form as parameters of a query."""
    return [
        _parameter(document, name, member, encoding.get(name, _PLAIN))
        for name, member in form_members(document, schema).items()
    ]


def _parameter(document: JsonObject, name: str, schema: Json, encoding: Encoding) -> Parameter:
    media_type = encoding.media_type if is_json(encoding.media_type) else ""
    style, explode = encoding.style, encoding.explode
    if not style and not media_type:
        # JSON is the default of objects, but many write brackets.
        form = form_of(document, schema)
        style, explode = EITHER if form == "object" else "form", True
        items = schema_at(document, schema).get("items", {}) if form == "array" else {}
        style = EITHER if form_of(document, items) == "object" else style
    return Parameter(
        name,
        "query",
        required=False,
        schema=schema,
        style=style,
        explode=explode,
        media_type=media_type if not style else "",
    )


class FormReader:
    """Reads the fields of a form into the object that its schema means, not judged yet."""

    def __init__(
        self, content: Content, schemas: SchemaSet, document: JsonObject, *, max_depth: int
    ) -> None:
        self._collector = Collector(
            "",
            form_parameters(document, content.schema, content.encoding),
            schemas,
            document,
            decode=decoding(document),
            from_content=from_content(max_depth),
            others="kept",
            max_depth=max_depth,
        )

    def read(self, text: str, found: list[Violation]) -> JsonObject:
        """The members of a form."""
        values: JsonObject = {}
        self._collector.read(pairs_of(text, "", found), values, found)
        return values


class WholeQuery:
    """Reads a query that one parameter stands for as a whole (OpenAPI 3.2, `in: querystring`)."""

    def __init__(
        self,
        parameter: Parameter,
        schemas: SchemaSet,
        document: JsonObject,
        *,
        max_depth: int = MAX_DEPTH,
    ) -> None:
        self._parameter = parameter
        self._is_form = essence(parameter.media_type) == FORM
        self._from_content = from_content(max_depth)
        whole = form_parameters(document, parameter.schema, {})
        self._collector = Collector(
            f"query/{parameter.name}",
            whole,
            schemas,
            document,
            decode=decoding(document),
            from_content=self._from_content,
            others="kept",
            max_depth=max_depth,
        )
        self._check = schemas.check_for(parameter.schema)
        self._complete = completer(document, schemas, parameter.schema)

    def read(self, query: str, found: list[Violation]) -> JsonObject:
        """The value of the query under the name of its parameter."""
        place = f"query/{self._parameter.name}"
        if not query:
            found.extend([Violation(place, "is required")] if self._parameter.required else [])
            return {}
        told = len(found)
        value: Json = {}
        if self._is_form:
            self._collector.read(pairs_of(query, place, found), value, found)
        else:
            try:
                value = self._from_content(self._parameter.media_type, from_path(query))
            except Misstyled as error:
                found.append(Violation(place, str(error)))
            except UnicodeDecodeError:
                found.append(Violation(place, "is not UTF-8 after percent-decoding"))
        if len(found) == told:
            found.extend(Violation(place + v.pointer, v.detail) for v in self._check(value))
        if len(found) == told and self._complete:
            value = self._complete(value, place, found)
        return {self._parameter.name: value}
