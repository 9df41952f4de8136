"""The protocol with httptools: quick for what most requests are, careful with all others."""

from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .connections import EXPECTS, HEAD, Bounded
from .entrance import HEADERS
from .framing import body_length, is_host
from .refusing import UnknownMethod, Unreadable
from .whole import WholeCycle

_END = b"\r\n\r\n"
_SLASH = b"/"[0]
_C = b"C"[0]
"""CONNECT begins so, after which the parser would expect another protocol."""
_MOST_HOSTS = 64
_hosts: set[bytes] = set()
"""Values of Host that were found to be one: nearly all requests have the same."""


class _Again(Exception):
    """A request is not as plain as it seemed: it is read again, with care."""


class BoundedHttpTools(Bounded, HttpToolsProtocol):
    """The protocol with httptools.

    What comes in one small piece is given to the parser at once: the bounds are then judged by what
    the parser has found, which costs next to nothing. Whatever is found to be amiss, or not whole,
    is read again as all others are, and judged as they are.
    """

    __slots__ = ("_careful", "_few", "_headed", "_most", "_small")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # What is no longer breaks no bound of bytes, or of parameters.
        self._small = min(self.bounds.max_target_bytes, self.bounds.max_header_bytes)
        self._few = self.bounds.max_query_parameters
        self._most = self.bounds.max_headers
        self._careful = True
        self._headed = False

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        start = data.find(b"\r")
        if (
            self.phase != HEAD
            or self.reader is not None
            or len(data) > self._small
            or data[0] == _C
            or data[start - 9 : start] != b" HTTP/1.1"
            or data.count(b" ", 0, start) != 2
        ):
            super().data_received(data)
            return
        self._careful = self._headed = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            alone = False
        else:
            # The next request has begun when there is another scope.
            alone = self._headed and self.scope is self.cycle.scope
        self._careful = True
        if alone:
            if self.left:
                there = len(self.cycle.body)
                self.left -= there
                self.headed(b"", there)
            else:
                self.headed(b"")
            return
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        if self._headed:
            behind = data.find(_END) + 4 + self.left
            self.left = 0
            self.headed(data[behind:])
        else:
            super().data_received(data)

    def give(self, data: bytes) -> None:
        """Give httptools something to read."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserInvalidMethodError as error:
            raise UnknownMethod from error
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise Unreadable from error

    def on_headers_complete(self) -> None:
        """A head was read: judge what it says of host and body before the call begins."""
        if self._careful:
            self._judge_with_care()
            return
        headers, url = self.headers, self.url
        known = dict(headers)
        host = known.get(b"host")
        if (
            self._headed
            or (host not in _hosts and not _is_host(host))
            or len(known) != len(headers)
            or len(headers) > self._most
            or len(url) > self._few
            or url[0] != _SLASH
            or b"#" in url
            or b"transfer-encoding" in known
            or b"upgrade" in known
        ):
            raise _Again
        length = known.get(b"content-length")
        self.left = 0 if length is None else _length(length)
        HttpToolsProtocol.on_headers_complete(self)
        self.cycle.__class__ = WholeCycle
        scope: Any = self.scope
        scope[HEADERS] = known
        if self.expect_100_continue:
            scope[EXPECTS] = True
        self._headed = True

    def _judge_with_care(self) -> None:
        self.left = body_length(self.headers, self.parser.get_http_version())
        HttpToolsProtocol.on_headers_complete(self)
        self.cycle.__class__ = WholeCycle
        if self.expect_100_continue:
            self.cycle.scope[EXPECTS] = True
        # Trailers are no headers (RFC 9110, 6.5.1): what follows is not for the call.
        self.headers = []


def _length(text: bytes) -> int:
    """The length of a body. Raises _Again for what needs a second look."""
    if not text.isdigit() or len(text) > 18:
        raise _Again
    return int(text)


def _is_host(value: bytes | None) -> bool:
    found = value is not None and is_host(value)
    if value is not None and found and len(_hosts) < _MOST_HOSTS:
        _hosts.add(value)
    return found
