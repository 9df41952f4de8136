"""A control is added by its path in the document and one function: client, HTTP, command follow."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bacasable

PACKAGE = Path(bacasable.__file__).parent
ROOT = PACKAGE.parents[1]
PATH = """
  /tenants/{tenant}/greeting:
    parameters: [{$ref: '#/components/parameters/tenant'}]
    post:
      operationId: greetTenant
      tags: [Clock]
      summary: Greet a tenant.
      requestBody:
        required: true
        content:
          application/json:
            schema:
              type: object
              additionalProperties: false
              required: [saidBy]
              properties:
                saidBy: {type: string, minLength: 2, description: Who greets.}
                times: {type: integer, minimum: 1, default: 2, description: How often.}
      responses:
        '200':
          description: The greeting.
          content: {application/json: {schema: {type: object, description: The greeting.}}}
        '400': {$ref: '#/components/responses/BadRequest'}
        '404': {$ref: '#/components/responses/NotFound'}
"""
FUNCTION = '''

def greet_tenant(hub: Hub, values: Values) -> Answer:
    """A greeting."""
    space, body = hub.estate.space(values.path["tenant"]), values.body
    return Answer(data={"said": f"{body['saidBy']}: hello {space.slug}", "times": body["times"]})
'''
USE = """
import click
from click.testing import CliRunner
from bacasable import Sandbox
from bacasable.client import ControlRefused
from bacasable.commands.forwarding import forwarded

@click.command()
@forwarded("greet_tenant")
def greet(data, given):
    return data, [data["said"]] * data["times"]

with Sandbox(tenants=["vide"]) as sandbox:
    print(sandbox.controls.greet_tenant("vide", "me", times=3))
    try:
        sandbox.controls.greet_tenant("vide", "x")
    except ControlRefused as refused:
        print(refused)
    with sandbox.client() as http:
        path = "/_sandbox/tenants/vide/greeting"
        print(http.post(path, json={"saidBy": "us"}).json())
        print(http.get(path).headers["allow"], http.post(path + "s").status_code)
        print(http.post(path, json={"saidBy": "us"}, headers={"origin": "http://x.example"}).json()["code"])
        print("/tenants/{tenant}/greeting" in http.get("/_sandbox/openapi.json").json()["paths"])
    typed = ["they", "--times", "1", "--tenant", "vide", "--url", sandbox.url]
    print(CliRunner().invoke(greet, typed).output)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package in another place, as it lies in a checkout, and without its pages."""
    left_out = shutil.ignore_patterns("__pycache__", "vendor", "verify", "guides")
    target = tmp_path / "src" / "bacasable"
    shutil.copytree(PACKAGE, target, ignore=left_out)
    for name in ("openapi.yaml", "fixtures"):
        if (ROOT / name).exists():
            (tmp_path / name).symlink_to(ROOT / name)
    return target


def run(package: Path, program: str) -> str:
    """What a program prints that imports the copy."""
    begin = f"import sys; sys.path.insert(0, {str(package.parent)!r})\n"
    command = [sys.executable, "-c", begin + program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_control_is_its_path_and_one_function(copy: Path) -> None:
    controls = copy / "sandbox" / "controls"
    document = controls / "controls.yaml"
    text = document.read_text("utf-8")
    assert "\npaths:\n" in text
    document.write_text(text.replace("\npaths:\n", "\npaths:" + PATH, 1), "utf-8")
    with (controls / "clock.py").open("a", encoding="utf-8") as clock:
        clock.write(FUNCTION)
    # As `python3 run.py docs` does.
    for name, file in (
        ("as_client", "client/controls.py"),
        ("as_parameters", "commands/parameters.py"),
    ):
        source = run(
            copy, f"from bacasable.sandbox.controls import source; print(source.{name}(), end='')"
        )
        (copy / file).write_text(source, "utf-8")
    lines = run(copy, USE).splitlines()
    assert lines[0] == "{'said': 'me: hello vide', 'times': 3}"
    assert lines[1].startswith("INVALID_REQUEST")
    assert "/saidBy" in lines[1]
    assert lines[2] == "{'said': 'us: hello vide', 'times': 2}"
    assert lines[3] == "OPTIONS, POST 404"
    assert lines[4:6] == ["FOREIGN_ORIGIN", "True"]
    assert lines[6] == "they: hello vide"


@pytest.mark.parametrize("change", ["function", "path"])
def test_one_without_the_other_is_told(copy: Path, change: str) -> None:
    controls = copy / "sandbox" / "controls"
    if change == "function":
        with (controls / "clock.py").open("a", encoding="utf-8") as clock:
            clock.write(FUNCTION)
    else:
        text = (controls / "controls.yaml").read_text("utf-8")
        (controls / "controls.yaml").write_text(text.replace("\npaths:\n", "\npaths:" + PATH, 1))
    program = "from bacasable.sandbox.controls import operations\ntry:\n    operations()\n"
    said = run(copy, program + "except Exception as error:\n    print(error)\n")
    assert said == "controls.yaml and sandbox/controls/ differ: greet_tenant\n"
