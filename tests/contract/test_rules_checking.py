"""What is wrong with an expression is found without evaluating it, and told with its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract.rules.syntax import DEEPEST, LONGEST, Node, WrongExpression, read
from bacasable.contract.rules.value_types import type_of
from tests.contract.expressions import made, tried
from tests.contract.test_rules_evaluation import TRUE

WRONG = [
    # names
    ("recrd.id == 'a'", "'recrd' is no variable; did you mean 'record'? (character 1)"),
    ("xyz == 1", "'xyz' is no variable; there are record, draft, now, me (character 1)"),
    ("parent.id == 'a'", "'parent' is not there: no record lies above (character 1)"),
    ("record.stat == 'OPEN'", "'stat' is no member; did you mean 'status'? (character 8)"),
    ("record.owner.nom == 'A'", "'nom' is no member"),
    ("record.steps.all(s, s.ordr == 1)", "'ordr' is no member; did you mean 'order'?"),
    ("record.steps.all(s, t.order == 1)", "'t' is no variable"),
    ("record.steps.all(s, true) && s.order == 1", "'s' is no variable"),
    ("record.id.name == 'a'", "a text has no member 'name'"),
    ("record.count.name == 'a'", "an integer has no member 'name'"),
    ("null.name == 'a'", "a null has no member 'name'"),
    ("get('Tsk', 'a').id == 'a'", "'Tsk' is no kind of record; did you mean 'Task'?"),
    ("get(record.id, 'a').id == 'a'", "the kind of record is written out, as a text"),
    ("size(find('Task', {'stat': 'OPEN'})) == 0", "'stat' is no member of Task"),
    ("size(find('Task', {1: 'OPEN'})) == 0", "a member is written out, as a text"),
    ("sise(record.steps) == 1", "'sise' is no function; did you mean 'size'?"),
    ("record.id.matches('a')", "'matches' is no function; there are"),
    ("record.steps.map(s, s.key)", "'map' is no function"),
    ("find('Task', {'status': 'OPEN'}).all(t, t.stat == 'OPEN')", "'stat' is no member; did you"),
    ("find('Task', {'id': 'a'}).all(t, t.status == 'OPN')", "'OPN' is none of its values"),
    # values of an enum
    ("record.status == 'OPN'", "'OPN' is none of its values; did you mean 'OPEN'? (character 18)"),
    ("'OPN' == record.status", "'OPN' is none of its values"),
    ("record.status in ['OPEN', 'CLSED']", "'CLSED' is none of its values"),
    ("record.level == 3", "3 is none of its values"),
    ("size(find('Task', {'status': 'OPN'})) == 0", "'OPN' is none of the values of status"),
    ("size(find('Task', {'status': ['OPEN', 'X']})) == 0", "'X' is none of the values of status"),
    # types
    ("record.id", "is a text, and must be true or false (character 8)"),
    ("record.count", "is an integer, and must be true or false"),
    ("record", "is an object; name a member, or what is sought of it"),
    ("record.steps == record.steps", "is a list; name a member"),
    ("record.count && true", "is an integer, and must be true or false"),
    ("!record.id", "is a text, and must be true or false"),
    ("-record.id == 1", "is a text, and must be integer or number"),
    ("record.status == 1", "a text is never equal to an integer"),
    ("record.at == '2026-01-01'", "a timestamp is never equal to a text"),
    ("record.count in ['a']", "an integer is never equal to a text"),
    ("record.count in record.tags", "an integer is never equal to a text"),
    ("record.id < 1", "a text and an integer have no '<'"),
    ("record.done < true", "a bool and a bool have no '<'"),
    ("record.id + 'a' == 'b'", "a text and a text have no '+'"),
    ("record.price % 2 == 0", "a number and an integer have no '%'"),
    ("record.at + record.at == now", "a timestamp and a timestamp have no '+'"),
    ("record.done ? 1 : 'a'", "is a text beside an integer"),
    ("record.count in record.numbers", "is a list of number"),
    ("record.id in record.owner", 'is an object; seek in a list, or in index(list, "member")'),
    ("record.id in record.id", "is a text; seek in a list"),
    ("record.id.all(c, true)", "is a text, and must be a list of a record or body"),
    ("record.steps.filter(s, true)", "'filter' is no function"),
    ("get('Task', 'a').all(t, true)", "is an object, and must be a list of a record"),
    ("record.steps.all(s, s.key)", "is a text, and must be true or false"),
    ("record.steps.all(record, true)", "'record' has a meaning already"),
    ("record.steps[0] == record.steps[1]", "is an object"),
    ("record.owner['name'] == 'a'", 'is written list[number], or index(list, "member")[key]'),
    ("record.steps[-1].key == 'a'", "is written list[number]"),
    ("record.steps['a'].key == 'a'", "is written list[number]"),
    ("index(record.steps, 'key')[1.5].key == 'a'", "is a number, and must be text or integer"),
    ("index(record.steps, 'kee')['a'].key == 'a'", "'kee' is no member that is a text"),
    ("size(index(record.steps, 'weight')) == 0", "'weight' is no member that is a text"),
    ("size(index(record.id, 'weight')) == 0", "is a text, and must be a list"),
    ("size(record.count) == 0", "is an integer, and must be a list or a text"),
    ("size(1) == 0", "is an integer, and must be a list or a text"),
    ("has(record)", "is written has(record.member)"),
    ("has(1)", "is written has(record.member)"),
    ("timestamp(record.count) < now", "an instant is written out, as a text"),
    ("timestamp('soon') < now", "'soon' is no instant"),
    ("now - now < duration('soon')", "'soon' is no duration; write hours"),
    ("now - now < duration(record.id)", "a duration is written out, as a text"),
    ("get('Task', record.at).id == 'a'", "records are sought by texts, integers, true and false"),
    ("size(find('Task', {'price': record.price})) == 0", "not by a number"),
    ("size(find('Task', {'count': [record.count]})) == 0", "the values of a list are written out"),
    ("int(record.done) == 1", "is a bool, and must be integer or number or text"),
    ("record.count.startsWith('a')", "is an integer, and must be text"),
    ("record.id.startsWith(1)", "is an integer, and must be text"),
    ("record.id.getFullYear() == 1", "is a text, and must be timestamp"),
    ("record.days.all(d, d == 'a' || d.name == 'b')", "compared whole and by its members"),
    ("record.count == 99999999999999999999", "99999999999999999999 is too large (character 17)"),
    # how things are written
    ("get('Task') == null", 'is written get("Kind", id)'),
    ("size(find('Task')) == 0", 'is written find("Kind", {"member": value})'),
    ("size(find('Task', record)) == 0", 'what is sought is written {"member": value}'),
    ("size(find('Task', {})) == 0", 'what is sought is written {"member": value}'),
    ("size() == 0", "is written size(list)"),
    ("index(record.steps)['a'].key == 'a'", 'is written index(list, "member")'),
    ("record.id.startsWith() == true", "is written text.startsWith(text)"),
    ("record.at.getHours(1) == 1", "is written instant.getHours()"),
    ("record.steps.all(s)", "is written list.all(name, condition)"),
    ("record.steps.all(1, true)", "is written list.all(name, condition)"),
    ("all(record.steps, true)", "is written list.all(name, condition)"),
    ("['a'] == ['a']", "a list may be written right of `in` only"),
    ("{'a': 1} == {'a': 1}", "a map may be written in find() only"),
    ("", "ends too early (character 1)"),
    ("record.", "ends too early"),
    ("record.id == ", "ends too early"),
    ("(record.done", "ends too early; ')' is missing (character 13)"),
    ("record.done)", "cannot be read at ')' (character 12)"),
    ("record.done true", "cannot be read at 'true'"),
    ("record.done ? true", "ends too early; ':' is missing"),
    ("record.id == 'a", 'cannot be read at "\'a"'),
    ("record.id == 'a\\q'", "\\q means nothing in a text"),
    ("record.id == 'a\\u12'", "\\u means nothing in a text"),
    ("record.id = 'a'", "cannot be read at \"= 'a'\""),
    ("record.id == b'a' || true", "cannot be read at"),
    ("record.count == 1u", "cannot be read at 'u'"),
    ("!!record.done", "cannot be read at '!'"),
    ("1 in", "ends too early"),
    ("in == 1", "cannot be read at 'in'"),
    ("record.tags.all(t, true", "ends too early; ')' is missing"),
    ("find('Task', {'a' 1})", "':' is missing"),
    ("find('Task', {'a': 1 'b': 2})", "',' is missing"),
    ("record.'a'", "cannot be read at ''a''"),
    ("+ 1 == 1", "cannot be read at '+'"),
    ("record.done == true && é", "cannot be read at 'é'"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_it_is_told_with_its_place(text: str, said: str) -> None:
    with pytest.raises(WrongExpression) as caught:
        made(text)
    message = str(caught.value)
    assert said in message
    assert "(character " in message
    assert "\n" not in message


def test_an_expression_is_neither_long_nor_deep() -> None:
    with pytest.raises(WrongExpression, match="is longer than"):
        made("true || " * LONGEST)
    deep = "(" * (DEEPEST + 1) + "true" + ")" * (DEEPEST + 1)
    with pytest.raises(WrongExpression, match="nested too deep"):
        made(deep)
    assert made(deep[2:-2])


@pytest.mark.parametrize(
    "nesting",
    [
        ("(", "true", ")"),
        ("!(", "true", ")"),
        ("-(", "1", ")"),
        ("true ? (", "true", ") : false"),
        ("record.steps.all(s, ", "true", ")"),
        ("size(", "record.steps", ")"),
        ("[", "1", "]"),
        ("record.steps[", "0", "]"),
        ("1 - (", "1", ")"),
    ],
)
@pytest.mark.parametrize("times", [10, DEEPEST - 2, 60, 180])
def test_nesting_never_breaks_more_than_the_expression(
    nesting: tuple[str, str, str], times: int
) -> None:
    before, within, after = nesting
    tried(lambda: made(before * times + within + after * times), WrongExpression)


WORDS = """
    record . steps all ( ) s , && || ! - == < in [ ] { } : ? 1 1.5 'a' null true get find 'Task'
    index size has now id count 'key' + % timestamp exists
