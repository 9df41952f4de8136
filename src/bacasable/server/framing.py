"""Where a request begins and ends on a connection: its head within bounds, the length of its body.

A parser reads the requests. This cuts them apart, so that the parser is given one at a time, and
refuses what RFC 9112 says to refuse, whichever parser it is. Where the two do not agree, the
request is refused. Nothing here depends on how the bytes were cut into packets.
"""

import re
from typing import NoReturn

from ..bounds import Bounds
from ..contract import Refusal, Violation

Fields = list[tuple[bytes, bytes]]

CHUNKED = -1
"""The length of a body that tells its end itself (RFC 9112, 7.1)."""
_LONGEST_METHOD = 32
_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]"
_METHOD = re.compile(rb"%s{1,%d}(?= |\Z)" % (_TOKEN, _LONGEST_METHOD))
_NAME = re.compile(rb"%s+" % _TOKEN)
_VISIBLE = re.compile(rb"[\x21-\x7e]+")
_NO_TEXT = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_HOST = re.compile(
    rb"(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*(?::[0-9]{0,5})?"
    rb"|\[[0-9A-Za-z:.%~_-]{2,}\](?::[0-9]{0,5})?"
)
_ADDRESS = re.compile(rb"(?i:https?)://([^/?#@]+)([^#]*)")
_QUOTED = rb'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\[^\x00-\x08\x0a-\x1f\x7f])*"'
_EXTENSION = rb"[ \t]*;[ \t]*%s+(?:[ \t]*=[ \t]*(?:%s+|%s))?" % (_TOKEN, _TOKEN, _QUOTED)
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})(?:%s)*\r\n" % _EXTENSION)
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,16}(?=[ \t;\r]|\Z)")
_SIZE_LINE = 18
_NO_TRAILERS = (b"content-length", b"host", b"transfer-encoding")
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0")
_START = "The request line is not METHOD TARGET HTTP/1.1, with one space between."
_BARE = "A line does not end with CR LF (RFC 9112, 2.2)."
METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


def malformed(said: str) -> NoReturn:
    """Raise Refusal MALFORMED_REQUEST."""
    raise Refusal("MALFORMED_REQUEST", said)


