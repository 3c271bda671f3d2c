"""Proxies and certificates of the environment that cannot be used are errors in one line, without a password."""

from __future__ import annotations

import pytest

from propersim.core.errors import InputError
from tests.llm_client.asking import GOOD, VALUE, endpoint, question
from tests.llm_client.faulty import Faulty, says

FAR = "https://models.invalid/v1"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALL_PROXY", "socks5://me:secret@127.0.0.1:1", r"ALL_PROXY \(socks5:…\).*socksio"),
        ("all_proxy", "socks5h://127.0.0.1:1", r"ALL_PROXY \(socks5h:…\).*socksio"),
        ("HTTPS_PROXY", "gopher://127.0.0.1:1", r"HTTPS_PROXY \(gopher:…\)"),
        ("HTTP_PROXY", "http://127.0.0.1:not-a-port", r"HTTP_PROXY"),
        ("SSL_CERT_FILE", "/no/such/file.pem", r"SSL_CERT_FILE \(/no/such/file.pem\).*No such file"),
        ("SSL_CERT_FILE", __file__, "SSL_CERT_FILE"),
        ("SSL_CERT_FILE", "/", "SSL_CERT_FILE"),
    ],
)
def test_what_cannot_be_used_is_named(name, value, words, monkeypatch):
    for other in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(other, raising=False)
        monkeypatch.delenv(other.lower(), raising=False)
    monkeypatch.setenv(name, value)
    with endpoint(FAR, price=(0, 0)) as asked:
        with pytest.raises(InputError, match=words) as caught:
            asked.ask(question())
        found = asked.probe()
    assert caught.value.hint
    assert "\n" not in caught.value.message
    assert "secret" not in f"{caught.value.message}{caught.value.hint}{found.problem}"
    assert (found.reachable, found.usable, found.problem) == (False, False, caught.value.message)


def test_a_server_on_this_machine_needs_neither_proxy_nor_certificates(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file.pem")
    with Faulty(last=says(GOOD)) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE
