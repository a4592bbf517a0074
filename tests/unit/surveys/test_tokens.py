"""Tokens of survey links: long, random, and only their digest is kept."""

from __future__ import annotations

import hashlib

from bookflow.domain.surveys.tokens import TOKEN_BYTES, digest, is_token, new_token


def test_a_token_has_at_least_128_random_bits() -> None:
    assert TOKEN_BYTES * 8 >= 128
    assert len({new_token().text for _ in range(1000)}) == 1000


def test_the_digest_is_sha_256_of_the_token_s_text() -> None:
    token = new_token()
    assert token.digest == hashlib.sha256(token.text.encode()).hexdigest() == digest(token.text)


def test_a_token_fits_a_link_and_is_recognised() -> None:
    assert is_token(new_token().text)
    assert not is_token("../admin")
    assert not is_token("a" * 31)
    assert not is_token("a" * 32 + "\n")


def test_the_token_is_not_in_its_text_form() -> None:
    token = new_token()
    assert token.text not in repr(token)
