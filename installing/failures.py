"""Why an installation failed: one line with the remedy, from what pip or the system said."""

from __future__ import annotations

import errno
import re

# The first pattern that is found says why, and what to do. Errors of the system are known by their
# numbers, as their words are in the language of the user.
_CAUSES = {
    r"\[Errno (28|122)\]|\[WinError 112\]": (
        "no space is left on the disk; free {megabytes} MB beside the clone and in the folder for"
        " temporary files (TMPDIR)"
    ),
    r"\[Errno (1|13|30)\]|\[WinError 5\]": (
        "{folder} cannot be written; make it yours, or copy the clone to where you may write"
    ),
    r"ProxyError|Cannot connect to proxy|Tunnel connection failed|\b407 ": (
        "the proxy refused, or did not answer; look at HTTPS_PROXY and `pip config list`"
    ),
    r"CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError|suitable TLS CA": (
        "the certificate of the package index is not trusted; name its authority in PIP_CERT"
    ),
    r"\b40[13] (Client Error|Unauthorized|Forbidden)|HTTP error 40[13]|User for ": (
        "the package index refused the download; look at the index in `pip config list`"
    ),
    r"NewConnectionError|NameResolutionError|Connect(ion)?(Timeout|Reset|Refused)?Error"
    r"|ReadTimeoutError|Read timed out|ProtocolError|MaxRetryError": (
        "the package index did not answer; look at the network, or name a mirror in PIP_INDEX_URL"
    ),
    r"not a trusted or secure host": (
        "the package index is refused for want of https; name its host in PIP_TRUSTED_HOST"
    ),
    r"DO NOT MATCH THE HASHES": (
        "a package is not the one that the lock names; empty the cache (`{python} -m pip cache"
        " purge`), or use another index"
    ),
    r"\(from versions: none\)\s.*No matching distribution found for (?P<found>\S+)": (
        "the package index did not answer, or has no {found}; look at the network and at the index"
        " in `pip config list`"
    ),
    r"No matching distribution found for (?P<found>\S+)": (
        "the package index has no {found} for this Python; use the public index, or a Python that"
        " README.md names"
    ),
    r"Failed (?:to build|building wheel for) '?(?P<found>[^\s']+)": (
        "{found} had to be built and could not be; use a Python that README.md names, for which"
        " it is there ready-made"
    ),
}
_NUMBERS = {
    errno.ENOSPC: "[Errno 28]",
    getattr(errno, "EDQUOT", errno.ENOSPC): "[Errno 28]",
    errno.EROFS: "[Errno 30]",
    errno.EACCES: "[Errno 13]",
    errno.EPERM: "[Errno 13]",
}


class InstallError(Exception):
    """The environment could not be made. One line that says why, and what to do."""


def explain(said: str, *, megabytes: int, folder: object, python: object, free: int) -> str:
    """The cause, from the whole output of a step; its last line when no cause is known.

    `megabytes` is what the step needs and `free` what the disk has: venv does not tell what pip
    says of it.
    """
    for pattern, remedy in _CAUSES.items():
        if found := re.search(pattern, said):
            name = found.groupdict().get("found", "")
            return remedy.format(megabytes=megabytes, folder=folder, python=python, found=name)
    if free < megabytes:
        return next(iter(_CAUSES.values())).format(megabytes=megabytes)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["nothing was said"])[-1][:200]


def numbered(error: OSError) -> str:
    """An error of the system as `explain` reads it, numbers of this system made those of Linux."""
    return f"{_NUMBERS.get(error.errno or 0, '')} {error}"