"""
PIECES = st.sampled_from(WORDS.split())


@given(st.text() | st.lists(PIECES, max_size=25).map(" ".join))
def test_any_text_is_an_expression_or_told_to_be_none(text: str) -> None:
    tried(lambda: made(text), WrongExpression)


@given(st.sampled_from(TRUE), st.data())
def test_a_changed_expression_is_one_or_told_to_be_none(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 1))
    more = data.draw(PIECES | st.just(""))
    tried(lambda: made(text[:at] + more + text[at + 1 :]), WrongExpression)


@pytest.mark.parametrize("text", TRUE)
def test_white_space_says_nothing(text: str) -> None:
    def shape(node: Node) -> str:
        return type(node).__name__ + str(getattr(node, "name", ""))

    assert shape(read(f"  {text}\n")) == shape(read(text))


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
NAMED = {"properties": {"name": TEXT}}
TYPES: list[tuple[Any, str]] = [
    ({}, "any"),
    ({"type": ["string", "integer"]}, "any"),
    ({"type": ["integer", "number"]}, "double"),
    ({"type": ["string", "null"]}, "string"),
    ({"type": "null"}, "null"),
    (NAMED, "object"),
    ({"type": "string", "format": "date-time"}, "timestamp"),
    ({"oneOf": [TEXT, WHOLE]}, "any"),
    ({"oneOf": [TEXT, {"type": "null"}, TEXT]}, "string"),
    ({"anyOf": [NAMED, NAMED]}, "object"),
    ({"$ref": "#/endless"}, "any"),
    ({"oneOf": [{"type": "array", "items": TEXT}, {"type": "array", "items": WHOLE}]}, "list"),
]


@pytest.mark.parametrize(("schema", "kind"), TYPES)
def test_types_are_those_of_the_schema(schema: Any, kind: str) -> None:
    endless = {
        "oneOf": [{"anyOf": [{"$ref": "#/endless"}, {"type": "string"}]}, {"type": "string"}]
    }
    assert type_of({"endless": endless}, schema).kind == kind


def test_a_choice_of_objects_has_the_members_of_all() -> None:
    other = {"properties": {"name": WHOLE, "size": WHOLE}, "additionalProperties": False}
    choice = type_of({}, {"oneOf": [NAMED, other]})
    named, size = choice.member("name"), choice.member("size")
    assert named is not None
    assert size is not None
    assert (named.kind, size.kind, choice.member("other")) == ("any", "int", None)
    values = type_of({}, {"oneOf": [{"const": "a"} | TEXT, {"enum": ["b"]} | TEXT]}).values
    assert values == ("a", "b")
    assert type_of({}, {"oneOf": [{"const": "a"} | TEXT, TEXT]}).values == ()
