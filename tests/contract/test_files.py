"""Files as texts that JSON can keep, and what is said of them when they are answered."""

import pytest

from bacasable.contract.files import File, answered_as, disposition, plain_name, visible


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\temp\\a.txt", "a.txt"),
        ("a\r\nSet-Cookie: b", "aSet-Cookie: b"),
        ("folder/", ""),
    ],
)
def test_the_name_of_a_file_has_no_folder_and_no_line(sent: str, name: str) -> None:
    assert plain_name(sent) == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "attachment"),
        ("a b.txt", 'attachment; filename="a b.txt"'),
        ('a"b', "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b"),
        ("é", "attachment; filename=\"_\"; filename*=UTF-8''%C3%A9"),
    ],
)
def test_a_file_is_answered_as_an_attachment(name: str, said: str) -> None:
    assert disposition(File(b"", name=name)) == said


def test_a_file_is_answered_in_its_own_type_where_that_is_documented() -> None:
    file = File(b"", "image/webp")
    assert answered_as(file, "image/*") == "image/webp"
    assert answered_as(file, "application/octet-stream") == "application/octet-stream"


def test_a_record_without_hidden_files_is_the_same() -> None:
    record = {"a": 1}
    assert visible(record) is record
    assert visible({"a": 1, "$file/photo": "data:"}) == {"a": 1}
