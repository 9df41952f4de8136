"""What an expression says of records: as CEL says it, but that a missing member is null."""

from datetime import UTC, datetime
from typing import Any

import cel
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bacasable.contract.rules import Undecided
from bacasable.contract.rules.syntax import WrongExpression
from tests.contract.expressions import NOW, WHOLE, Given, Json, holds, made, tried

OTHER: Json = WHOLE | {"id": "two", "status": "CLOSED", "count": None, "tags": ["w"]}
RECORDS = [WHOLE, OTHER]

TRUE = [
    'record.status == "OPEN"',
    "record.status != 'CLOSED'",
    'record.status in ["OPEN", "CLOSED"]',
    "record.count == 3 && record.count != 4",
    "record.count > 2 && record.count >= 3 && record.count < 4 && record.count <= 3",
    "record.level == 1",
    "record.count in [1, 3]",
    "1 + 2 * 3 == 7 && 7 % 2 == 1 && (1 + 2) * 3 == 9 && 7 / 2 == 3 && 3 - 1 - 1 == 1",
    "record.count * 2 == 6 && -record.count == -3 && - 3 == -3",
    "record.price * 2 == 8 && record.price / 8 == 0.5 && record.price == 4",
    "record.price + record.count == 7",
    "int(record.price) == 4 && double(record.count) == 3.0 && int('12') == 12",
    "record.done && !(!record.done)",
    "record.done == true",
    "record.done ? record.count == 3 : false",
    "(record.count == null ? 0 : record.count) == 3",
    "(record.done ? null : 1) == null",
    "record.at < now && now < record.until",
    'record.at == timestamp("2026-01-01T00:00:00+00:00")',
    'record.until == timestamp("2026-06-01T10:30:00Z")',
    'timestamp("2026-01-01") == record.at && timestamp(record.at) == record.at',
    'timestamp(record.day) > record.at && timestamp(record.day) > timestamp("2026-02-28")',
    'record.at + duration("24h") == timestamp("2026-01-02")',
    'now - record.at == duration("744h") && now - duration("744h") == record.at',
    'duration("1h") + duration("1h") - duration("1h") < duration("90m")',
    "record.until.getFullYear() == 2026 && record.until.getHours() == 10",
    "record.at.getMonth() == 0 && record.at.getDate() == 1 && record.at.getDayOfWeek() == 4",
    "record.until.getMinutes() == 30",
    'record.day < "2026-03-02"',
    'record.id.startsWith("o") && record.id.endsWith("e") && record.id.contains("n")',
    'record.owner.name == "Ada" && record.owner.age == 36',
    "record.owner != null && !(record.owner == null) && has(record.owner)",
    "record.blob.size == 5 && record.open.any == 'thing' && record.open.none == null",
    "size(record.steps) == 2 && record.steps.size() == 2 && size(record.id) == 3",
    "record.steps.all(s, s.order > 0) && record.steps.exists(s, s.order == 2)",
    'record.steps.exists_one(s, s.key == "a")',
    "record.steps.all(s, s.order < 3 && record.steps.exists(t, t.order == 3 - s.order))",
    "record.steps.all(s, record.steps.all(s, s.order > 0) && s.order > 0)",
    "record.steps.all(s, s.chosen.all(c, c in index(s.options, 'value')))",
    'record.steps.all(s, s.at == null || s.at == timestamp("2026-01-02"))',
    'record.steps.all(s, s.day == null || timestamp(s.day) == timestamp("2026-01-02"))',
    "record.steps.all(s, s.weight < 1.5)",
    "record.steps.all(s, size(s.options) == size(index(s.options, 'value')))",
    "size(index(record.steps, 'key')) == size(record.steps)",
    "record.steps.all(s, index(s.options, 'value')['x'].points in [null, 1])",
    "record.steps.all(s, size(index(s.options, 'value')['x'].value) < 2)",
    "record.steps.all(s, record.tags.all(t, index(s.options, 'value')[t].points == null))",
    "size(get('Task', 'two').owner.name) == 3 && has(index(record.steps, 'key')['a'].at)",
    "'a' in index(record.steps, 'key') && !('c' in index(record.steps, 'key'))",
    "index(record.steps, 'key')['b'].order == 2",
    "index(record.steps, 'order')[2].key == 'b'",
    "index(record.steps, 'key')['c'].order == null",
    "!has(index(record.steps, 'key')['c'].order) && has(index(record.steps, 'key')['a'].order)",
    "size(index(record.steps, 'key')['c'].options) == 0",
    "size(index(index(record.steps, 'key')['c'].options, 'value')) == 0",
    "index(record.steps, 'key')['c'].options.all(o, false)",
    "index(record.steps, 'key')['a'].options.all(o, o.points > 0)",
    "!('x' in index(index(record.steps, 'key')['c'].options, 'value'))",
    "'x' in index(index(record.steps, 'key')['a'].options, 'value')",
    "timestamp(index(record.steps, 'key')['a'].day) == timestamp('2026-01-02')",
    "record.tags.all(t, !(t in index(record.steps, 'key')))",
    "'u' in record.tags && 2 in record.ranks && !('w' in record.tags)",
    "record.tags.exists(t, t == 'v') && record.ranks.all(r, r < 3)",
    "record.numbers.all(n, n < 3) && record.numbers.exists(n, n == 2.5)",
    "record.steps[0].key == 'a' && record.steps[1].order == 2 && record.tags[0] == 'u'",
    "record.steps[2].key == null && record.steps[0].options[0].points == 1",
    "record.days[0] == '2026-01-01' && record.days.all(d, d == '2026-01-01')",
    "get('Task', record.id).status == 'OPEN' && get('Task', 'two').status == 'CLOSED'",
    "get('Task', 'nobody').status == null && get('Task', record.blob.none).status == null",
    "get('Task', get('Task', 'two').id).status == 'CLOSED' && get('Task', 'two') != null",
    "get('Task', 'nobody') == null",
    "size(get('Task', 'nobody').steps) == 0 && get('Task', 'nobody').steps.all(s, false)",
    "size(find('Task', {'status': 'OPEN'})) == 1",
    "size(find('Task', {'status': ['OPEN', 'CLOSED']})) == 2",
    "size(find('Task', {'status': 'OPEN', 'id': record.id})) == 1",
    "size(find('Task', {'tags': 'u'})) == 1 && size(find('Task', {'tags': ['u', 'w']})) == 2",
    "size(find('Task', {'count': null})) == 1 && size(find('Task', {'count': draft.count})) == 0",
    "find('Task', {'status': 'CLOSED'}).all(t, t.id != record.id)",
    "find('Loose', {'other': null}).all(t, t.id == record.id || t.other == null)",
    "record.tags.all(t, size(find('Task', {'tags': t})) == 1)",
    "record.tags.all(t, find('Task', {'tags': t, 'count': null}).all(f, f.id == 'two'))",
    "record.tags.all(t, size(find('Task', {'tags': [\"u\", 'w'], 'id': t})) == 0)",
    "record.steps.all(s, get('Task', s.key).status == null)",
    "find('Task', {'status': 'OPEN'}).all(t, get('Task', t.id).status == 'OPEN')",
    "find('Task', {'status': 'OPEN'}).all(t, size(get('Task', t.id).steps) == 2)",
    "find('Task', {'done': true}).all(t, get('Task', t.id).steps.all(s, s.order > 0))",
    "draft.status == null && draft.steps.all(s, false) && size(draft.steps) == 0",
    "!('x' in draft.tags) && size(index(draft.steps, 'key')) == 0 && draft.id == null",
    "draft.count == null || draft.count > 3",
    "draft.at == null || draft.at > now",
    "!has(draft.at) && has(record.at)",
    "record.id == 'it\\'s' || record.id == \"\\u006f\\u006ee\"",
    "record.steps.all(s, s.key != record.id && !(s.key.contains(record.id)))",
    "record.count + 0 != null && now != null",
    "true || record.count / 0 == 1",
]
UNDECIDED = [
    "draft.count < 3",
    "draft.at < now",
    "record.count / 0 == 1",
    "draft.done",
    "draft.done && record.done",
    "record.blob == 1",
    "record.blob.list == 1",
    "int(record.id) == 1",
    "record.count + 9223372036854775807 > 0",
]


