"""The kit as tests of pytest, run by pytest itself against a server on a socket."""

import json
import re
from dataclasses import replace

import pytest

from bacasable.verify.checks import all_checks
from bacasable.verify.fuzzing.verdicts import CHECKS
from bacasable.verify.model import Account, Finding, Options
from bacasable.verify.suite import (
    GENERATING,
    SETTINGS,
    ContractWarning,
    Prepared,
    _tell,
    options_from,
    verify_suite,
)
from tests.verify.catalogue import CATALOGUE
from tests.verify.sweep import SWEEP

pytest_plugins = ["pytester"]

KIT = ["--pyargs", "bacasable.verify", "--profile", "quick"]
CHECKED = ["--check", "answer-schema", "--check", "wrong-method", "--check", "unknown-path"]


@pytest.fixture
def kit(pytester, clean):
    """`kit(*options, url=...)`: a run of the kit's own tests, apart from this one."""

    def run(*options, url=clean.url):
        address = ["--base-url", f"{url}/api/v1"] if url else []
        # In this process: another would import Schemathesis again, which takes longest.
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *KIT, *address, *options)

    return run


def test_each_operation_and_check_is_a_test_with_a_name(kit):
    done = kit("-v", "--only", "listCourses", "--only", "deleteCourse", *CHECKED)
    done.assert_outcomes(passed=4)
    found = re.findall(r"test_contract\[([^\]]+)\] PASSED", done.stdout.str())
    assert sorted(found) == [
        "deleteCourse-answer-schema",
        "listCourses-answer-schema",
        "listCourses-wrong-method",
        "server-unknown-path",
    ]


def test_nothing_is_sent_to_know_which_tests_there_are(kit):
    done = kit("--collect-only", "-q", "--only", "Courses", url="http://127.0.0.1:9")
    assert done.ret == 0
    assert "listCourses-list-sort" in done.stdout.str()
    assert "deleteCourse-list-sort" not in done.stdout.str(), "no list, no test"


@SWEEP
def test_the_tests_are_shared_among_processes(kit):
    done = kit("-n", "2", "--only", "listCourses", "--only", "getCourse", *CHECKED)
    done.assert_outcomes(passed=5)


@SWEEP
def test_what_the_accounts_do_not_suffice_for_is_skipped_with_the_reason(kit):
    only = ("--only", "listCourses", "--check", "foreign-list", "-rs")
    given = kit("--other-tenant", "atelier-nord:admin@atelier-nord.example:bac-a-sable-2026", *only)
    given.assert_outcomes(passed=1)
    alone = kit(*only)
    assert alone.parseoutcomes().get("passed", 0) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--only", "nonsense"], "there is no tag or operation 'nonsense'"),
        (["--check", "nonsense"], "there is no check 'nonsense'"),
        (["--tenant", "nonsense", "--check", "wrong-method"], "not judged: the login"),
        (["--rate", "fast"], "'fast' is no rate"),
    ],
)
def test_what_cannot_be_judged_is_told_in_one_line(kit, options, said):
    done = kit(*options)
    assert done.ret == 1
    done.stdout.fnmatch_lines([f"*{said}*"])
    assert "Traceback" not in done.stdout.str()
    assert "_prepared" not in done.stdout.str()


def test_without_an_address_one_test_says_so(kit):
    done = kit(url="")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*no server to judge: give --base-url*"])


MINE = """
    from bacasable.verify import verify_suite

    test_contract = verify_suite({url!r}, only=["listCourses"], check=["wrong-method"])
    test_twice = verify_suite(check=["cache-private"], only=["getSession"])

    def test_of_another_kind():
        pass
"""


