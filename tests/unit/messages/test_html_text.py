"""The plain text that is derived from an HTML message."""

from __future__ import annotations

import pytest

from bookflow.domain.messages.html_text import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/>Three", "One\nTwo\nThree"),
        ("<ul><li>One</li><li>Two</li></ul>", "- One\n- Two"),
        ("<p>A</p>\n<ul>\n <li>One</li>\n <li>Two</li>\n</ul>\nB", "A\n\n- One\n- Two\n\nB"),
        ("<div><div>One</div></div><div>Two</div>", "One\nTwo"),
        ('<a href="https://x.example/a">Your booking</a>', "Your booking (https://x.example/a)"),
        ('<a href="https://x.example/a">https://x.example/a</a>', "https://x.example/a"),
        ('<a href="mailto:desk@x.example">Write</a>', "Write (desk@x.example)"),
        ('<a href="#top">Up</a>', "Up"),
        ("<head><title>T</title><style>p{}</style></head><p>A</p><script>x</script>", "A"),
        ("<p>Tom &amp; Ada &lt;3 &euro;5</p>", "Tom & Ada <3 €5"),
        ("<tr><td>Adults</td><td>2</td></tr>", "Adults 2"),
        ('<img src="x.png" alt="Our logo">', "Our logo"),
        ("  a \n\t b  ", "a b"),
        ("<p>unclosed <b>tags", "unclosed tags"),
        ("", ""),
    ],
)
def test_html_becomes_readable_text(html: str, text: str) -> None:
    assert html_to_text(html) == text
