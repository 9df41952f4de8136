"""Which certificates of servers are trusted: those of the system, and of `--ca`.

SSL_CERT_FILE and SSL_CERT_DIR stand in for the system's, as everywhere in Python.
"""

import ssl
from pathlib import Path

_CERTIFICATE = (b"-----BEGIN CERTIFICATE-----", b"-----BEGIN TRUSTED CERTIFICATE-----")


def context_of(ca: str = "", *, insecure: bool = False) -> ssl.SSLContext:
    """What TLS is spoken by. `ca` is a file or a folder. Raises ValueError in one line."""
    context = ssl.create_default_context()
    if ca:
        trust(context, Path(ca))
        # The certificate of the server itself may be given too, whoever signed it. Those that
        # people make themselves are seldom as strict as Python asks for since 3.13.
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def trust(context: ssl.SSLContext, path: Path) -> None:
    """Trust the certificates of a file in PEM, or of all such files of a folder."""
    try:
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        found = [file for file in files if not path.is_dir() or _holds(file)]
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from error
    if not found:
        raise ValueError(f"{path}: no file of this folder holds a certificate in PEM")
    for file in found:
        _load(context, file)


def _load(context: ssl.SSLContext, file: Path) -> None:
    try:
        text = file.read_bytes()
        if not any(begin in text for begin in _CERTIFICATE):
            raise ValueError(
                f"{file}: holds no certificate in PEM (-----BEGIN CERTIFICATE-----); "
                "'openssl x509 -inform der -in FILE' makes PEM of one in DER"
            )
        context.load_verify_locations(cafile=file)
    except ssl.SSLError as error:
        raise ValueError(
            f"{file}: holds a certificate that cannot be read ({_reason(error)}); give it whole, "
            "in PEM"
        ) from error
    except OSError as error:
        raise ValueError(f"{file}: cannot be read: {error.strerror}") from error


def _holds(file: Path) -> bool:
    return any(begin in file.read_bytes() for begin in _CERTIFICATE)


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "no PEM").lower().replace("_", " ")
