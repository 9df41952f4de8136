"""Why a request got no answer, in words: what was seen, and what would mend it."""

import re
import socket
import ssl
from collections.abc import Iterator

import httpcore
import httpx

from .proxies import Proxy
from .session import Failed

_BYTES = re.compile(r"bytearray\(b('.*?')\)")
_ENDED = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)
_NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
_NOT_NOW = {9: "is not valid yet", 10: "has expired"}
_OF_ANOTHER = frozenset({62, 64})
"""What OpenSSL says to a certificate of another name or number."""
_WANTED = frozenset({"TLSV13_ALERT_CERTIFICATE_REQUIRED"})
_NO_CERTIFICATE = "the kit has none to show: give an address that asks for none"
_PLACE = "check the host and the port"
_NAME = "check the host"
_PROXY = "check --proxy, or HTTP_PROXY, HTTPS_PROXY and ALL_PROXY in the environment"
_TRUST = "give --ca FILE with the certificate that signed it, or --insecure"
_ASKS_WHO = "give its user and password: --proxy http://USER:PASSWORD@HOST:PORT"


def failed(error: Exception, seconds: float, proxy: Proxy | None) -> Failed:
    """What became of a request that had so many seconds, and went through a proxy, if any."""
    if isinstance(error, httpx.ProxyError) and proxy:
        return _of_proxy(error, proxy)
    found = _of_server(error, seconds)
    if proxy is None:
        return found
    said = f"{found} (through the proxy {proxy.name})"
    return Failed(said, connected=found.connected, remedy=found.remedy, starting=found.starting)


def refused_by(proxy: Proxy, status: int) -> Failed:
    """What a proxy answers that lets nobody through."""
    remedy = {
        407: _ASKS_WHO,
        403: "ask who runs it to allow the server, or give another one by --proxy",
    }.get(status, f"{_PLACE}, and whether the proxy reaches them")
    said = f"the proxy {proxy.name} answered {status}"
    return Failed(said, connected=False, remedy=remedy, starting=status >= 500)


def _of_proxy(error: Exception, proxy: Proxy) -> Failed:
    """Why a proxy gives no connection: what it answered, or that it cannot be reached itself."""
    told = error.__cause__ or error
    said, *answered = told.args
    if answered and answered[0]:
        return refused_by(proxy, answered[0])
    remedy = _PROXY
    if not answered:
        said, remedy, _ = _why(told)
        remedy = _PROXY if remedy in (_PLACE, _NAME) else remedy
    said = f"no connection through the proxy {proxy.name}: {said}"
    return Failed(said, connected=False, remedy=remedy)


def _of_server(error: Exception, seconds: float) -> Failed:
    if isinstance(error, httpx.ConnectTimeout):
        return Failed(f"no connection within {in_words(seconds)}", connected=False, remedy=_PLACE)
    if isinstance(error, httpx.ConnectError):
        said, remedy, starting = _why(error)
        return Failed(f"no connection: {said}", connected=False, remedy=remedy, starting=starting)
    if isinstance(error, httpx.TimeoutException):
        said = f"no complete answer within {in_words(seconds)}"
        return Failed(said, remedy=f"{_PLACE}, or give a longer --timeout")
    if isinstance(error, _ENDED):
        if any(isinstance(c, ssl.SSLError) and c.reason in _WANTED for c in _causes(error)):
            return Failed("it asks for a certificate of the client", remedy=_NO_CERTIFICATE)
        said = f"the connection broke: {_one_line(error)}"
        return Failed(said, remedy="check that it speaks HTTP at this port", starting=True)
    kind = "no answer" if isinstance(error, httpx.HTTPError) else "no answer that HTTP knows"
    return Failed(f"{kind}: {_one_line(error)}", remedy=_PLACE)


def _why(error: BaseException) -> tuple[str, str, bool]:
    """Why there is no connection, what mends it, and whether somebody may be starting there."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return *_untrusted(cause), False
        if isinstance(cause, ssl.SSLError):
            return *_no_tls(cause), False
        if isinstance(cause, socket.gaierror | UnicodeError):
            return f"the name is not known ({_system(cause)})", _NAME, False
        if isinstance(cause, httpcore.ConnectTimeout):
            return "it does not answer in time", _PLACE, False
        if isinstance(cause, OSError):
            gone = isinstance(cause, ConnectionRefusedError | ConnectionResetError)
            return _system(cause), _PLACE, gone
    return _one_line(error), _PLACE, False


def _untrusted(error: ssl.SSLCertVerificationError) -> tuple[str, str]:
    code, told = error.verify_code, error.verify_message.rstrip(".")
    if code in _NOT_NOW:
        said = f"its certificate {_NOT_NOW[code]}"
        return said, "renew it, set the clock right, or give --insecure"
    if code in _OF_ANOTHER:
        said = f"its certificate is for another host ({told})"
        return said, "use an address that it names, or give --insecure"
    return f"its certificate is not trusted ({told})", _TRUST


def _no_tls(error: ssl.SSLError) -> tuple[str, str]:
    reason = error.reason or ""
    if reason in _NO_TLS:
        return "it speaks no TLS", "write http:// in place of https://, or check the port"
    told = reason.lower().replace("_", " ") or _one_line(error)
    return f"TLS failed ({told})", "check that it speaks TLS at this port"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from, the outermost first."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _system(error: BaseException) -> str:
    told = getattr(error, "strerror", None)
    return str(told) if told else _one_line(error)


def in_words(seconds: float) -> str:
    """Seconds as they are told: a tenth is exact enough."""
    return f"{round(seconds, 1) or 0.1:g} s"


def _one_line(error: BaseException) -> str:
    """What an error says, in one line."""
    cause = error.__cause__ or error
    text = " ".join((str(error) or str(cause) or type(cause).__name__).split())
    return _BYTES.sub(r"\1", text)[:200].rstrip(".")
