"""What is answered that no verb makes: files that were sent before, examples, values made up.

A document may offer an answer in several media types; the Accept header chooses among them. JSON
of records is made elsewhere (`answers.py`): here is everything else, for documents of others.
"""

import csv
import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from ..contract import sequences
from ..contract.compiled import compiled
from ..contract.direction import hider
from ..contract.document import at_pointer, schema_at
from ..contract.files import BINARY, HIDDEN, answered_as, disposition, file_in
from ..contract.markup import Markup, is_described
from ..contract.media import (
    JSON,
    covers,
    essence,
    is_json,
    is_sequence,
    is_text,
    is_xml,
    may_be_json,
    quality,
)
from ..contract.model import Contract, Json, JsonObject, Operation, ResourceType
from ..contract.multipart import is_binary
from ..contract.names import plain
from ..contract.paths import is_variable
from ..contract.schema import SchemaView, schema_view, whole
from ..contract.values import NONE, example_of, made
from ..contract.wire import to_json
from .calls import Reply

EXAMPLE = {"X-Sandbox-Answer": "example"}
Write = Callable[[Json], bytes]
"""What writes a value in a media type."""
_MADE_FOR = {"*": JSON, "application": JSON, "text": "text/plain", "image": "image/png"}
"""The media type that is answered for a range where there is only an example."""