@SWEEP
def test_a_module_of_its_own_takes_settings_from_itself_the_file_and_the_command(pytester, clean):
    pytester.makepyfile(MINE.format(url=f"{clean.url}/api/v1"))
    path = pytester.path / "bacasable.toml"
    path.write_text(f'[verify]\nurl = "{clean.url}/api/v1"\nprofile = "quick"\nmax-time = "5m"\n')
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-v")
    done.assert_outcomes(passed=3)
    done.stdout.fnmatch_lines(["*test_contract?listCourses-wrong-method? PASSED*"])
    other = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-v", "--verify-only", "login")
    other.stdout.fnmatch_lines(["*test_contract?login-wrong-method? PASSED*"])
    made = {p.name for p in pytester.path.iterdir() if p.name[0] == "."}
    assert made <= {".cache"}, "the home of these tests is here"


@pytest.fixture
def broken(serving):
    """The address of a server with a planted defect, by its name."""
    known = {defect.id: defect for defect in CATALOGUE}
    return lambda name: serving(known[name])


def test_a_finding_fails_its_test_and_says_how_to_see_it_again(kit, broken):
    url = broken("enum-in-lower-case")
    done = kit("--only", "getCourse", "--check", "answer-schema", url=url)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*expected*", "*received*", "*contract*openapi.yaml:*", "*curl*"])
    assert "votre-mot-de-passe" not in done.stdout.str()
    assert "eyJ" not in done.stdout.str(), "no token is shown"


def test_an_accepted_finding_is_expected(kit, broken, pytester):
    url = broken("enum-in-lower-case")
    options = ("--only", "getCourse", "--check", "answer-schema")
    name = re.search(r"\[(answer-schema-\w+)\]", kit(*options, url=url).stdout.str())
    assert name
    text = f'[[known]]\nfinding = "{name[1]}"\nreason = "soon mended"\nexpires = 2199-01-01\n'
    (pytester.path / "known.toml").write_text(text)
    kit(*options, "--known", "known.toml", url=url).assert_outcomes(xfailed=1)


def test_a_warning_is_no_failure():
    finding = Finding(
        "etag-1", "etag", "warning", "No ETag", "none", ("getCourse",), "one", "none", "", "", (),
        "curl", "Send one.", None, 1,
    )  # fmt: skip
    with pytest.warns(ContractWarning, match="No ETag"):
        _tell([finding])
    with pytest.raises(pytest.fail.Exception, match="No ETag"):
        _tell([replace(finding, severity="error")])
    with pytest.raises(pytest.xfail.Exception, match="soon"):
        _tell([replace(finding, severity="error", known="soon mended")])


def test_settings_are_those_of_the_command():
    options = options_from(
        {
            "url": "http://127.0.0.1:4010/",
            "email": "a@b.example",
            "password": "p",
            "as": ["ADMIN:c@d.example:p:q"],
            "other_tenant": "them:e@f.example:r",
            "header": ["X-Key: v"],
            "rate": "50/s",
            "timeout": "2s",
            "seed": 3,
            "read_only": True,
        }
    )
    assert options == Options(
        "http://127.0.0.1:4010",
        account=Account(email="a@b.example", password="p"),
        roles=(Account("ADMIN", "c@d.example", "p:q"),),
        others=(Account(email="e@f.example", password="r", tenant="them"),),
        headers=(("X-Key", "v"),),
        rate=50.0,
        timeout=2.0,
        seed=3,
        read_only=True,
    )
    for wrong in ({}, {"url": "ftp://x"}, {"url": "http://x", "profile": "slow"}):
        with pytest.raises(ValueError, match=" "):
            options_from(wrong)
    with pytest.raises(ValueError, match="no setting 'tennant'"):
        verify_suite(tennant="x")
    assert "as" in SETTINGS


def test_checks_that_generated_requests_serve_are_checks():
    assert {name for told in CHECKS.values() for name in told} == GENERATING <= set(all_checks())


def test_a_run_that_only_reads_has_tests_of_what_can_be_read(contract):
    prepared = Prepared(contract, Options("http://127.0.0.1:9", read_only=True), None)
    pairs = prepared.pairs()
    methods = {pair.operation.method for pair in pairs if pair.operation}
    assert methods == {"get"}
    assert not [pair.id for pair in pairs if pair.check.kind != "answer" and pair.check.writes]
    assert len({pair.id for pair in pairs}) == len(pairs)
    assert json.dumps([pair.id for pair in pairs])
