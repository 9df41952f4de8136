"""What a run shows while it runs: a live line on a terminal, plain lines elsewhere."""

import io

import pytest

from bacasable.verify import progress as module
from bacasable.verify.model import Options
from bacasable.verify.progress import line, told
from bacasable.verify.run import Progress

OPTIONS = Options("http://server.example", max_time=60.0)
NOW = Progress(111, 30, 4000, 1234, 2500, 3, "listCourses")


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    """`shown(stream)`: what is written to a stream that stands for standard error."""

    def show(stream, seconds):
        times = iter([0.0, *seconds, *[seconds[-1]] * 50])
        monkeypatch.setattr(module.sys, "stderr", stream)
        monkeypatch.setattr(module.time, "monotonic", lambda: next(times))
        with told(OPTIONS) as tell:
            for _ in seconds:
                tell(NOW)
        return stream.getvalue()

    return show


def test_the_line_says_what_is_done_and_what_is_left(monkeypatch):
    monkeypatch.setattr(module.time, "monotonic", lambda: 10.0)
    assert line(NOW, 0.0, OPTIONS) == (
        "30/111 operations · 1,234/4,000 checks · 2500 requests (250/s) · 3 findings · "
        "10 s of 60 s · listCourses"
    )
    assert line(NOW, 10.0).endswith(" · 0 s · listCourses")


def test_elsewhere_a_plain_line_comes_now_and_then(shown, monkeypatch):
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    text = shown(io.StringIO(), [1.0, 2.0, 6.0, 6.0, 7.0, 8.0, 20.0])
    assert 1 <= len(text.splitlines()) <= 3
    assert text.isprintable() or "\x1b" not in text
    assert all(row.startswith("30/111 operations") for row in text.splitlines())


def test_on_a_terminal_the_line_is_live(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    monkeypatch.setattr(module.sys, "stderr", stream)
    with told(OPTIONS) as tell:
        tell(NOW)
    text = stream.getvalue()
    assert "30/111 operations" in text
    assert "\x1b[" in text
