"""The examples of the documents, run as they stand."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bacasable import Sandbox
from tests.support import FEW_PLUGINS

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"


def blocks(document, language, heading=""):
    """The code blocks of a language in a document, from a heading on."""
    text = (ROOT / document).read_text("utf-8").partition(heading)[2] if heading else ""
    text = text or (ROOT / document).read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def passes(*command, cwd, **options):
    options["env"] = options.get("env", os.environ) | FEW_PLUGINS
    done = subprocess.run(
        [*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def served():
    with Sandbox(tenants=["votre-tenant"]) as sandbox:
        yield sandbox


@pytest.mark.sweep
def test_the_readme_works_in_an_empty_project(tmp_path):
    (block,) = blocks("README.md", "python", "## In your tests")
    (tmp_path / "test_pasted.py").write_text(block, "utf-8")
    said = passes(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert f"{block.count('def test_')} passed" in said


@pytest.mark.sweep
def test_the_page_works_in_pytest_and_in_plain_python(tmp_path):
    tests, script = blocks("docs/testing.md", "python")
    (tmp_path / "test_page.py").write_text(tests, "utf-8")
    said = passes(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert f"{tests.count('def test_')} passed" in said
    passes(sys.executable, "-c", script, cwd=tmp_path)


@pytest.mark.sweep
def test_the_commands_of_the_page_work(served, tmp_path):
    (block,) = blocks("docs/testing.md", "sh")
    block = block.replace("bacasable ", f"{sys.executable} -m bacasable ")
    environment = {"BACASABLE_URL": served.url, "PATH": "/usr/bin:/bin"}
    passes("sh", "-eu", "-c", block, cwd=tmp_path, env=environment)
    assert [tenant.slug for tenant in served.tenants()] == ["votre-tenant"]


def test_the_unittest_example_works(tmp_path):
    passes(sys.executable, EXAMPLES / "test_unittest.py", cwd=tmp_path)


@pytest.mark.skipif(not shutil.which("node"), reason="the example needs Node")
def test_the_node_example_works(served, tmp_path):
    environment = {"BACASABLE_URL": served.url, "PATH": str(Path(shutil.which("node")).parent)}
    passes("node", "--test", EXAMPLES / "forks.test.mjs", cwd=tmp_path, env=environment)
    assert [tenant.slug for tenant in served.tenants()] == ["votre-tenant"]


def test_the_page_names_every_command():
    from bacasable.commands import CONTROLS

    page = (ROOT / "docs" / "testing.md").read_text("utf-8").partition("| command | does |")[2]
    for command in CONTROLS:
        assert f"`{command.name}" in page, command.name
        for name in getattr(command, "commands", {}):
            assert name in page, name
