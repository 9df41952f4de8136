"""What a server may do to a session, at a clock of our own: hang, break, be busy, refuse tokens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.verify import session as module
from bacasable.verify.model import ANONYMOUS, Identity, Options, Request, Response
from bacasable.verify.patience import Silent, asked_to_wait
from bacasable.verify.session import Failed, OutOfTime, Session, Unreachable, WouldWrite

URL = "http://server.example"
GET = Request("GET", "/x", (("Authorization", "Bearer 1"),))
OK = Response(200, (), b"{}")


class Clock:
    """A clock that stands still until somebody sleeps or a request takes its time."""

    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


class Server:
    """Answers as it is told, one after the other, the last for ever; each takes some seconds."""

    def __init__(self, clock, *answers, takes=0.0):
        self.clock, self.answers, self.takes = clock, list(answers), takes
        self.asked = []

    def exchange(self, request, within=None):
        self.asked.append((self.clock.now, request, within))
        self.clock.now += min(self.takes, within)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self):
        pass


@pytest.fixture
def opened(monkeypatch):
    """`opened(*answers, takes=0, **options)`: a session at a clock, with its server."""

    def make(*answers, takes=0.0, **options):
        clock = Clock()
        monkeypatch.setattr(module, "time", clock)
        server = Server(clock, *answers, takes=takes)
        return Session(server, Options(URL, **options), began=clock.now), server, clock

    return make


def send(session, name="", request=GET, purpose="x", identity=ANONYMOUS):
    operation = SimpleNamespace(id=name) if name else None
    return session.send(request, operation=operation, identity=identity, purpose=purpose)


def send_to(session, names):
    for name in names:
        send(session, name)


@given(rate=st.floats(0.5, 500), count=st.integers(2, 60), takes=st.floats(0, 0.2))
def test_the_rate_is_kept(rate, count, takes):
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "time", clock)
        server = Server(clock, OK, takes=takes)
        session = Session(server, Options(URL, rate=rate), began=clock.now)
        for _ in range(count):
            send(session)
    times = [when for when, _, _ in server.asked]
    span = times[-1] - times[0]
    assert (count - 1) / span <= rate * 1.001
    assert span <= max((count - 1) / rate, (count - 1) * (takes + 1 / rate)) * 1.001


def test_who_would_have_to_wait_beyond_the_budget_does_not(opened):
    session, server, clock = opened(OK, rate=0.01, max_time=20.0)
    send(session)
    with pytest.raises(OutOfTime):
        send(session)
    assert (len(server.asked), clock.slept) == (1, [])


def test_what_the_clean_up_needs_is_kept_from_the_budget(opened):
    session, server, _ = opened(OK, max_time=20.0, takes=1.0)
    with pytest.raises(OutOfTime):
        send_to(session, [""] * 100)
    assert len(server.asked) == 18
    for _ in range(5):
        send(session, purpose="cleanup")
    with pytest.raises(OutOfTime):
        send(session, purpose="cleanup")


def test_a_request_has_no_more_time_than_is_left(opened):
    session, server, clock = opened(Failed("no complete answer within 3 s"), max_time=20, takes=99)
    clock.now += 15
    with pytest.raises(OutOfTime):
        send(session)
    assert server.asked[0][2] == pytest.approx(3.0)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("said", ["0", "7"])
def test_a_busy_server_is_waited_for_as_it_asks(opened, code, said):
    busy = Response(code, (("retry-after", said),), b"")
    session, server, clock = opened(busy, busy, OK)
    assert send(session).status == 200
    assert clock.slept == [float(said)] * 2
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "said", ["soon", "-1", "", "1e3", "99999", "Thu, 01 Jan 2099 00:00:00 GMT"]
)
def test_a_wait_that_is_none_or_too_long_is_not_kept(opened, said):
    session, server, clock = opened(Response(429, (("retry-after", said),), b""), OK)
    assert send(session).status == 429
    assert (len(server.asked), clock.slept) == (1, [])


AT = datetime(2026, 11, 8, 9, 0, 7, tzinfo=UTC)
FORMS = {
    "usual": format_datetime(AT, usegmt=True),
    "obsolete": AT.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
    "of C": AT.ctime(),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("late", "wanted"), [(7, 7.0), (0, 0.0), (-60, 0.0)])
def test_a_wait_until_an_instant_goes_by_the_clock_of_the_server(opened, form, late, wanted):
    now = format_datetime(AT - timedelta(seconds=late), usegmt=True)
    busy = Response(503, (("retry-after", FORMS[form]), ("date", now)), b"")
    session, _, clock = opened(busy, OK)
    assert send(session).status == 200
    assert clock.slept == [wanted]


def test_without_a_clock_of_the_server_ours_counts(opened):
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    session, _, clock = opened(Response(429, (("retry-after", until),), b""), OK)
    assert send(session).status == 200
    assert clock.slept[0] == pytest.approx(20, abs=3)


def test_an_instant_that_is_far_is_not_waited_for(opened):
    now = format_datetime(AT - timedelta(seconds=61), usegmt=True)
    busy = Response(503, (("retry-after", FORMS["usual"]), ("date", now)), b"")
    session, _, clock = opened(busy, OK)
    assert send(session).status == 503
    assert clock.slept == []


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d+ [\d:]+ ?\S*"))
def test_any_text_is_a_wait_or_none(text):
    asked = asked_to_wait(Response(503, (("retry-after", text), ("date", text)), b""))
    assert asked is None or asked >= 0


def test_a_wait_beyond_the_budget_is_not_kept(opened):
    session, _, clock = opened(Response(429, (("retry-after", "30"),), b""), max_time=20.0)
    assert send(session).status == 429
    assert clock.slept == []


def test_an_operation_that_never_answers_is_left_alone(opened):
    session, server, _ = opened(Failed("no complete answer within 10 s"))
    for _ in range(3):
        assert send(session, "slow").failure
    with pytest.raises(Silent, match="slow is not called any more: 3 times in a row"):
        send(session, "slow")
    assert len(server.asked) == 3
    server.answers = [OK]
    assert send(session, "other").ok


def test_an_operation_that_answers_now_and_then_is_not_given_up(opened):
    late = Failed("no complete answer within 10 s")
    session, server, _ = opened(*[late, late, OK] * 5)
    for _ in range(15):
        send(session, "slow")
    assert len(server.asked) == 15


@pytest.mark.parametrize("answer", [Failed("the connection broke"), Response(503, (), b"")])
def test_a_server_that_answers_nothing_is_gone(opened, answer):
    session, server, _ = opened(answer)
    with pytest.raises(Unreachable):
        send_to(session, ["a", "b", "c", "d"] * 25)
    assert len(server.asked) == 10


def test_one_operation_that_breaks_the_connection_does_not_end_the_run(opened):
    session, server, _ = opened(Failed("the connection broke"))
    for _ in range(50):
        assert send(session, "broken").failure
    assert len(server.asked) == 50


def test_nobody_there_is_soon_seen(opened):
    session, server, _ = opened(Failed("no connection", connected=False))
    with pytest.raises(Unreachable):
        send_to(session, ["same"] * 100)
    assert len(server.asked) == 5


class Caller:
    """An account whose token is the number of its logins."""

    def __init__(self):
        self.logins = 1

    def renew(self):
        self.logins += 1

    def identity(self):
        headers = SimpleNamespace(items=lambda: [("Authorization", f"Bearer {self.logins}")])
        return replace(Identity("ADMIN"), headers=headers, renew=self.renew)


def test_a_caller_whose_token_is_refused_logs_in_again(opened):
    session, server, _ = opened(Response(401, (), b""), OK)
    seen = []
    session.watchers.append(seen.append)
    caller = Caller()
    assert send(session, identity=caller.identity()).status == 200
    assert [dict(r.headers)["Authorization"] for _, r, _ in server.asked] == [
        "Bearer 1",
        "Bearer 2",
    ]
    assert [exchange.status for exchange in seen] == [200]


def test_an_operation_that_refuses_a_new_token_too_does_so_for_good(opened):
    session, server, _ = opened(Response(401, (), b""))
    caller = Caller()
    for _ in range(5):
        now = replace(GET, headers=(("Authorization", f"Bearer {caller.logins}"),))
        assert send(session, "closed", now, identity=caller.identity()).status == 401
    assert (caller.logins, len(server.asked)) == (2, 6)


def test_a_token_that_is_not_the_callers_own_is_not_renewed(opened):
    session, server, _ = opened(Response(401, (), b""))
    caller = Caller()
    forged = replace(GET, headers=(("Authorization", "Bearer forged"),))
    assert send(session, "x", forged, identity=caller.identity()).status == 401
    assert (caller.logins, len(server.asked)) == (1, 1)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "X-ODD", "post"])
def test_a_run_that_only_reads_sends_nothing_else(opened, method):
    session, server, _ = opened(OK, read_only=True)
    with pytest.raises(WouldWrite):
        send(session, request=replace(GET, method=method))
    assert server.asked == []
    assert send(session, request=replace(GET, method=method), purpose="login").ok
