"""A finding of a report is tried again: still there, gone, or not to be judged."""

import json
from dataclasses import replace

import pytest

from bacasable.resources import CONTRACT
from bacasable.verify.model import PROFILES, Options
from bacasable.verify.replay import NotReplayable, address_of, replay
from bacasable.verify.reports import write
from bacasable.verify.run import verify
from bacasable.verify.scope import CannotJudge

from .conftest import OTHER
from .defective import Defect, Reply, answers, requests


def teapot(call, reply):
    if call.is_("GET", "/courses/{}") and reply.status == 200:
        reply.status = 418


def counts_wrong(call, reply):
    value = reply.json
    if call.is_("GET", "/companies") and reply.status == 200:
        value["meta"]["pagination"]["total"] += 1
        reply.say(value)


def closed(call):
    if call.path == "/courses":
        return Reply(503, {"content-type": "application/json"}, b"{}")
    return None


PASSING = Defect("teapot", "status-documented", ("getCourse",), "", answers(teapot))
PROBED = Defect("total", "list-total", ("listCompanies",), "", answers(counts_wrong))
CLOSED = Defect("closed", "status-documented", ("getCourse",), "", requests(closed))


@pytest.fixture
def options(serving):
    def make(defect=None):
        return Options(serving(defect), others=(OTHER,), profile=PROFILES["quick"])

    return make


@pytest.fixture
def reported(contract, options, tmp_path):
    """The file of a report on a server with a defect, and the id of its finding."""

    def make(defect):
        only = replace(options(defect), only=defect.operations, checks=(defect.check,))
        report = verify(contract, only)
        (finding,) = (f for f in report.findings if f.check == defect.check)
        write(report, "json", tmp_path / "report.json")
        return tmp_path / "report.json", finding.id

    return make


@pytest.mark.parametrize("defect", [PASSING, PROBED], ids=lambda d: d.id)
def test_a_finding_is_still_there_until_it_is_mended(reported, options, defect):
    source, finding = reported(defect)
    again = replay(source, finding, options(defect), CONTRACT)
    assert again.status == 1, again
    assert again.lines[0].startswith(f"{finding}: still there")
    mended = replay(source, finding.rpartition("-")[2], options(), CONTRACT)
    assert mended.status == 0, mended


def test_a_finding_whose_record_cannot_be_made_is_not_called_gone(reported, options):
    source, finding = reported(PASSING)
    data = json.loads(source.read_text("utf-8"))
    data["findings"] = [f for f in data["findings"] if f["id"] == finding]
    for told in data["findings"][0]["exchanges"]:
        told["purpose"] = "setup"
    source.write_text(json.dumps(data), "utf-8")
    assert replay(source, finding, options(CLOSED), CONTRACT).status == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"identity": {"name": "NOBODY", "role": "NOBODY", "tenant": "x"}}, "no account of NOBODY"),
        ({}, "it holds a secret"),
    ],
)
def test_what_cannot_be_sent_again_is_told(reported, options, change, why):
    source, finding = reported(PASSING)
    data = json.loads(source.read_text("utf-8"))
    for told in data["findings"][0]["exchanges"]:
        told.update(change, purpose="setup")
        told["request"]["body"] = {"text": "***", "masked": True}
    source.write_text(json.dumps(data), "utf-8")
    again = replay(source, finding, options(PASSING), CONTRACT)
    assert again.status == 2
    assert why in again.lines[0]


def test_a_server_that_is_gone_cannot_be_judged(reported, options):
    source, finding = reported(PROBED)
    nobody = replace(options(), url="http://127.0.0.1:9")
    with pytest.raises(CannotJudge):
        replay(source, finding, nobody, CONTRACT)


def test_a_mistake_is_told_in_one_line(reported, options, tmp_path):
    source, finding = reported(PROBED)
    assert address_of(source).startswith("http://127.0.0.1:")
    with pytest.raises(NotReplayable, match=f"did you mean '{finding}'"):
        replay(source, finding[:-2] + "zz", options(), CONTRACT)
    for text in ("{", "[]", "{}"):
        (tmp_path / "other.json").write_text(text)
        with pytest.raises(NotReplayable, match="is no report"):
            address_of(tmp_path / "other.json")
    with pytest.raises(NotReplayable, match="cannot be read"):
        address_of(tmp_path / "absent.json")