@pytest.mark.parametrize("text", TRUE)
def test_it_is_true_and_its_contrary_is_not(text: str) -> None:
    facts = Given(RECORDS)
    assert holds(text, facts)
    assert not holds(f"!({text})", facts)


@pytest.mark.parametrize("text", UNDECIDED)
def test_what_is_missing_or_of_another_type_leaves_it_undecided(text: str) -> None:
    with pytest.raises(Undecided) as caught:
        holds(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"at": "soon"}, "record.at < now"),
        ({"price": "dear"}, "record.price < 3"),
        ({"id": ["a"]}, "record.id == 'a'"),
        ({"done": "yes"}, "record.done ? true : false"),
        ({"at": 5}, "record.steps.all(s, s.order > 0 && record.at < now)"),
        ({"price": 10**400}, "record.price > 1"),
        ({"id": "\ud800"}, "record.id == 'a'"),
        (
            {"steps": [{"at": "soon"}]},
            "record.steps.all(s, get('Task', s.key).id == null && s.at < now)",
        ),
    ],
)
def test_a_record_that_breaks_its_schema_leaves_it_undecided(changes: Json, text: str) -> None:
    with pytest.raises(Undecided):
        holds(text, Given(record=WHOLE | changes))


def test_what_a_function_of_a_loop_meets_leaves_it_undecided() -> None:
    broken = [WHOLE | {"id": "u", "at": "soon"}]
    with pytest.raises(Undecided):
        holds("record.tags.all(t, get('Task', t).at < now || true)", Given(broken))
    assert holds("record.tags.all(t, get('Task', t).at == null)")


