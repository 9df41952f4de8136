"""The file of known findings: what it accepts, what is wrong about it, what a baseline writes."""

import tomllib
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bacasable.verify.known import Known
from bacasable.verify.model import PROFILES, Options, Outcome, Unproved

from .fakes import HOSTILE, URL, fault, report_of

TODAY = date(2026, 11, 2)
LATER = date(2027, 1, 1)
RAN = [Outcome("status-documented", o, "passed") for o in ("listCourses", "getCourse", "getUser")]


@pytest.fixture
def finding(contract):
    (one,) = report_of(contract, [fault(), fault("getCourse")]).findings
    return one


@pytest.fixture
def known(tmp_path):
    def write(*lines, head=""):
        path = tmp_path / "known.toml"
        path.write_text(head + "".join(f"[[known]]\n{line}\n" for line in lines), "utf-8")
        return Known.read(path)

    return write


def line(finding, reason="agreed", expires="2027-01-01", more=""):
    return f'finding = "{finding}"\nreason = "{reason}"\nexpires = {expires}\n{more}'


def applied(known, findings=(), unproved=(), ran=RAN, stopped=False, **given):
    options = replace(Options(URL), **given)
    return known.apply(findings, unproved, TODAY, ran, options, stopped=stopped)


def test_a_line_accepts_a_finding_and_a_gap(known, finding):
    gap = Unproved("never-refused", "getUser", "why")
    found, gaps, errors = applied(known(line(finding.id), line(gap.id)), [finding], [gap])
    assert found[0].known == "agreed (until 2027-01-01)"
    assert gaps[0].known == "agreed (until 2027-01-01)"
    assert errors == []


def test_nothing_else_is_accepted(known, finding):
    other = replace(finding, id="status-documented-000000")
    found, _, errors = applied(known(line(finding.id)), [finding, other])
    assert [bool(f.known) for f in found] == [True, False]
    assert errors == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('finding = "a-1"\nexpires = 2027-01-01', "a-1 has no reason; write reason"),
        ('finding = "a-1"\nreason = " "\nexpires = 2027-01-01', "has no reason"),
        ('finding = "a-1"\nreason = "r"', "a-1 has no day on which it expires"),
        ('finding = "a-1"\nreason = "r"\nexpires = "2027-01-01"', "no day"),
        ('finding = "a-1"\nreason = "r"\nexpires = 2027-01-01T00:00:00Z', "no day"),
        ('reason = "r"\nexpires = 2027-01-01', "names no finding"),
        (line("a-1", more="expiry = 1"), "unknown key 'expiry'; did you mean 'expires'?"),
        (line("a-1", more="operations = 'x'"), "operations that are no list"),
        (line("a-1", more="profile = 'slow'"), "none of quick, standard, deep"),
    ],
)
def test_what_is_wrong_about_a_line_is_told_with_its_place(known, finding, text, said):
    read = known(line(finding.id), text, head="# comment\n\n")
    found, _, errors = applied(read, [finding])
    assert found[0].known
    (error,) = errors
    assert error.startswith(f"{read.path}:8: ")
    assert said in error
    assert "\n" not in error


def test_a_line_is_good_up_to_its_last_day(known, finding):
    found, _, errors = applied(known(line(finding.id, expires=TODAY)), [finding])
    assert (found[0].known, errors) == (f"agreed (until {TODAY})", [])


@pytest.mark.parametrize(
    "given", [{"only": ("a",)}, {"exclude": ("a",)}, {"checks": ("a",)}, {"read_only": True}]
)
def test_a_narrowed_run_says_nothing_of_what_it_did_not_look_at(known, given):
    unused = known(line("status-documented-abcdef"))
    assert applied(unused, **given)[2] == []
    assert len(applied(unused)[2]) == 1


def test_an_expired_line_accepts_nothing_and_is_an_error(known, finding):
    found, _, errors = applied(known(line(finding.id, expires="2026-11-01")), [finding])
    assert not found[0].known
    assert "expired on 2026-11-01" in errors[0]
    assert applied(known(line(finding.id, expires="2026-11-02")), [finding])[2] == []


