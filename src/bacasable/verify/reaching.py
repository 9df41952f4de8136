"""Whether there is a server to judge: asked before anybody logs in, and waited for where wanted.

Asked are operations of the contract that read, without credentials. They change nothing, a run that
only reads may send them too, and they take the way to what is judged: the root of a gateway answers
while there is nothing behind it. Any answer will do, 401 and 404 too, but for those by which a
gateway or a server that is starting says that it cannot answer yet.
"""

import socket
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from urllib.parse import urlsplit

from ..contract import Contract, Operation
from .bench import request_for
from .failures import in_words
from .model import ANONYMOUS, Options, Request, Response
from .patience import asked_to_wait
from .proxies import proxy_for
from .scope import CannotJudge
from .session import LONGEST_WAIT, WAITS, Failed, Session
from .transport import origin

_NOT_YET = {
    429: "it limits how often it is asked: give --rate, or try later",
    502: "check what is behind the gateway",
    503: "check its log",
    504: "check what is behind the gateway",
}
"""Answers of which none is the server's own, and what mends them."""
_MOVED = frozenset({301, 302, 307, 308})
_MOST = 3
_LEAST = 1.0
"""The seconds that the last try has in any case."""
_FIRST, _LONGEST = 0.25, 3.0
"""The pause after the first try and the longest one, in seconds."""
_GROWTH, _MOST_GROWTH = 1.5, 10
_SHAKE = 2.0
"""The seconds that a server has to show that it speaks TLS."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is nothing to judge yet. `again` is for how long the server asks to wait.

    Where it is not `connected`, another request would show nothing else; where the connection was
    `broken`, the server may speak something else.
    """

    said: str
    remedy: str = ""
    starting: bool = False
    again: float | None = None
    connected: bool = True
    broken: bool = False


_OTHER = Trouble("it speaks TLS at this port", "write https:// in place of http://")


def reach(
    session: Session,
    contract: Contract,
    operations: Sequence[Operation],
    tell: Callable[[str], None],
) -> None:
    """Come back when the server answers; `tell` hears what is waited for.

    Raises CannotJudge, in one line, when it does not, be it after the wait of the options.
    """
    options = session.options
    asked = requests_of(contract, operations)
    tell("asking whether the server is there")
    began = time.monotonic()
    until = began + min(options.wait, max(session.left, 0.0))
    for turn in count():
        trouble = _asked(session, asked, until)
        if trouble is None:
            return
        pause = _pause(session, trouble, turn, until)
        if pause is None:
            raise CannotJudge(_line(options, trouble, time.monotonic() - began))
        tell(f"waiting for the server ({trouble.said})")
        time.sleep(pause)


def requests_of(contract: Contract, operations: Sequence[Operation]) -> list[Request]:
    """What is asked: an operation in scope, and two that lie far from it; lists before records."""
    reading = [o for o in contract.operations.values() if o.method in ("get", "head")]
    reading.sort(key=lambda o: (o.action.kind != "list", "{" in o.path))
    names = {operation.id for operation in operations}
    inside = [o for o in reading if o.id in names]
    chosen = [*inside[:1], *reading[len(reading) // 2 :][:1], *reading[-1:]]
    asked = [request_for(contract, operation, ANONYMOUS) for operation in chosen]
    if not asked:
        # A contract in which nothing reads: OPTIONS is safe too.
        posted = [request_for(contract, operation, ANONYMOUS) for operation in operations[:_MOST]]
        asked = [replace(request, method="OPTIONS") for request in posted]
    return list(dict.fromkeys(asked))


def _asked(session: Session, requests: Sequence[Request], until: float) -> Trouble | None:
    """What is wrong, by the first request; None when one of them is answered."""
    found: list[Trouble] = []
    for request in requests:
        trouble = _of(session, request, until)
        if trouble is None:
            return None
        found.append(trouble)
        over = session.options.wait and time.monotonic() > until
        if not trouble.connected or over or session.left <= 0:
            break
    broken = any(trouble.broken for trouble in found)
    return _OTHER if broken and _speaks_tls(session.options) else found[0]


def _of(session: Session, request: Request, until: float) -> Trouble | None:
    """What a request shows of a server that is not there; None when it is."""
    options = session.options
    session.sent += 1
    left = max(until - time.monotonic(), _LEAST) if options.wait else session.left
    within = min(options.timeout, max(left, 0.1))
    try:
        answer = session.transport.exchange(request, within)
    except Failed as error:
        broken = error.connected and error.starting
        return Trouble(
            str(error), error.remedy, error.starting, connected=error.connected, broken=broken
        )
    finally:
        # The next request may be sent no sooner than the rate allows.
        if options.rate:
            time.sleep(max(0.0, min(1 / options.rate, session.left)))
    return _told(options, request, answer)


def _told(options: Options, request: Request, answer: Response) -> Trouble | None:
    """What an answer says of a server that is not there; None for one of the server itself."""
    proxy = proxy_for(options)
    through = f" (through the proxy {proxy.name})" if proxy else ""
    if answer.status in _NOT_YET:
        said = f"nothing but status {answer.status}{through}"
        waiting = asked_to_wait(answer)
        return Trouble(said, _NOT_YET[answer.status], answer.status != 429, again=waiting)
    if answer.status == 400 and _speaks_tls(options):
        return _OTHER
    there = _moved(options.url, request, answer)
    return Trouble("it leads everything elsewhere", f"give {there}") if there else None


def _moved(url: str, request: Request, answer: Response) -> str:
    """Another address at which the same is to be asked for; empty without one."""
    location = answer.header("location") or ""
    if answer.status not in _MOVED or not location.startswith(("http://", "https://")):
        return ""
    here, there = origin(url), location.removesuffix(request.target)
    return there + url.removeprefix(here) if there not in (location, here) else ""


def _speaks_tls(options: Options) -> bool:
    """Whether TLS is spoken where plain HTTP was expected; nothing is sent by it."""
    parts = urlsplit(options.url)
    if parts.scheme != "http" or proxy_for(options):
        return False
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    address, host = (parts.hostname or "", parts.port or 80), parts.hostname
    try:
        with socket.create_connection(address, _SHAKE) as plain:
            context.wrap_socket(plain, server_hostname=host).close()
    except (OSError, ValueError):
        return False
    return True


def _pause(session: Session, trouble: Trouble, turn: int, until: float) -> float | None:
    """Seconds until the next try; None when there is none."""
    asked = trouble.again
    if asked is not None and asked > LONGEST_WAIT:
        asked = None
    if session.options.wait:
        left = until - time.monotonic()
        own = min(_FIRST * _GROWTH ** min(turn, _MOST_GROWTH), _LONGEST)
        return min(max(own, asked or 0.0), left) if left > 0 else None
    return asked if asked is not None and turn < WAITS and asked < session.left else None


def _line(options: Options, trouble: Trouble, waited: float) -> str:
    """Address, reason and remedy."""
    said = trouble.said
    if options.wait:
        said = f"after {in_words(waited)} of waiting the last try got {said}"
    parts = [f"{options.url} cannot be reached: {said}", trouble.remedy]
    if trouble.starting and not options.wait:
        parts.append("if it is starting, --wait 60s waits for it")
    return "; ".join(filter(None, parts))


def cautions(options: Options) -> list[str]:
    """What a reader must know of how the server was reached."""
    if not options.insecure:
        return []
    return ["the certificates of servers were not verified (--insecure)"]
