"""Answers are read in the charset that they name, whatever they name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.webhooks.charsets import read_text


def read(body: bytes, charset: str | None, *, is_cut: bool = False) -> tuple[str, str | None]:
    label = f"text/plain; charset={charset}" if charset is not None else "text/plain"
    return read_text(body, label, is_cut=is_cut)


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-8859-1", "cp1252"),
        ("latin1", "cp1252"),
        ("us-ascii", "cp1252"),
        ('"windows-1252"', "cp1252"),
        ("x-cp1252", "cp1252"),
        (" UTF-8 ", "utf-8"),
        (None, "utf-8"),
        ("", "utf-8"),
    ],
)
def test_labels_of_the_encoding_standard_are_known(charset: str | None, encoding: str) -> None:
    assert read("“Jörg” 12 €".encode(encoding), charset) == ("“Jörg” 12 €", None)


@pytest.mark.parametrize(
    ("charset", "encoding", "text"),
    [
        ("windows-31j", "cp932", "東京①"),
        ("x-sjis", "shift_jis", "東京"),
        ("euc-jp", "euc_jp", "東京"),
        ("iso-2022-jp", "iso2022_jp", "東京"),
        ("ks_c_5601-1987", "cp949", "서울똠"),
        ("gb2312", "gbk", "北京朱镕基"),
        ("big5", "big5hkscs", "台北"),
        ("koi8-r", "koi8-r", "Москва"),
        ("windows-1251", "cp1251", "Москва"),
        ("x-mac-cyrillic", "mac-cyrillic", "Москва"),
        ("windows-874", "cp874", "กรุงเทพ"),
        ("iso-8859-8-i", "iso8859-8", "ירושלים"),
        ("utf-16", "utf-16", "東京"),
        ("utf-16be", "utf-16-be", "東京"),
    ],
)
def test_answers_of_the_world_are_read(charset: str, encoding: str, text: str) -> None:
    assert read(text.encode(encoding), charset) == (text, None)


def test_utf_16_without_a_mark_is_little_endian() -> None:
    assert read("Jörg".encode("utf-16-le"), "utf-16") == ("Jörg", None)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("charset", ["latin1", "klingon", None])
def test_a_mark_says_more_than_the_label(encoding: str, charset: str | None) -> None:
    assert read("Jörg".encode(encoding), charset) == ("Jörg", None)


@pytest.mark.parametrize(
    "charset",
    ["klingon", "utf-7", "utf-32", "base64", "zlib", "rot13", "unicode_escape", "idna", "hex"],
)
def test_a_label_of_no_known_charset_is_said_and_utf_8_is_read(charset: str) -> None:
    text, note = read("Jörg +AGE-".encode(), charset)
    assert text == "Jörg +AGE-"
    assert note is not None
    assert charset in note
    assert "read as UTF-8" in note


@pytest.mark.parametrize("charset", ["utf-8", None, "euc-jp", "utf-16-le"])
def test_what_cannot_be_read_is_replaced_and_said(charset: str | None) -> None:
    text, note = read(b"a\xff\xffb\x00\xd8", charset)
    assert "\ufffd" in text
    assert note is not None
    assert "replaced" in note


@pytest.mark.parametrize("encoding", ["utf-8", "shift_jis", "utf-16-le"])
def test_a_character_that_the_end_cuts_is_no_mistake_of_the_receiver(encoding: str) -> None:
    whole = "東京".encode(encoding)
    assert read(whole[:-1], encoding, is_cut=True) == ("東", None)
    assert read(whole[:-1], encoding)[1] is not None


@given(body=st.binary(max_size=50), label=st.text(max_size=60), is_cut=st.booleans())
def test_no_answer_and_no_label_breaks_the_reading(body: bytes, label: str, is_cut: bool) -> None:
    for content_type in (label, f"text/plain; charset={label}", f"a/b; charset*={label}"):
        text, note = read_text(body, content_type, is_cut=is_cut)
        text.encode()
        assert note is None or len(note) < 300