def test_a_line_that_nothing_matches_is_an_error_where_it_was_judged(known):
    judged = known(line("status-documented-123456"))
    assert "is not seen any more" in applied(judged)[2][0]
    assert applied(judged, only=("getUser",))[2] == []
    assert applied(judged, stopped=True)[2] == []
    assert applied(known(line("etag-123456")))[2] == []


def test_the_operations_of_a_line_say_what_must_be_judged(known):
    mine = known(line("status-documented-123456", more="operations = ['getUser']"))
    assert len(applied(mine, only=("getUser",))[2]) == 1
    assert applied(mine, ran=RAN[:2], only=("listCourses", "getCourse"))[2] == []
    not_judged = [Outcome("status-documented", "getUser", "not-judged")]
    assert applied(mine, ran=not_judged)[2] == []


def test_a_quick_run_need_not_find_what_a_deep_one_did(known):
    deep = known(line("status-documented-123456", more='profile = "deep"'))
    assert applied(deep)[2] == []
    assert len(applied(deep, profile=PROFILES["deep"])[2]) == 1


def test_a_finding_that_spreads_is_not_accepted(known, finding):
    one = known(line(finding.id, more='operations = ["listCourses"]'))
    found, _, errors = applied(one, [finding])
    assert not found[0].known
    assert "is seen on getCourse too" in errors[0]
    both = [line(finding.id, more=f'operations = ["{o}"]') for o in finding.operations]
    found, _, errors = applied(known(*both), [finding])
    assert found[0].known
    assert errors == []


def test_an_operation_that_is_mended_must_be_taken_out(known, finding):
    more = 'operations = ["listCourses", "getCourse", "getUser"]'
    found, _, errors = applied(known(line(finding.id, more=more)), [finding])
    assert found[0].known
    assert "is not seen on getUser any more; take it out" in errors[0]


def test_a_gap_that_is_closed_must_be_taken_out(known):
    mine = known(line("never-refused:getUser"), line("skipped:elsewhere"))
    assert [e.split()[1] for e in applied(mine)[2]] == ["never-refused:getUser"]
    assert applied(mine, checks=("status-documented",))[2] == []


@pytest.mark.parametrize("text", ["[[known]", "known = 3", "known = [1]", b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path, text):
    path = tmp_path / "k.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=r"k\.toml: ") as error:
        Known.read(path)
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match="cannot be read"):
        Known.read(tmp_path / "absent.toml")


def test_an_unknown_table_is_an_error(known, finding):
    assert (
        "unknown key 'other'"
        in applied(known(line(finding.id), head="other = 1\n"), [finding])[2][0]
    )


def test_a_baseline_accepts_everything_that_was_found(tmp_path, finding):
    path = tmp_path / "known.toml"
    gap = Unproved("skipped", "*", "why")
    assert Known.baseline([finding], [gap], path, "agreed", LATER, profile="standard") == 2
    found, gaps, errors = applied(Known.read(path), [finding], [gap])
    assert found[0].known
    assert gaps[0].known
    assert errors == []
    assert Known.baseline(found, gaps, path, "agreed", LATER) == 0


def test_a_baseline_keeps_what_the_file_has(tmp_path, finding):
    path = tmp_path / "known.toml"
    before = '# ours\n[[known]]  # kept\nfinding = "x-1"\nreason = "r"\nexpires = 2027-01-01'
    path.write_text(before, "utf-8")
    Known.baseline([finding], [], path, "agreed", LATER)
    assert path.read_text("utf-8").startswith(before)
    assert len(tomllib.loads(path.read_text("utf-8"))["known"]) == 2


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40), st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_a_baseline_can_be_read_whatever_it_holds(tmp_path_factory, title, name, reason):
    path = tmp_path_factory.mktemp("known") / "k.toml"
    gaps = [Unproved("skipped", name, title), Unproved("skipped", HOSTILE, HOSTILE)]
    Known.baseline([], gaps, path, reason or "r", LATER)
    assert len(tomllib.loads(path.read_text("utf-8"))["known"]) == 2
