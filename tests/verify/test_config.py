"""What the user writes, and what is said to a mistake in it."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.verify import config

KNOWN = {"url": str, "only": list, "seed": int, "read_only": bool, "rate": str}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("90", 90), ("90s", 90), ("5m", 300), ("1.5h", 5400), ("250ms", 0.25), (" 2 min ", 120)],
)
def test_durations(text, wanted):
    assert config.seconds(text) == wanted


@pytest.mark.parametrize("text", ["", "0", "5 years", "-3s", "m", "1e3", "5m3s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="write 90s, 5m or 1h"):
        config.seconds(text)


@pytest.mark.parametrize(("text", "wanted"), [("50", 50), ("50/s", 50), ("3000/m", 50)])
def test_rates(text, wanted):
    assert config.per_second(text) == wanted


@pytest.mark.parametrize("text", ["", "0/s", "x/s", "50/", "5/w", "-1/s", "nan", "inf", "/s"])
def test_what_is_no_rate_is_refused(text):
    if text == "50/":
        assert config.per_second(text) == 50
        return
    with pytest.raises(ValueError, match="is no rate"):
        config.per_second(text)


@given(st.text(min_size=1).filter(lambda t: t == t.strip()), st.text(min_size=1))
def test_a_password_may_have_colons_and_everything_else(role, password):
    if ":" in role:
        return
    account = config.role_account(f"{role}:a@b.example:{password}")
    assert (account.role, account.email, account.password) == (role, "a@b.example", password)
    assert "password" not in repr(account)


@pytest.mark.parametrize("text", ["", "ADMIN", "ADMIN:a@b.example", "ADMIN::x", ":a:b", "A:b:"])
def test_an_incomplete_account_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match="write ROLE:EMAIL:PASSWORD"):
        config.role_account(text)


@pytest.mark.parametrize("text", ["X-Key", ": v", "a b: c", "X: a\r\nY: b", "é: x"])
def test_a_header_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match="header"):
        config.header(text)


def test_a_header_keeps_colons_in_its_value():
    assert config.header("X-Key: a:b ") == ("X-Key", "a:b")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost:4010",
        "ftp://x.example",
        "http://",
        "http://x:99999",
        "http://u:p@x.example",
        "http://x.example/?a=1",
        "http://x.example/#a",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match=r"address|credentials"):
        config.address(text)


def test_the_file_of_the_folder_is_read(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "s3")
    text = (
        '[verify]\nurl = "http://x.example/${SECRET}"\nonly = "Users"\nread-only = true\nrate = 5\n'
    )
    (tmp_path / "bacasable.toml").write_text(text, "utf-8")
    found, file = config.read_config(tmp_path, KNOWN)
    wanted = {"url": "http://x.example/s3", "only": ["Users"], "read_only": True, "rate": "5"}
    assert (found, file) == (wanted, "bacasable.toml")


def test_pyproject_is_read_where_there_is_no_file_of_our_own(tmp_path):
    text = '[project]\nname = "x"\n[tool.bacasable.verify]\nseed = 3\n'
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    assert config.read_config(tmp_path, KNOWN) == ({"seed": 3}, "pyproject.toml")


def test_no_file_and_no_table_are_no_settings(tmp_path):
    assert config.read_config(tmp_path, KNOWN) == ({}, "")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n', "utf-8")
    assert config.read_config(tmp_path, KNOWN) == ({}, "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[verify\n", "bacasable.toml: cannot be read"),
        ("verify = 3\n", "must be a table"),
        ("[verify]\nsede = 3\n", "there is no setting 'sede'; did you mean 'seed'"),
        ("[verify]\nseed = true\n", "seed must be a number"),
        ('[verify]\nread_only = "yes"\n', "read_only must be true or false"),
        ("[verify]\nonly = [1]\n", "only must be a list of texts"),
        ('[verify]\nurl = "${NOT_SET_ANYWHERE}"\n', "the variable NOT_SET_ANYWHERE is not set"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(tmp_path, text, said):
    assert "NOT_SET_ANYWHERE" not in os.environ
    (tmp_path / "bacasable.toml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        config.read_config(tmp_path, KNOWN)