class Offers:
    """The answer of success of one operation, in each media type that it is documented in."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._contract, self._operation = contract, operation
        answer = operation.succeeds
        self._status, self._contents = answer.status, answer.contents
        self._first = answer.schema
        self._kept: dict[str, Reply | None] = {}
        self._writers: dict[str, Write | None] = {}
        self.is_plain = all(map(may_be_json, self._contents)) and len(self._contents) < 2
        """Whether there is nothing to choose."""

    def wanted(self, accept: str) -> list[str]:
        """The media types that a caller takes, those first that it wants most."""
        if not accept or len(self._contents) < 2:
            return list(self._contents)
        valued = {name: quality(accept, name) for name in self._contents}
        found = [name for name, value in valued.items() if value > 0]
        return sorted(found, key=lambda name: -valued[name])

    def writer(self, accept: str) -> tuple[str, Write] | None:
        """What writes the values of the answer, and in which media type, where not as JSON."""
        name = next(iter(self.wanted(accept)), JSON)
        write = None if may_be_json(name) else self._writer(name)
        return None if write is None or not self._fits(name) else (name, write)

    def _fits(self, name: str) -> bool:
        """Whether values of the answer are those that a media type has a schema for."""
        document = self._contract.document
        first = schema_view(document, self._first) if self._first else None
        other = at_pointer(document, "#" + self._contents[name])["schema"]
        return first is None or _outline(first) == _outline(SchemaView(document, other))

    def _writer(self, name: str) -> Write | None:
        """What writes values in a media type; None where its schema has none for it."""
        if name not in self._writers:
            self._writers[name] = self._made_writer(name)
        return self._writers[name]

    def _made_writer(self, name: str) -> Write | None:
        document, place = self._contract.document, self._contents[name]
        schema = at_pointer(document, "#" + place).get("schema")
        if schema is None or not is_described(document, schema):
            return None
        if is_xml(name):
            return Markup(document, compiled(self._contract).schemas, schema).written
        return partial(sequences.written, media_type=name) if is_sequence(name) else None

    def reply(self, accept: str, record: JsonObject | None = None) -> Reply:
        """The file that a record holds, or else an example; without content if there is none."""
        found = next(self._replies(self.wanted(accept), record, accept), None)
        return found or Reply(self._status, b"", dict(EXAMPLE))

    def instead(self, accept: str, record: JsonObject | None) -> Reply | None:
        """What is answered in place of a record in JSON, because that is not what is wanted."""
        wanted = self.wanted(accept)
        first = next((n for n, name in enumerate(wanted) if may_be_json(name)), len(wanted))
        return next(self._replies(wanted[:first], record, accept), None)

    def _replies(
        self, wanted: list[str], record: JsonObject | None, accept: str
    ) -> Iterator[Reply]:
        for name in wanted:
            file = self._file(name, record, accept) if record and not is_json(name) else None
            if file is not None:
                yield file
            if name not in self._kept:
                self._kept[name] = self._example(name)
            example = self._kept[name]
            if example is not None:
                headers = dict(example.headers)
                yield Reply(example.status, example.content, headers, media_type=example.media_type)

    def _file(self, documented: str, record: JsonObject, accept: str) -> Reply | None:
        """The file of a record in a media type, first of all the one that the path names."""
        named = plain(segment_of(self._operation.path))
        members = sorted(record, key=lambda name: plain(name.removeprefix(HIDDEN)) != named)
        values = (one for name in members for one in _each(record[name]))
        for file in filter(None, map(file_in, values)):
            fits = covers(documented, file.media_type) or essence(documented) == BINARY
            if fits and (not accept or quality(accept, answered_as(file, documented)) > 0):
                headers = {"Content-Disposition": disposition(file)}
                media_type = answered_as(file, documented)
                return Reply(self._status, file.content, headers, media_type=media_type)
        return None

    def _example(self, name: str) -> Reply | None:
        """The example in a media type, else a value that is made from its schema."""
        document, place = self._contract.document, self._contents[name]
        media = at_pointer(document, "#" + place)
        media_type, _, _rest = name.partition("/")
        shown_as = _MADE_FOR.get(media_type, BINARY) if name.endswith("/*") else name
        example, schema = example_of(document, media), media.get("schema")
        if example is NONE and schema is None:
            return None
        tried = [] if example is NONE else [example]
        if schema is not None and not (is_xml(shown_as) and isinstance(example, str)):
            # Examples within the schema may be what does not fit.
            tried += [made(document, schema, answer=True, bare=bare) for bare in (False, True)]
            # The shortest may be of several branches, of which it has to be of one.
            branches = schema_at(document, schema).get("oneOf", ())
            tried += [made(document, branch, answer=True) for branch in branches]
            fits = compiled(self._contract).answer_check(place + "/schema")
            tried = [next((one for one in tried if not fits(one)), tried[0])]
            hide = hider(document, schema)
            tried = [hide(one) for one in tried] if hide else tried
        write = None if isinstance(tried[0], str) else self._writer(name)
        content = write(tried[0]) if write else _written(tried[0], shown_as)
        if content is None:
            return None
        return Reply(self._status, content, EXAMPLE, media_type=shown_as)


def segment_of(path: str) -> str:
    """The last word of a path; empty where it ends with a parameter."""
    last = path.rstrip("/").rpartition("/")[2]
    return "" if is_variable(last) else last


def file_member(contract: Contract, operation: Operation, kind: ResourceType | None) -> str:
    """The member of a record that keeps the file which a body is, or has in it.

    It is the one that the path names, or the first that holds bytes; a record that has neither
    keeps it where nobody sees it.
    """
    if kind is None:
        return ""
    named = segment_of(operation.path) if operation.action.item_param else ""
    schemas = {n: whole(contract.document, s) for n, s in kind.properties.items()}
    texts = [n for n, schema in schemas.items() if "string" in (schema.kinds or ["string"])]
    own = next((n for n in texts if named and plain(n) == plain(named)), "")
    other = next((n for n in texts if is_binary(schemas[n])), "") if not named else ""
    return own or other or HIDDEN + (named or "content")


def _each(value: Json) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _written(value: Json, media_type: str) -> bytes | None:
    """A value in a media type; None where it cannot be written so."""
    if is_json(media_type):
        return to_json(value)
    if isinstance(value, str):
        return value.encode()
    if essence(media_type) == "text/csv":
        return _table(value) if isinstance(value, list) else None
    return to_json(value) if is_text(media_type) and not is_xml(media_type) else None


def _table(rows: list[Json]) -> bytes:
    """Rows as comma-separated values (RFC 4180), their members named in the first line."""
    objects = [row for row in rows if isinstance(row, dict)]
    names = list(dict.fromkeys(name for row in objects for name in row))
    told = io.StringIO()
    writer = csv.writer(told)
    if names:
        writer.writerow(names)
    for row in rows:
        cells = [row.get(n, "") for n in names] if isinstance(row, dict) else _each(row)
        writer.writerow([c if isinstance(c, str) else to_json(c).decode() for c in cells])
    return told.getvalue().encode()


def _outline(schema: SchemaView) -> tuple[list[str], list[str], list[str]]:
    """What tells values of schemas apart: their types, and the members of them and their items."""
    one = schema.whole
    return sorted(one.kinds), sorted(one.members), sorted(one.items.whole.members)
