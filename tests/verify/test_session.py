"""What every request passes: budget, rate, a run that only reads, busy servers, who is judged.

Time stands still here, and passes only where somebody sleeps.
"""

import pytest

from bacasable.verify import session as session_module
from bacasable.verify.model import ANONYMOUS, Identity, Options, Request, Response
from bacasable.verify.patience import GONE_AFTER, Unreachable
from bacasable.verify.session import Failed, OutOfTime, Session, WouldWrite

from .fakes import URL, fault

GET, POST = Request("GET", "/a"), Request("POST", "/a")
BUSY = Response(429, (("retry-after", "1"),), b"")
OK = Response(200, (), b"{}")


class Clock:
    """Stands in for the module `time`."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Server:
    """Answers what it is told to, the last answer again and again; notes what arrived when."""

    def __init__(self, clock: Clock, *answers: Response | Failed) -> None:
        self.clock, self.answers = clock, list(answers) or [OK]
        self.arrived: list[tuple[float, Request]] = []

    def exchange(self, request: Request, within: float | None = None) -> Response:
        self.arrived.append((self.clock.now, request))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Failed):
            raise answer
        return answer

    def close(self) -> None:
        pass


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(session_module, "time", made)
    return made


@pytest.fixture
def opened(clock):
    """`opened(*answers, **options)`: a session, and the server behind it."""

    def open_(*answers, **options):
        server = Server(clock, *answers)
        return Session(server, Options(URL, **options), began=0.0), server

    return open_


def send(session: Session, request: Request = GET, purpose: str = "setup", who=ANONYMOUS):
    return session.send(request, operation=None, identity=who, purpose=purpose)


def test_a_run_that_only_reads_writes_nothing_but_its_login(opened):
    session, server = opened(read_only=True)
    for method in ("GET", "HEAD", "OPTIONS", "get"):
        send(session, Request(method, "/a"))
    for purpose in ("setup", "fuzz", "cleanup", "etag"):
        for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "post"):
            with pytest.raises(WouldWrite):
                send(session, Request(method, "/a"), purpose)
    send(session, POST, "login")
    assert [request.method for _, request in server.arrived] == [
        "GET",
        "HEAD",
        "OPTIONS",
        "get",
        "POST",
    ]


def test_requests_keep_to_the_rate(opened):
    session, server = opened(rate=4)
    for _ in range(5):
        send(session)
    assert [at for at, _ in server.arrived] == [0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(("budget", "kept"), [(10, 1), (100, 10), (1_000, 20)])
def test_the_budget_is_kept_but_for_what_the_clean_up_needs(opened, clock, budget, kept):
    session, _ = opened(max_time=budget)
    clock.now = budget - kept - 0.5
    send(session)
    clock.now = budget - kept
    with pytest.raises(OutOfTime):
        send(session)
    send(session, Request("DELETE", "/a"), "cleanup")


def test_nothing_is_waited_for_beyond_the_budget(opened, clock):
    session, server = opened(max_time=10, rate=0.1)
    send(session)
    with pytest.raises(OutOfTime):
        send(session)
    assert (clock.now, len(server.arrived)) == (0, 1)


def test_a_busy_server_is_waited_for_as_it_asks(opened, clock):
    session, server = opened(BUSY, BUSY, OK)
    assert send(session).status == 200
    assert [at for at, _ in server.arrived] == [0, 1, 2]


def test_a_server_that_stays_busy_is_left_at_that(opened, clock):
    session, server = opened(BUSY)
    assert send(session).status == 429
    assert (clock.now, len(server.arrived)) == (2, 3)


@pytest.mark.parametrize("said", ["61", "soon", "", "-1", "1e3", "٣"])
def test_a_server_that_asks_for_too_much_is_not_waited_for(opened, clock, said):
    session, server = opened(Response(503, (("retry-after", said),), b""), OK)
    assert send(session).status == 503
    assert (clock.now, len(server.arrived)) == (0, 1)


def test_judges_see_everything_but_login_and_clean_up(opened):
    session, _ = opened()
    seen: list[str] = []
    session.watchers.append(lambda exchange: seen.append(exchange.purpose))
    session.judges.append(lambda exchange: [fault(exchange.purpose)])
    for purpose in ("login", "setup", "etag", "fuzz", "cleanup"):
        send(session, purpose=purpose)
    assert seen == ["setup", "etag", "fuzz"]
    assert [f.operation for f in session.faults] == seen


def test_who_is_refused_logs_in_again_but_not_for_ever(opened):
    renewed: list[int] = []
    headers = {"Authorization": "Bearer 0"}

    def renew() -> None:
        renewed.append(1)
        headers["Authorization"] = f"Bearer {len(renewed)}"

    who = Identity("ADMIN", headers=headers, renew=renew)
    session, server = opened(Response(401, (), b""))
    for _ in range(3):
        assert send(session, Request("GET", "/a", tuple(headers.items())), who=who).status == 401
    assert len(renewed) == 1
    server.answers = [answer for _ in range(100) for answer in (Response(401, (), b""), OK)]
    session._hopeless.clear()
    for _ in range(40):
        send(session, Request("GET", "/a", tuple(headers.items())), who=who)
    assert len(renewed) == session_module._RENEWALS


def test_a_server_where_nobody_listens_is_gone_after_some_tries(opened):
    session, server = opened(Failed("refused", connected=False))
    for _ in range(GONE_AFTER - 1):
        assert send(session).failure == "refused"
    with pytest.raises(Unreachable):
        send(session)
    assert len(server.arrived) == GONE_AFTER


def test_one_answer_makes_good_for_what_was_lost_before(opened):
    lost = Failed("refused", connected=False)
    session, _ = opened(*[lost] * (GONE_AFTER - 1), OK, *[lost] * (GONE_AFTER - 1), OK)
    for _ in range(2 * GONE_AFTER):
        send(session)
