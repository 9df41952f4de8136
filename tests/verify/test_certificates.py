"""TLS with servers whose certificates nobody but their owner knows."""

import shutil
import ssl
import time
from dataclasses import replace

import pytest

from bacasable.contract import load_contract
from bacasable.verify.certificates import context_of
from bacasable.verify.model import Account, Options, Request
from bacasable.verify.run import Run
from bacasable.verify.scope import CannotJudge
from bacasable.verify.session import Failed
from bacasable.verify.shell import curl_of, way_of
from bacasable.verify.transport import HttpTransport
from bacasable.verify.wfc import Entry

from .fakes import exchange
from .servers import CONTRACT, Certificate, needs_openssl, no_port, serving

pytestmark = needs_openssl
GET = Request("GET", "/lamps", (("Accept", "*/*"),))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module")
def port(own):
    def answer(_):
        return 200, {"Content-Type": "application/json", "Set-Cookie": "who=me"}, b"[]"

    with serving(answer, own.context()) as found:
        yield found


def ask(port, host="127.0.0.1", scheme="https", **given):
    transport = HttpTransport(Options(f"{scheme}://{host}:{port}", **{"timeout": 3.0, **given}))
    try:
        return transport.exchange(GET)
    finally:
        transport.close()


def refused(port, **given):
    with pytest.raises(Failed) as caught:
        ask(port, **given)
    assert not caught.value.connected
    return str(caught.value), caught.value.remedy


def test_a_certificate_of_ones_own_is_not_trusted_and_the_remedy_named(port):
    said, remedy = refused(port)
    assert "its certificate is not trusted (self-signed certificate)" in said
    assert "--ca FILE" in remedy
    assert "--insecure" in remedy


def test_it_is_trusted_where_the_file_is_given(port, own):
    assert ask(port, ca=str(own.trusted)).status == 200
    assert ask(port, ca=str(own.file)).status == 200, "a key in the same file does no harm"


def test_a_folder_is_taken_for_all_files_in_it(port, own, tmp_path):
    shutil.copy(own.trusted, tmp_path / "any.name")
    shutil.copy(own.key, tmp_path / "key.pem")
    (tmp_path / "README").write_text("no certificate")
    assert ask(port, ca=str(tmp_path)).status == 200


def test_who_signed_it_may_be_given_or_the_servers_own(own, tmp_path):
    signed = Certificate(tmp_path, by=own)
    with serving(context=signed.context()) as found:
        said, remedy = refused(found)
        assert "not trusted" in said
        assert "with the certificate that signed it" in remedy
        for file in (own.trusted, signed.trusted):
            assert ask(found, ca=str(file)).status == 200


def test_those_of_the_system_stay_trusted(own):
    known, more = (c.cert_store_stats()["x509"] for c in (context_of(), context_of(str(own.file))))
    assert more == known + 1


def test_the_file_of_the_environment_is_trusted(port, own, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(own.trusted))
    assert ask(port).status == 200


def test_nothing_is_verified_where_that_is_wanted_and_nowhere_else(port):
    assert ask(port, insecure=True).status == 200
    assert context_of().verify_mode is ssl.CERT_REQUIRED
    assert context_of().check_hostname


def test_a_certificate_of_another_host(port, own, tmp_path):
    other = Certificate(tmp_path, names="DNS:lamps.example")
    with serving(context=other.context()) as found:
        said, remedy = refused(found, ca=str(other.trusted))
        assert ask(found, insecure=True).status == 200
    assert "its certificate is for another host" in said
    assert "--insecure" in remedy


def test_a_certificate_that_has_expired(tmp_path):
    old = Certificate(tmp_path, days=0)
    time.sleep(1.1)  # it was good for the second in which it was made
    with serving(context=old.context()) as found:
        said, remedy = refused(found, ca=str(old.trusted))
    assert "its certificate has expired" in said
    assert "renew" in remedy


def test_tls_with_a_server_that_speaks_none():
    with serving() as found:
        said, remedy = refused(found)
    assert "it speaks no TLS" in said
    assert "http://" in remedy


def test_nobody_there_is_no_matter_of_certificates(own):
    said, _ = refused(no_port(), ca=str(own.trusted))
    assert "Connection refused" in said


def test_a_file_that_cannot_serve_is_told_in_one_line(tmp_path, own):
    (tmp_path / "text").write_text("hello")
    (tmp_path / "cut").write_bytes(own.trusted.read_bytes()[:200])
    (tmp_path / "empty").mkdir()
    wrong = {
        "nowhere": "No such file",
        "text": "holds no certificate in PEM",
        "cut": "holds a certificate that cannot be read",
        "empty": "no file of this folder holds a certificate",
    }
    wrong[str(own.key)] = "holds no certificate in PEM"
    for name, said in wrong.items():
        with pytest.raises(ValueError, match=said) as caught:
            context_of(str(tmp_path / name))
        assert name in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_login_elsewhere_is_reached_in_the_same_way(port, own, tmp_path):
    path = tmp_path / "lamps.yaml"
    path.write_text(CONTRACT, "utf-8")
    login = {
        "verb": "GET",
        "externalEndpointURL": f"https://127.0.0.1:{port}/login",
        "expectCookies": True,
    }
    entry = Entry("somebody", {}, login)
    with serving() as api:
        options = Options(f"http://127.0.0.1:{api}", account=Account(entry=entry))
        with pytest.raises(CannotJudge, match=r"not trusted .*; give --ca FILE .*--wfc-auth"):
            Run(load_contract(path), options)
        for given in ({"ca": str(own.trusted)}, {"insecure": True}):
            run = Run(load_contract(path), replace(options, **given))
            run.close()
            assert run.subject.main.headers["Cookie"] == "who=me"


def test_a_server_that_asks_who_we_are_by_certificate(own):
    context = own.context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(own.trusted)
    with serving(context=context) as found, pytest.raises(Failed) as caught:
        ask(found, ca=str(own.trusted))
    assert str(caught.value) == "it asks for a certificate of the client"
    assert not caught.value.starting


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ""),
        ({"ca": "my ca.pem"}, "--cacert 'my ca.pem'"),
        ({"ca": "my ca.pem", "insecure": True}, "-k"),
        ({"proxy": "http://me:s3cr3t@p.example:1"}, "-x http://p.example:1"),
        ({"ca": "/"}, ""),
    ],
)
def test_lines_of_curl_reach_the_server_in_the_same_way(contract, given, wanted):
    assert way_of(Options("https://lamps.example", **given)) == wanted
    shown = [exchange(contract, "listCourses")]
    line = curl_of(shown, "https://lamps.example", way=wanted).splitlines()[-1]
    assert line.startswith(f"curl -sS -i {wanted} ".replace("  ", " "))
