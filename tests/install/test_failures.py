"""Each kind of failure has a line of its own, read from what pip and the system really say."""

import errno

import pytest
from installing.failures import explain, numbered

SAID = {
    "no space is left": "ERROR: Could not install due to an OSError: [Errno 28] Plus de place",
    "/c/.venv cannot be written": "Error: [Errno 30] Read-only file system: '/c/.venv/bin'",
    "the proxy refused": "WARNING: Retrying (Retry(total=4)) after connection broken by"
    " 'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 Forbidden'))'",
    "name its authority in PIP_CERT": "SSLError(SSLCertVerificationError(1, '[SSL:"
    " CERTIFICATE_VERIFY_FAILED] certificate verify failed'))",
    "refused the download": "ERROR: 403 Client Error: Forbidden for url: http://mirror/x.whl",
    "did not answer": "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
    "ERROR: No matching distribution found for click==8.5.1",
    "purge": "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
    "or has no orjson": "ERROR: Could not find a version that satisfies the requirement orjson"
    " (from versions: none)\nERROR: No matching distribution found for orjson",
    "PIP_TRUSTED_HOST": "WARNING: The repository located at a.example is not a trusted or secure"
    " host and is being ignored. (from versions: none)",
    "has no click==8.5.1": "ERROR: No matching distribution found for click==8.5.1",
    "orjson had to be built": "ERROR: Failed to build 'orjson' when installing build dependencies",
}


def explained(said: str, free: int = 1000) -> str:
    return explain(said, megabytes=250, folder="/c/.venv", python="/c/.venv/bin/python", free=free)


@pytest.mark.parametrize(("cause", "said"), SAID.items())
def test_a_cause_is_told_in_one_line_with_what_to_do(cause, said):
    line = explained(f"Collecting a\n{said}\nsome more\n")
    assert cause in line
    assert "\n" not in line
    assert "; " in line


def test_without_a_known_cause_the_last_error_is_told_shortened():
    assert explained("a\nERROR: something new\nhint: b\n") == "ERROR: something new"
    assert explained("a\n  b \n\n") == "b"
    assert explained("") == "nothing was said"
    assert len(explained("x" * 1000)) == 200


def test_a_full_disk_is_told_where_nothing_else_is_known():
    assert "no space is left" in explained("Error: returned non-zero exit status 1", free=3)
    assert "did not answer" in explained("NewConnectionError", free=3)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
def test_errors_of_the_system_are_known_by_number(number):
    assert "; " in explained(numbered(OSError(number, "mots d’une autre langue")))
