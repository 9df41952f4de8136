"""Request bodies: by the documented media type that is most specific for what was sent.

JSON and texts, forms and parts become values that are judged by the schema; anything else is a
file, which is kept as a text (`files.py`). A document of others says what a server sets itself:
those members are left out of what was sent.
"""

from collections.abc import Callable

from ..bounds import Parted
from .complete import completer
from .files import File, kept
from .forms import FormReader
from .markup import Markup, is_described
from .media import (
    FORM,
    MULTIPART,
    best_match,
    essence,
    is_json,
    is_sequence,
    is_text,
    is_xml,
    parameter_of,
)
from .model import Body, Content, Json, JsonObject, Violation
from .multipart import MultipartReader, settle
from .parsing import parse
from .problems import Refusal
from .scalars import form_of, scalar_of
from .schema import SchemaView, steps_of, whole
from .schemas import SchemaSet
from .sequences import items_of

Read = Callable[[bytes, str, list[Violation]], Json]
"""Reads the body of a Content-Type: its value, whose violations are added to the list."""
_REMEMBERED, _SHORT = 64, 256


class BodyReader:
    """Reads the bodies of one operation."""

    def __init__(
        self,
        body: Body,
        schemas: SchemaSet,
        document: JsonObject,
        *,
        partial: bool,
        lenient: bool = False,
        max_body_bytes: int,
        max_depth: int,
        bounds: Parted,
    ) -> None:
        self._required, self._max_bytes = body.required, max_body_bytes
        contents = body.contents or (Content(body.media_type, body.pointer, body.schema),)
        self._contents = {
            content.media_type: _Content(
                content,
                schemas,
                document,
                partial=partial,
                lenient=lenient,
                max_depth=max_depth,
                bounds=bounds,
            )
            for content in contents
        }
        self._types = " or ".join(self._contents)
        self._json_alone = all(map(is_json, self._contents))
        self._known: dict[str, Read] = {}

    def read(
        self, body: bytes | None, content_type: str, found: list[Violation], unread: Refusal | None
    ) -> Json:
        """The value of a body. Raises Refusal for what cannot be read.

        `body` is None when it was longer than the limit, or when it could not be unpacked: then
        `unread` says why.
        """
        if unread is not None:
            raise unread
        if body is None:
            raise Refusal("BODY_TOO_LARGE", f"The body has more than {self._max_bytes} bytes.")
        if not body and not content_type:
            if self._required:
                json = "a JSON body is required"
                said = json if self._json_alone else f"a body is required; send {self._types}"
                found.append(Violation("", said))
            return None
        read = self._known.get(content_type) or self._reader(content_type)
        return read(body, content_type, found)

    def _reader(self, content_type: str) -> Read:
        """What reads the bodies of a Content-Type. Raises Refusal UNSUPPORTED_MEDIA_TYPE."""
        name = best_match(self._contents, content_type) if content_type else None
        if name is None:
            sent = essence(content_type) or "of no stated type"
            said = f"The body is {sent}; {self._types} is documented."
            raise Refusal("UNSUPPORTED_MEDIA_TYPE", said)
        read = self._contents[name].reader(essence(content_type))
        # Clients write the same few; what somebody makes up is not kept.
        if len(self._known) < _REMEMBERED and len(content_type) < _SHORT:
            self._known[content_type] = read
        return read