def test_a_record_that_is_no_object_has_no_members() -> None:
    facts = Given(record=None, draft=[], now=NOW)
    assert holds("record.id == null && draft.id == null && record.owner.name == null", facts)
    assert holds("record.steps[0].key == null && draft.steps.all(s, false)", facts)
    assert holds("record.steps.all(s, s.key == null)", Given(record={"steps": ["text", None]}))
    nameless = Given(record={"steps": ["text", {}, {"key": ["a"]}]})
    assert holds("size(index(record.steps, 'key')) == 0", nameless)
    assert holds("index(record.steps, 'key')['a'].order == null", nameless)


def test_only_what_is_named_is_read_and_each_record_once() -> None:
    class Strict(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            assert name in {"id", "status", "count"}
            return super().get(name, default)

    facts = Given([Strict(OTHER)], record=Strict(WHOLE))
    text = "find('Task', {'status': 'CLOSED'}).all(t, t.count == null || t.id == record.id)"
    assert holds(f"{text} && {text}", facts)
    assert facts.sought == [{"status": "CLOSED"}]


def test_it_says_what_it_names_and_seeks() -> None:
    one = made("record.id != null && size(find('Task', {'tags': me.roles[0], 'id': 'x'})) == 0")
    assert one.variables == {"record", "me"}
    assert one.sought == {("Task", "tags")}


# --- the same as the library says of whole values

LEAVES = st.sampled_from(
    [
        ("record.count", "int"),
        ("record.owner.age", "int"),
        ("record.steps[0].order", "int"),
        ("size(record.steps)", "int"),
        ("7", "int"),
        ("record.id", "string"),
        ("record.owner.name", "string"),
        ("'one'", "string"),
        ("record.done", "bool"),
        ("record.at", "timestamp"),
        ("record.until", "timestamp"),
    ]
)


@st.composite
def comparisons(draw: st.DrawFn) -> str:
    left, kind = draw(LEAVES)
    right, _ = draw(LEAVES.filter(lambda leaf: leaf[1] == kind))
    signs = ["==", "!="] if kind == "bool" else ["==", "!=", "<", "<=", ">", ">="]
    return f"{left} {draw(st.sampled_from(signs))} {right}"


LOOPS = st.sampled_from(
    [
        "record.steps.all(s, {0})",
        "record.steps.exists(s, s.order > 1 && {0})",
        "record.steps.exists_one(s, s.key == 'a' || {0})",
        "record.tags.exists(t, t in ['u', 'z'] && {0})",
        "record.steps.all(s, s.chosen.exists(c, c == 'x') || {0})",
    ]
)
EXPRESSIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.builds("({} && {})".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds(lambda loop, one: loop.replace("{0}", one), LOOPS, inner),
    ),
    max_leaves=6,
)


@given(EXPRESSIONS)
def test_of_whole_records_it_says_what_the_library_says(text: str) -> None:
    whole = WHOLE | {name: datetime.fromisoformat(WHOLE[name]) for name in ("at", "until")}
    said = cel.evaluate(text, {"record": whole, "now": datetime.now(UTC)})
    assert tried(lambda: holds(text), WrongExpression) in {said, None}


RECORDS_OF_ANY_KIND = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(sorted({*WHOLE, *WHOLE["steps"][0]})), inner)
    ),
    max_leaves=12,
)


@given(st.sampled_from([*TRUE, *UNDECIDED]), RECORDS_OF_ANY_KIND, RECORDS_OF_ANY_KIND)
def test_of_any_values_it_is_true_false_or_undecided(text: str, record: Json, other: Json) -> None:
    facts = Given([{"id": "u", "x": other}], record=record, draft=other, now=NOW)
    assert tried(lambda: made(text).holds(facts), Undecided) in {True, False, None}


@given(st.integers())
def test_a_record_is_found_by_a_number_as_paths_name_it(number: int) -> None:
    facts = Given([{"id": str(number), "status": "CLOSED"}], record=WHOLE | {"count": number})
    assert holds("get('Task', record.count).status == 'CLOSED'", facts)
    assert not holds("get('Task', record.done).status == 'CLOSED'", facts)
