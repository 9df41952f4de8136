"""The tests of pytest reach a server by the same settings as the command."""

import pytest

from bacasable.verify.suite import options_from

from .servers import CONTRACT, Certificate, needs_openssl, no_port, serving

pytest_plugins = ["pytester"]

KIT = ["--pyargs", "bacasable.verify", "--contract", "lamps.yaml", "--profile", "quick"]
ONE = ["--only", "listLamps", "--check", "status-documented"]


@pytest.fixture
def kit(pytester, monkeypatch):
    """`kit(url, *options)`: the kit's own tests on the contract of lamps."""
    (pytester.path / "lamps.yaml").write_text(CONTRACT, "utf-8")
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)

    def run(url, *options):
        # To the tests around these a warning is an error.
        alone = ("-p", "no:cacheprovider", "-W", "default")
        given = (*alone, *KIT, "--base-url", url, *map(str, options))
        # In this process: another would import Schemathesis again, which takes longest.
        return pytester.runpytest_inprocess(*given)

    return run


@needs_openssl
def test_certificates(kit, pytester):
    own = Certificate(pytester.path)
    with serving(context=own.context()) as port:
        url = f"https://127.0.0.1:{port}"
        alone = kit(url, *ONE)
        alone.assert_outcomes(failed=1)
        alone.stdout.fnmatch_lines(["*cannot be reached: *not trusted*give --ca FILE*"])
        kit(url, *ONE, "--ca", own.trusted.name).assert_outcomes(passed=1)
        (pytester.path / "bacasable.toml").write_text("[verify]\ninsecure = true\n", "utf-8")
        done = kit(url, *ONE)
        done.assert_outcomes(passed=1, warnings=1)
        done.stdout.fnmatch_lines(["*certificates of servers were not verified*"])


def test_a_wait_and_a_proxy(kit):
    url = f"http://127.0.0.1:{no_port()}"
    done = kit(url, *ONE, "--wait", "300ms")
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(["*not judged: *s of waiting the last try got no connection*"])
    port = no_port()
    done = kit(url, *ONE, "--proxy", f"http://me:s3cr3t@127.0.0.1:{port}")
    done.stdout.fnmatch_lines([f"*through the proxy http://127.0.0.1:{port}: Connection refused*"])
    assert "s3cr3t" not in done.stdout.str()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ca", "nowhere.pem", r"nowhere\.pem: cannot be read"),
        ("proxy", "socks5://p:1", "a proxy of the kind 'socks5' cannot be used"),
        ("wait", "soon", "'soon' is no duration"),
    ],
)
def test_what_cannot_be_used_is_told(name, value, said):
    with pytest.raises(ValueError, match=said):
        options_from({"url": "http://127.0.0.1:9", name: value})


def test_what_the_file_says_of_reading_only_is_kept(kit, pytester):
    contract = pytester.path / "lamps.yaml"
    contract.write_text(CONTRACT.replace("get:", "post:", 1), "utf-8")
    listed = ("--collect-only", "-q", "--check", "status-documented")
    assert "listLamps-" in kit("http://127.0.0.1:9", *listed).stdout.str()
    (pytester.path / "bacasable.toml").write_text("[verify]\nread-only = true\n", "utf-8")
    told = kit("http://127.0.0.1:9", *listed).stdout.str()
    assert "listFuses-" in told
    assert "listLamps-" not in told
