"""No report shows a secret of the run, however it is written: quoted, escaped, packed or cut."""

import base64
import json
import re

import pytest

from bacasable.verify.checks import all_checks
from bacasable.verify.findings import findings_of
from bacasable.verify.masking import MASK, Masker
from bacasable.verify.model import ANONYMOUS, Identity
from bacasable.verify.reports import FORMATS, write
from bacasable.verify.reports.data import MOST_BODY

from .fakes import TOKEN, URL, exchange, fault, report_of

SECRETS = [
    "pa'ss-wörd-123",
    "nb\u00a0sp-secret-99",
    "tab\there-secret",
    'back\\slash"q-secret',
    "dollar$HOME`id`-secret",
    "emoji😀secret-1",
]
PACKED = re.compile(r"printf %s ([A-Za-z0-9+/]+=*)")


def shown(contract, folder, secret: str, sent) -> str:
    """All reports of a finding with this exchange, and what they have packed."""
    made = [fault("createCompany", exchanges=(sent,))]
    findings = findings_of(contract, made, all_checks(), [secret], url=URL)
    report = report_of(contract, findings=findings, secrets=frozenset({secret}))
    texts = []
    for format_ in FORMATS:
        write(report, format_, folder / format_)
        texts.append((folder / format_).read_text("utf-8"))
    text = "\n".join(texts)
    unpacked = (base64.b64decode(p).decode("utf-8", "replace") for p in PACKED.findall(text))
    return "\n".join([text, *unpacked])


def written(secret: str) -> set[str]:
    """How a secret may be written."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        secret.replace("'", "'\"'\"'"),
    }


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_in_no_report_whoever_sends_it_and_wherever(contract, tmp_path, secret):
    body = json.dumps({"password": secret}, ensure_ascii=False).encode()
    token = Identity("ADMIN", headers={"Authorization": f"Bearer {secret}"}, token=secret)
    for sent in (
        exchange(contract, "createCompany", 500, identity=ANONYMOUS, body=body),
        exchange(contract, "createCompany", 500, headers={"X-Custom": secret}),
        exchange(contract, "createCompany", 500, identity=token),
        exchange(contract, "createCompany", 500, answer=b"a" * (MOST_BODY - 9) + secret.encode()),
    ):
        text = shown(contract, tmp_path, secret, sent)
        assert "createCompany" in text
        assert not [form for form in written(secret) if form in text]


def test_an_answer_is_masked_before_it_is_cut(contract, tmp_path):
    body = b"a" * (MOST_BODY - 40) + TOKEN.encode()
    text = shown(contract, tmp_path, TOKEN, exchange(contract, "createCompany", 500, answer=body))
    assert TOKEN[:20] not in text


def test_of_a_secret_that_holds_another_nothing_is_left():
    for secrets in (["abcdefgh", "abcdefgh-and-more"], ["abcdefgh-and-more", "abcdefgh"]):
        assert Masker(secrets).text("<abcdefgh-and-more> <abcdefgh>") == f"<{MASK}> <{MASK}>"


def test_of_a_signed_token_the_signature_is_a_secret_of_its_own(contract, tmp_path):
    head, payload, signature = TOKEN.split(".")
    forged = f"{head}.eyJvdGhlciI.{signature}"
    assert Masker([TOKEN]).text(f"{forged} {payload}") == f"{head}.eyJvdGhlciI.{MASK} {payload}"
    sent = exchange(contract, "createCompany", 500, headers={"X-Custom": forged})
    assert signature not in shown(contract, tmp_path, TOKEN, sent)


def test_a_short_secret_is_masked_where_it_stands_alone():
    assert Masker(["test"]).text("latest test, tests: 'test'") == f"latest {MASK}, tests: '{MASK}'"


def test_a_signed_token_that_nobody_knows_is_masked_in_answers_alone():
    masker = Masker([])
    assert masker.body(TOKEN.encode(), answer=True) == MASK.encode()
    assert masker.body(TOKEN.encode()) == TOKEN.encode()
    assert masker.answered([("x-next", TOKEN)]) == [("x-next", MASK)]
