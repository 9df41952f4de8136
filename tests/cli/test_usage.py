"""Every command, used wrongly: one line on standard error that says what would be right."""

import click
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bacasable.cli import main
from tests.tables import each


def walk(group=main, path=()):
    yield path, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from walk(command, (*path, name))
        else:
            yield (*path, name), command


EVERY = dict(walk())
COMMANDS = {path: found for path, found in EVERY.items() if not isinstance(found, click.Group)}
GROUPS = {path: found for path, found in EVERY.items() if isinstance(found, click.Group)}
OPTIONS = [
    (path, name)
    for path, command in EVERY.items()
    for param in command.params
    for name in param.opts
    if name.startswith("--")
]
CHOICES = [
    (path, param)
    for path, command in COMMANDS.items()
    for param in command.params
    if isinstance(param.type, click.Choice)
]
REQUIRED = [
    (path, param)
    for path, command in COMMANDS.items()
    for param in command.params
    if param.required
]


def refused(*typed):
    """The only line that a wrong use prints."""
    done = CliRunner().invoke(main, [*typed])
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("bacasable: ")
    return line


def some_value(param):
    return param.type.choices[0] if isinstance(param.type, click.Choice) else "1"


def needed(path, but=None):
    """What a command must be given, one parameter left out."""
    typed = []
    for param in EVERY[path].params:
        if param.required and param is not but:
            option = [param.opts[0]] if isinstance(param, click.Option) else []
            typed += [*option, some_value(param)]
    return typed


@each("path", EVERY, ids=" ".join)
def test_an_unknown_option_is_one_line_with_where_to_read_more(path):
    place = " ".join(path)
    line = refused(*path, "--zzzzzzzz")
    assert line.startswith(f"bacasable: {place}: " if place else "bacasable: there")
    assert line.endswith(f"see 'bacasable {place} --help'".replace("  ", " "))


@each(("path", "name"), OPTIONS, ids=str)
def test_a_misspelt_option_is_told_the_right_one(path, name):
    wrong = name[:-1] + "qq"
    assert refused(*path, wrong).endswith("?")
    assert f"did you mean '{name}'" in refused(*path, name + "q")


@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
def test_a_misspelt_command_is_told_the_right_one(path):
    for name in GROUPS[path].commands:
        assert f"did you mean '{name}'" in refused(*path, name + "q")
    assert "--help" in refused(*path, "zzzzzzzz")


@each(("path", "param"), REQUIRED, ids=str)
def test_what_is_missing_is_named(path, param):
    line = refused(*path, *needed(path, param))
    # The value of an argument that follows may have been taken for it.
    missing = [p for p in EVERY[path].params if p.required and type(p) is type(param)]
    names = [p.opts[0] if isinstance(p, click.Option) else p.human_readable_name for p in missing]
    assert any(f" {name} is missing" in line for name in names)


@each(("path", "param"), CHOICES, ids=str)
def test_a_choice_that_is_none_is_told_the_nearest(path, param):
    choice = str(param.type.choices[0])
    option = [param.opts[0]] if isinstance(param, click.Option) else []
    typed = [*path, *needed(path, param), *option, choice + "q"]
    assert f"did you mean '{choice}'" in refused(*typed)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["serve", "--port"], "option '--port' requires an argument"),
        (["serve", "--port", "99999"], "--port: 99999 is not in the range"),
        (["serve", "--no-controls=1"], "option '--no-controls' does not take a value"),
        (["fork", "a", "b", "c"], "unexpected extra argument (c)"),
        (["-x"], "there is no option '-x'"),
    ],
)
def test_other_misuse_is_one_line_too(typed, says):
    assert says in refused(*typed)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(list(GROUPS)), st.text(min_size=1, max_size=30))
def test_nothing_typed_for_a_command_makes_more_than_a_line(path, word):
    if word in GROUPS[path].commands or word in ("-h", "--help", "--version"):
        return
    done = CliRunner().invoke(main, [*path, word])
    if word == "--":  # ends the options, so no command is named: the group says what it has
        assert done.exit_code == 2
    else:
        assert done.exit_code == 2
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
def test_a_group_alone_shows_what_it_has(path):
    shown = CliRunner().invoke(main, [*path]).output
    assert all(name in shown for name in GROUPS[path].commands)


def test_a_mistake_outside_standalone_mode_is_raised():
    with pytest.raises(click.ClickException, match="there is no command 'clock nothing'"):
        main.main(["clock", "nothing"], standalone_mode=False)
