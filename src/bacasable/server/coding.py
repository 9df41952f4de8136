"""Bodies that come packed (Content-Encoding): unpacked within the limit, or refused by name."""

import gzip
import io
import zlib

from ..contract import Refusal

CODINGS = "gzip, deflate"
"""What is understood, as Accept-Encoding says it."""
_MOST = 4
"""Nobody packs a body more often; each time costs memory and time."""


def unpacked(coding: str, body: bytes | None, limit: int) -> bytes | None:
    """The body as it was before its codings were applied; None when it is longer than the limit.

    `coding` is the header Content-Encoding. Raises Refusal UNSUPPORTED_MEDIA_TYPE for a coding
    that is not understood, and MALFORMED_BODY for a body that is not packed so.
    """
    names = [name.strip().lower() for name in coding.split(",")]
    names = [name for name in names if name not in {"", "identity"}]
    if not body:
        return body
    for name in names:
        if name not in _READERS:
            _refuse(f"The body is packed as '{name[:40]}' (Content-Encoding)")
    if len(names) > _MOST:
        _refuse(f"The body is packed {len(names)} times (Content-Encoding)")
    for name in reversed(names):
        try:
            body = _READERS[name](body, limit + 1)
        except (OSError, EOFError, zlib.error) as error:
            said = f"The body is not {name}, which Content-Encoding says it is: {_why(error)}."
            raise Refusal("MALFORMED_BODY", said) from error
        if len(body) > limit:
            return None
    return body


def _refuse(said: str) -> None:
    said = f"{said}, which is not understood: send it packed as {CODINGS}, or as it is."
    raise Refusal("UNSUPPORTED_MEDIA_TYPE", said, headers={"Accept-Encoding": CODINGS})


def _gunzip(packed: bytes, most: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(packed)) as file:
        return file.read(most)


def _inflate(packed: bytes, most: int) -> bytes:
    """Deflate is zlib's format; some clients send the bare stream inside it."""
    try:
        return _whole(zlib.decompressobj(), packed, most)
    except zlib.error:
        try:
            return _whole(zlib.decompressobj(-zlib.MAX_WBITS), packed, most)
        except zlib.error:
            pass
        raise


def _whole(stream: "zlib._Decompress", packed: bytes, most: int) -> bytes:
    body = stream.decompress(packed, most)
    if len(body) < most and not stream.eof:
        raise EOFError("it ends too early")
    if stream.unused_data:
        raise EOFError("something follows its end")
    return body


def _why(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "something follows its end" if "follows" in str(error) else "it ends too early"
    return "it is broken"


_READERS = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _inflate}
