"""What a URL becomes once it is read, and what a refusal says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.webhooks.url_policy import (
    BlockedUrlError,
    BlockReason,
    CheckedUrl,
    UrlPolicy,
    check_destination,
    check_url,
    explain,
)
from bookflow.domain.webhooks.url_policy.urls import MAX_URL_LENGTH

POLICY = UrlPolicy()


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("https://Hooks.Acme-Tours.com", "https://hooks.acme-tours.com/"),
        ("https://hooks.acme-tours.com.:443/a?b#c", "https://hooks.acme-tours.com/a?b"),
        ("http://hooks.acme-tours.com:8080?q=1", "http://hooks.acme-tours.com:8080/?q=1"),
        ("http://hooks.acme-tours.com:443/", "http://hooks.acme-tours.com:443/"),
        (
            "https://bücher.acme-tours.com/Zoë?é",
            "https://xn--bcher-kva.acme-tours.com/Zo%C3%AB?%C3%A9",
        ),
        # Servers differ on whether these are steps: only the receiver may decide.
        ("https://hooks.acme-tours.com/a/%2e%2E/b", "https://hooks.acme-tours.com/a/%2e%2E/b"),
        (
            "https://hooks.acme-tours.com/%2e/..;/b?%2e",
            "https://hooks.acme-tours.com/%2e/..;/b?%2e",
        ),
        ("https://hooks.acme-tours.com/a%2Fb?x=%20", "https://hooks.acme-tours.com/a%2Fb?x=%20"),
        ("https://hooks.acme-tours.com/a\"b<c>'d", "https://hooks.acme-tours.com/a%22b%3Cc%3E'd"),
        ("https://[2606:4700:0:0:0:0:0:1111]:8443/", "https://[2606:4700::1111]:8443/"),
    ],
)
def test_one_normal_spelling(written: str, normal: str) -> None:
    assert check_url(written, POLICY).url == normal
    assert check_url(normal, POLICY).url == normal


def test_the_host_header_holds_the_port_only_where_it_is_unusual() -> None:
    assert check_url("https://a.acme-tours.com:443/", POLICY).authority == "a.acme-tours.com"
    assert check_url("https://a.acme-tours.com:80/", POLICY).authority == "a.acme-tours.com:80"


@given(st.text(max_size=60))
def test_any_text_is_either_refused_or_read_into_plain_ascii(text: str) -> None:
    for url in (text, f"http://{text}", f"http://hooks.acme-tours.com/{text}"):
        try:
            checked = check_url(url, POLICY)
        except BlockedUrlError:
            continue
        assert checked.url.isascii()
        assert checked.url.isprintable()
        assert " " not in checked.url
        assert check_url(checked.url, POLICY) == checked


def test_a_very_long_url_is_refused() -> None:
    stem = "https://hooks.acme-tours.com/"
    check_url(stem.ljust(MAX_URL_LENGTH, "a"), POLICY)
    with pytest.raises(BlockedUrlError) as refused:
        check_url(stem.ljust(MAX_URL_LENGTH + 1, "a"), POLICY)
    assert refused.value.reason is BlockReason.TOO_LONG


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@hooks.acme-tours.com/",
        "ftp://hooks.acme-tours.com/?token=hunter2",
        "https://hooks.acme-tours.com:99/?token=hunter2",
        "https://hooks.acme-tours.com/hunter2\n",
        "https://10.0.0.1/hunter2",
        "https://hunter2 hunter2/",
        "https://hooks.acme-tours.com/%hunter2",
    ],
)
def test_a_refusal_repeats_no_secret_and_says_what_to_do(url: str) -> None:
    with pytest.raises(BlockedUrlError) as refused:
        check_url(url, POLICY)
    assert "hunter2" not in str(refused.value)
    assert refused.value.remedy
    assert refused.value.field == "url"


def test_a_policy_can_open_another_port() -> None:
    policy = UrlPolicy(allowed_ports=frozenset({9443}))
    assert check_url("https://hooks.acme-tours.com:9443/", policy).port == 9443
    with pytest.raises(BlockedUrlError, match="9443"):
        check_url("https://hooks.acme-tours.com/", policy)


def test_an_address_is_never_given_to_the_resolver() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    url = check_url("https://[::ffff:8.8.8.8]/", POLICY)
    assert [str(each) for each in check_destination(url, POLICY, resolver)] == ["8.8.8.8"]


def test_a_name_without_any_address_does_not_resolve() -> None:
    with pytest.raises(OSError, match="no address"):
        check_destination(
            CheckedUrl("https", "hooks.acme-tours.com", 443, "/"), POLICY, lambda host, port: []
        )


def test_the_verdict_shows_what_the_name_led_to() -> None:
    answers = ["93.184.215.14", "10.0.0.1"]
    verdict = explain("https://hooks.acme-tours.com/", POLICY, lambda host, port: answers)
    assert not verdict.allowed
    assert verdict.addresses == ("93.184.215.14", "10.0.0.1")
    assert explain("https://8.8.8.8/", POLICY, lambda host, port: []).addresses == ("8.8.8.8",)
