"""Which keywords of a schema a value breaks, by their places."""

from bacasable.contract import SchemaSet

SCHEMA = {
    "type": "object",
    "required": ["name", "kind"],
    "properties": {"name": {"type": "string", "maxLength": 3}, "kind": {"enum": ["A"]}},
}


def test_every_broken_keyword_is_named_and_of_required_the_member():
    broken = SchemaSet({}).keywords_for(SCHEMA)
    assert broken({"name": "abc", "kind": "A"}) == []
    assert broken({"name": "abcd", "kind": "B"}) == [
        ("/properties/name/maxLength", ""),
        ("/properties/kind/enum", ""),
    ]
    assert set(broken({})) == {("/required", "name"), ("/required", "kind")}
