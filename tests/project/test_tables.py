"""A table tells each of its rows that failed, and tries all of them."""

import pytest

from tests.tables import each


def rows_of(rows, **options):
    tried = []

    @each(("number", "name"), rows, **options)
    def test(number: int, name: str) -> None:
        tried.append(name)
        assert number % 2 == 0, f"{name} is odd"

    return test, tried


def test_a_table_without_faults_says_nothing_and_tries_all() -> None:
    test, tried = rows_of([(0, "none"), pytest.param(2, "two", id="second")])
    test()
    assert tried == ["none", "two"]


def test_every_row_that_fails_is_told_by_its_name_and_what_it_says() -> None:
    test, tried = rows_of([(n, f"row{n}") for n in range(12)], ids=[f"id{n}" for n in range(12)])
    with pytest.raises(pytest.fail.Exception) as failure:
        test()
    said = str(failure.value)
    assert said.startswith("6 of 12 rows failed")
    for number in (1, 3, 5, 7, 9, 11):
        assert f"id{number}]" in said
        assert f"row{number} is odd" in said
    assert "id2]" not in said
    assert len(tried) == 12


def test_a_table_without_rows_is_a_fault() -> None:
    test, _ = rows_of([])
    with pytest.raises(AssertionError, match="no rows"):
        test()


def test_rows_of_a_fixture_begin_afresh(local) -> None:
    known = []

    @each("name", ["Une", "Une"], fresh="local")
    def test(local, name: str) -> None:
        answer = local.as_("ADMIN").post("/companies", {"name": name})
        known.append(answer.data["id"])

    test(local=local)
    assert known[0] == known[1]