class HeadReader:
    """Takes the bytes of a connection until the head of a request is whole.

    `method`, `target`, `version` and `fields` are what is known of it so far.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._buffer = bytearray()
        self._line = self._searched = self._spent = 0
        self.method = self.target = self.version = b""
        self.fields: Fields = []

    def feed(self, data: bytes) -> bytes | None:
        """What follows the head, or None while it is not whole.

        Raises Refusal MALFORMED_REQUEST, METHOD_NOT_ALLOWED, TARGET_TOO_LONG, HEADERS_TOO_LARGE.
        """
        buffer = self._buffer
        buffer += data
        while True:
            end = buffer.find(b"\n", self._searched)
            if end < 0:
                self._searched = len(buffer)
                tail = bytes(buffer[self._line :])
                if tail not in (b"", b"\r"):
                    self._judge(tail.removesuffix(b"\r"), whole=False)
                return None
            line = bytes(buffer[self._line : end])
            self._line = self._searched = end + 1
            if line != b"\r" or not self.version:
                self._judge(line.removesuffix(b"\r"), whole=True, bare=line[-1:] != b"\r")
            else:
                rest = bytes(buffer[self._line :])
                del buffer[self._line :]
                return rest

    def head(self) -> bytes:
        """The head, whole, in the form in which a parser is to read it.

        What asks for another protocol is left out: none is offered (RFC 9110, 7.8). The address of
        a target in absolute form is the host, whatever Host says (RFC 9112, 3.2.2).
        """
        found = _ADDRESS.fullmatch(self.target)
        other = found or any(name.lower() == b"upgrade" for name, _ in self.fields)
        if not other:
            return bytes(self._buffer)
        self.fields = [(n, v) for n, v in self.fields if n.lower() != b"upgrade"]
        if found:
            self.target = self._origin(found[1], found[2])
        lines = [b"%s %s %s" % (self.method, self.target, self.version)]
        lines += [b"%s: %s" % field for field in self.fields]
        return b"\r\n".join([*lines, b"", b""])

    def lower(self) -> Fields:
        """Its fields with names in lower case."""
        return [(name.lower(), value) for name, value in self.fields]

    @property
    def number(self) -> str:
        """The version without HTTP/."""
        return self.version[5:].decode()

    def _origin(self, host: bytes, target: bytes) -> bytes:
        self.fields = [(n, host if n.lower() == b"host" else v) for n, v in self.fields]
        if not target and self.method == b"OPTIONS":
            return b"*"
        return target if target.startswith(b"/") else b"/" + target

    def _judge(self, line: bytes, *, whole: bool, bare: bool = False) -> None:
        """Judge a line, or what is there of it: the same whether it came at once or in pieces."""
        if self.version:
            self._field(line, whole=whole, bare=bare)
        else:
            self._start(line, whole=whole, bare=bare)

    def _start(self, line: bytes, *, whole: bool, bare: bool) -> None:
        if not _METHOD.match(line):
            malformed(_START)
        self.method, _, rest = line.partition(b" ")
        target, _, version = rest.partition(b" ")
        most = self._bounds.max_target_bytes
        if b"\r" in target[:most]:
            malformed(_BARE)
        if len(target) > most:
            said = f"The target has more than {most} bytes (--max-target-bytes)."
            raise Refusal("TARGET_TOO_LONG", said)
        if version and not any(known.startswith(version) for known in _VERSIONS):
            malformed(_BARE if b"\r" in version else _START)
        if not whole:
            return
        if bare:
            malformed(_BARE)
        if version not in _VERSIONS or not target:
            malformed(_START)
        self.target, self.version = target, version
        self._judge_target()

    def _judge_target(self) -> None:
        """Raise Refusal for what is asked of a proxy, and for what is no target (RFC 9112, 3.2)."""
        method, target = self.method, self.target
        if method == b"CONNECT":
            said = "CONNECT asks a proxy for a tunnel, and this is none."
            raise Refusal("METHOD_NOT_ALLOWED", said, headers={"Allow": METHODS})
        if target == b"*" and method == b"OPTIONS":
            return
        if not _VISIBLE.fullmatch(target):
            malformed("The target holds what must be percent-encoded (RFC 3986, 2.1).")
        if b"#" in target or not (target.startswith(b"/") or _ADDRESS.fullmatch(target)):
            malformed("The target is neither a path nor an address (RFC 9112, 3.2).")
        query = target.partition(b"?")[2]
        refuse_many_parameters(query, self._bounds)

    def _field(self, line: bytes, *, whole: bool, bare: bool) -> None:
        most = self._bounds.max_headers
        if len(self.fields) >= most:
            said = f"There are more than {most} header lines (--max-headers)."
            raise Refusal("HEADERS_TOO_LARGE", said)
        left = self._bounds.max_header_bytes - self._spent
        if b"\r" in line[:left]:
            malformed(_BARE)
        if len(line) + 2 > left:
            raise _too_many_bytes(self._bounds)
        if not whole:
            return
        if bare:
            malformed(_BARE)
        self._spent += len(line) + 2
        self.fields.append(field_of(line))


def field_of(line: bytes) -> tuple[bytes, bytes]:
    """Name and value of a header line, as they were spelt. Raises Refusal MALFORMED_REQUEST."""
    name, colon, value = line.partition(b":")
    if line[:1] in (b" ", b"\t"):
        malformed("A header is folded, which is obsolete (RFC 9112, 5.2).")
    if name.endswith((b" ", b"\t")):
        malformed("Space stands before the colon of a header (RFC 9112, 5.1).")
    if not colon or not _NAME.fullmatch(name) or _NO_TEXT.search(value):
        malformed("A header line is not NAME: VALUE (RFC 9112, 5).")
    return name, value.strip(b" \t")


def refuse_many_parameters(query: bytes, bounds: Bounds) -> None:
    """Raise Refusal INVALID_REQUEST for a query with more parameters than the bound."""
    most = bounds.max_query_parameters
    if query.count(b"&") >= most:
        said = f"has more than {most} parameters (--max-query-parameters)"
        found = [Violation("query", said)]
        raise Refusal("INVALID_REQUEST", "1 violation: see errors.", violations=found)


def body_length(fields: Fields, version: str) -> int:
    """The length of the body that a head announces, or CHUNKED. Names are lower case.

    Raises Refusal MALFORMED_REQUEST for a head that does not say it, or says it twice (RFC 9112,
    6.3), and for one without just one Host (3.2).
    """
    _judge_host(_values(fields, b"host"), version)
    lengths = _values(fields, b"content-length")
    codings = _values(fields, b"transfer-encoding")
    if codings:
        if lengths:
            malformed("There are both Content-Length and Transfer-Encoding (RFC 9112, 6.3).")
        if version == "1.0":
            malformed("HTTP/1.0 has no Transfer-Encoding (RFC 9112, 6.1).")
        if len(codings) > 1 or codings[0].lower() != b"chunked":
            malformed("Transfer-Encoding is not chunked, the only one that is understood.")
        return CHUNKED
    if len(lengths) > 1:
        malformed("Content-Length is given more than once (RFC 9112, 6.3).")
    if not lengths:
        return 0
    if not lengths[0].isdigit() or len(lengths[0]) > 18:
        malformed("Content-Length is no number of bytes (RFC 9112, 6.3).")
    return int(lengths[0])


def _values(fields: Fields, name: bytes) -> list[bytes]:
    # Not every parser takes off the space behind a value.
    return [value.strip(b" \t") for given, value in fields if given == name]


def _judge_host(hosts: list[bytes], version: str) -> None:
    if len(hosts) > 1:
        malformed("Host is given more than once (RFC 9112, 3.2).")
    if not hosts and version != "1.0":
        malformed("There is no Host (RFC 9112, 3.2).")
    if hosts and not is_host(hosts[0]):
        malformed("Host is no host and port (RFC 9112, 3.2).")


def is_host(value: bytes) -> bool:
    """Whether a value is that of a header Host; it may be empty."""
    return len(value) <= 262 and _HOST.fullmatch(value) is not None


class Chunks:
    """Finds the end of a body in chunks. `done` once it was found.

    Trailers and extensions of chunks count as headers: no more bytes, no more lines. They are
    judged here and left out, as parsers do not agree on them. Whether the data of a chunk ends
    where it should is left to the parser.
    """

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._held = self.good = b""
        self._left = self._spent = self._trailers = 0
        self._last = self.done = False

    def take(self, data: bytes) -> tuple[bytes, bytes]:
        """What a parser may be given of the body by now, and what follows its end.

        Raises Refusal MALFORMED_REQUEST and HEADERS_TOO_LARGE; `good` is then what stands before.
        """
        data, at = self._held + data, 0
        self._held = b""
        parts = []
        try:
            while at < len(data) and not self.done:
                if self._left:
                    end = min(at + self._left, len(data))
                    self._left -= end - at
                    parts.append(data[at:end])
                elif end := data.find(b"\n", at) + 1:
                    parts.append(self._line(data[at:end]))
                else:
                    self._held = data[at:]
                    self._judge(self._held, whole=False)
                    break
                at = end
        except Refusal:
            self.good = b"".join(parts)
            raise
        return b"".join(parts), data[at:] if self.done else b""

    def _line(self, line: bytes) -> bytes:
        """What a parser is given of a line that is whole."""
        self._judge(line, whole=True)
        if not self._last:
            return self._size(line)
        self.done = line == b"\r\n"
        if not self.done:
            self._trailer(line)
        return line if self.done else b""

    def _judge(self, line: bytes, *, whole: bool) -> None:
        if self._last and line in (b"\r", b"\r\n"):
            return
        if not self._last and not _SIZE.match(line):
            malformed("A chunk has no size (RFC 9112, 7.1).")
        # A size and its end are no extension.
        length = len(line) - (0 if self._last else _SIZE_LINE)
        if length > self._bounds.max_header_bytes - self._spent:
            raise _too_many_bytes(self._bounds)
        if whole:
            self._spent += max(0, length)

    def _size(self, line: bytes) -> bytes:
        size = _CHUNK.fullmatch(line)
        if size is None:
            malformed("A chunk has no size, or what follows is no extension (RFC 9112, 7.1).")
        self._left = int(size[1], 16)
        self._last = self._left == 0
        # With the CR LF that ends its data.
        self._left += 0 if self._last else 2
        return size[1] + b"\r\n"

    def _trailer(self, line: bytes) -> None:
        self._trailers += 1
        if self._trailers > self._bounds.max_headers:
            said = f"There are more than {self._bounds.max_headers} trailers (--max-headers)."
            raise Refusal("HEADERS_TOO_LARGE", said)
        if line[-2:] != b"\r\n":
            malformed(_BARE)
        if field_of(line[:-2])[0].lower() in _NO_TRAILERS:
            malformed("A trailer says how long the body is, or for whom (RFC 9110, 6.5.1).")


def _too_many_bytes(bounds: Bounds) -> Refusal:
    said = f"The headers have more than {bounds.max_header_bytes} bytes (--max-header-bytes)."
    return Refusal("HEADERS_TOO_LARGE", said)