class _Content:
    """One documented media type, or range, of a body."""

    def __init__(
        self,
        content: Content,
        schemas: SchemaSet,
        document: JsonObject,
        *,
        partial: bool,
        lenient: bool,
        max_depth: int,
        bounds: Parted,
    ) -> None:
        self._content, self._schemas, self._document = content, schemas, document
        self._max_depth, self._bounds, self._lenient = max_depth, bounds, lenient
        self._check = schemas.request_check(content.pointer)
        self._complete = completer(
            document, schemas, content.schema, partial=partial, owned=lenient
        )
        self._readers: dict[str, Read] = {}

    def reader(self, media_type: str) -> Read:
        """What reads the bodies of a media type that this one stands for."""
        kinds: tuple[tuple[Callable[[str], bool], Callable[[], Read]], ...] = (
            (is_json, self._of_json),
            (FORM.__eq__, self._of_form),
            (MULTIPART.__eq__, self._of_parts),
            (self._is_markup, self._of_markup),
            (is_sequence, self._of_sequence),
            (is_text, self._of_text),
        )
        make = next((make for applies, make in kinds if applies(media_type)), self._of_file)
        # A range stands for many media types, of few kinds.
        if make.__name__ not in self._readers:
            self._readers[make.__name__] = make()
        return self._readers[make.__name__]

    def _judged(self, value: Json, found: list[Violation]) -> Json:
        violations = self._check(value)
        found.extend(violations)
        if violations or not self._complete:
            return value
        return self._complete(value, "", found)

    def _of_json(self) -> Read:
        max_depth, judged, lenient = self._max_depth, self._judged, self._lenient
        document, schema = self._document, self._content.schema

        def known(lost: Violation) -> bool:
            """Whether the document speaks of a number; of others nothing depends on all digits."""
            return not lost.pointer or bool(SchemaView(document, schema).at(steps_of(lost.pointer)))

        def read(body: bytes, _: str, found: list[Violation]) -> Json:
            value, lost = parse(body, max_depth)
            lost = [one for one in lost if known(one)] if lenient and lost else lost
            if not lost:
                return judged(value, found)
            places, others = {violation.pointer for violation in lost}, list[Violation]()
            value = judged(value, others)
            # Of a number that is lost nothing else can be said.
            found.extend([*lost, *(other for other in others if other.pointer not in places)])
            return value

        return read

    def _is_markup(self, media_type: str) -> bool:
        """Whether bodies are XML of which the schema says what stands in them."""
        return is_xml(media_type) and is_described(self._document, self._content.schema)

    def _of_markup(self) -> Read:
        markup = Markup(self._document, self._schemas, self._content.schema)

        def read(body: bytes, content_type: str, found: list[Violation]) -> Json:
            charset = parameter_of(content_type, "charset")
            return self._judged(markup.read(body, charset, self._max_depth), found)

        return read

    def _of_sequence(self) -> Read:
        def read(body: bytes, content_type: str, found: list[Violation]) -> Json:
            items, lost = items_of(body, content_type, self._max_depth)
            found.extend(lost)
            return items if lost else self._judged(items, found)

        return read

    def _of_form(self) -> Read:
        form = FormReader(self._content, self._schemas, self._document, max_depth=self._max_depth)
        most = self._bounds.max_parts

        def read(body: bytes, _: str, found: list[Violation]) -> Json:
            if body.count(b"&") >= most:
                said = f"The form has more than {most} fields (--max-parts)."
                raise Refusal("BODY_TOO_LARGE", said)
            # Characters that are not encoded, as they should be, are taken for UTF-8.
            text = _decoded(body, "utf-8")
            told = len(found)
            value = form.read(text, found)
            return value if len(found) > told else self._judged(value, found)

        return read

    def _of_parts(self) -> Read:
        parts = MultipartReader(
            self._content, self._schemas, self._document, self._bounds, max_depth=self._max_depth
        )

        def read(body: bytes, content_type: str, found: list[Violation]) -> Json:
            told = len(found)
            value, files = parts.read(body, content_type, found)
            if len(found) == told:
                value = self._judged(value, found)
            settle(files)
            return value

        return read

    def _of_text(self) -> Read:
        schema = self._content.schema
        # Nothing judges what XML says of which the schema knows nothing.
        plain = form_of(self._document, schema) == "scalar"
        convert = scalar_of(self._document, self._schemas, schema) if plain else None

        def read(body: bytes, content_type: str, found: list[Violation]) -> Json:
            text = _decoded(body, parameter_of(content_type, "charset") or "utf-8")
            if convert is None and is_xml(content_type):
                return text
            return self._judged(convert(text) if convert else self._meant(text), found)

        return read

    def _meant(self, text: str) -> Json:
        """What a text means that is to be a list or an object: JSON, where it is some."""
        try:
            return parse(text.encode(), self._max_depth)[0]
        except Refusal:
            return text

    def _of_file(self) -> Read:
        declared = whole(self._document, self._content.schema)
        bounded = not {"minLength", "maxLength"}.isdisjoint(declared.keywords)

        def read(body: bytes, content_type: str, found: list[Violation]) -> Json:
            if bounded:
                # A length is one of bytes.
                found.extend(self._check(body.decode("latin-1")))
            return kept(File(body, content_type))

        return read


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset)
    except LookupError as error:
        said = f"The body is in the charset {charset[:40]}, which is not known; send UTF-8."
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", said) from error
    except (UnicodeDecodeError, ValueError) as error:
        raise Refusal("MALFORMED_BODY", f"The body is not in {charset[:40]}.") from error
