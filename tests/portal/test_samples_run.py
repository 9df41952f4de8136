"""Samples run against a fresh sandbox, at the machine's time.

In Python those of every operation; in other languages one of each shape, and all in the sweep.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

import pytest

from bacasable.contract import Operation, load_contract
from bacasable.core import SystemClock
from bacasable.portal.edition import Edition
from bacasable.portal.samples import Program, languages, program_of, samples_of, write
from bacasable.portal.samples.model import Text
from bacasable.resources import CONTRACT
from tests.portal.running import Exchange, Recorder, Runner, open_runner
from tests.support import Api, make_sandbox, over_socket
from tests.tables import each

CONTRACT_ = load_contract(CONTRACT)
LANGUAGES = {language.id: language for language in languages()}
REFUSED = "refused"
TENANTS = ("votre-tenant", "vide", "suspendu")  # those that the examples name


@dataclass
class Bench:
    """A sandbox that samples call, and an edition of the portal that names its address."""

    api: Api
    recorder: Recorder
    edition: Edition

    def reset(self) -> None:
        """As at the start, with nothing remembered."""
        assert self.api.post("!/_sandbox/reset").status == 200
        self.recorder.exchanges.clear()


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    sandbox = make_sandbox(CONTRACT_, TENANTS, clock=SystemClock())
    recorder = Recorder(sandbox.app)
    with over_socket(replace(sandbox, app=recorder)) as api:
        yield Bench(api, recorder, Edition("en", ("en", "fr"), CONTRACT_, api.url))


@pytest.fixture(scope="module")
def runner(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Runner]]:
    """The runner of a language, opened when it is first asked for."""
    opened: dict[str, Runner] = {}

    def of(language: str) -> Runner:
        if language not in opened:
            texts = {
                operation: sample.code.text
                for operation in CONTRACT_.operations
                for sample in samples_of(bench.edition, operation)
                if sample.language == language
            }
            texts[REFUSED] = write(_refused(bench.edition), LANGUAGES[language])
            opened[language] = open_runner(language, texts, tmp_path_factory.mktemp(language))
        return opened[language]

    yield of
    for one in opened.values():
        one.close()


def _shapes() -> list[Operation]:
    """One operation for each shape of a program: what its steps send, and where."""
    edition = Edition("en", ("en",), CONTRACT_, "")
    found = {}
    for operation in CONTRACT_.operations.values():
        steps = program_of(edition, operation).steps
        shape = [(s.method, s.sends, s.status, bool(s.query), len(s.path.parts)) for s in steps]
        found.setdefault(str([*shape, *dict(steps[-1].headers)]), operation)
    return list(found.values())


@pytest.mark.parametrize("language", [n for n in LANGUAGES if n != "python"])
@each("operation", _shapes(), ids=lambda o: o.id)
def test_a_sample_of_each_shape_succeeds(bench, runner, language, operation):
    _succeeds(bench, runner, language, operation)


@pytest.mark.parametrize(
    "language",
    [pytest.param(n, marks=() if n == "python" else pytest.mark.sweep) for n in LANGUAGES],
)
@each("operation", CONTRACT_.operations.values(), ids=lambda o: o.id)
def test_every_sample_succeeds(bench, runner, language, operation):
    _succeeds(bench, runner, language, operation)


def _succeeds(bench, runner, language, operation):
    running = runner(language)
    bench.reset()
    ran = running.run(operation.id)
    assert ran.error == ""
    met = bench.recorder.exchanges
    steps = program_of(bench.edition, operation).steps
    assert [e.status for e in met] == [step.status for step in steps]
    assert met[-1].status == operation.success
    for step, exchange in zip(steps, met, strict=True):
        _assert_sent(step, exchange)
    assert ran.output.strip() == "204" if operation.success == 204 else "data" in ran.output


def _assert_sent(step, exchange: Exchange) -> None:
    """The request is the one that the program tells, in every language."""
    assert exchange.method == step.method
    assert exchange.path.endswith(step.path.parts[0])
    assert parse_qsl(exchange.query) == [(name, str(value)) for name, value in step.query]
    for name, value in step.headers:
        sent = exchange.headers[name.lower()]
        assert sent == value if isinstance(value, str) else sent
    if step.sends:
        assert exchange.headers["content-type"] == "application/json"
        assert set(exchange.json) == set(step.body)
        told = {name: v for name, v in step.body.items() if not isinstance(v, Text)}
        assert {name: exchange.json[name] for name in told} == told
    else:
        assert exchange.body == b""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sample_whose_call_is_refused_ends_with_an_error(bench, runner, language):
    running = runner(language)
    bench.reset()
    ran = running.run(REFUSED)
    assert [e.status for e in bench.recorder.exchanges] == [200, 400]
    assert "400" in ran.error


def _refused(edition: Edition) -> Program:
    """A program that logs in, and then sends a body without anything in it."""
    program = program_of(edition, CONTRACT_.operations["createCompany"])
    *before, last = program.steps
    return replace(program, steps=(*before, replace(last, body={})))
