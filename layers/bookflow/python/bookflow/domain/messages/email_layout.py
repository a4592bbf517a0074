"""Puts the content of an e-mail into the one layout that looks right in mail programs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from bookflow.domain.bookings.records import Location
from bookflow.domain.messages.html_text import html_to_text
from bookflow.domain.messages.wording import text_direction, wording_for
from bookflow.domain.rendering import Mode, RenderSettings, render
from bookflow.domain.shared.html_tags import pieces
from bookflow.domain.shared.locales import language_of

DEFAULT_BRAND = "#14532d"
LINK_COLOR = "#1d4ed8"
FONT = "-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"

PREHEADER_CHARACTERS = 110
"""What inboxes show beside the subject, at most."""

READABLE = 4.5
"""Contrast that text needs against what it stands on (WCAG 2.2, 1.4.3)."""

_CONTENT = "<!--content-->"
_WHOLE_DOCUMENT = re.compile(r"<html[\s>]", re.IGNORECASE)
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_ADDRESS = re.compile(r"\s*[(<]?https?://[^\s)>]+[)>]?", re.IGNORECASE)
_ALIGNED = frozenset({"h1", "h2", "h3", "p"})
_ALIGNMENTS = frozenset({"left", "center", "right"})
_CELLS = frozenset({"table", "td", "th"})
_LOGO = re.compile(r"https://[^\s\"'<>\\]{1,2000}")


@dataclass(frozen=True)
class Brand:
    """How a location's e-mails look, from its fields `brand_color` and `logo_url`.

    Attributes:
        color: Six hexadecimal digits after `#`.
        logo_url: An https address, or None.
    """

    color: str = DEFAULT_BRAND
    logo_url: str | None = None

    @classmethod
    def of(cls, location: Location) -> Brand:
        """Return the brand of a location; what is not a colour or an https address is left out."""
        given = location.model_extra or {}
        color, logo = given.get("brand_color"), given.get("logo_url")
        return cls(
            color=color if isinstance(color, str) and _COLOR.fullmatch(color) else DEFAULT_BRAND,
            logo_url=logo if isinstance(logo, str) and _LOGO.fullmatch(logo) else None,
        )

    @property
    def text_color(self) -> str:
        """Black or white: what reads better on the brand's colour."""
        return max("#ffffff", "#111827", key=lambda text: contrast(text, self.color))

    @property
    def link_color(self) -> str:
        """The brand's colour, if it can be read on white."""
        return self.color if contrast(self.color, "#ffffff") >= READABLE else LINK_COLOR


def is_whole_document(html: str) -> bool:
    """Return whether an e-mail brings its own `<html>`, and needs no layout."""
    return _WHOLE_DOCUMENT.search(html) is not None


def in_layout(
    content: str,
    *,
    subject: str,
    location: Location,
    settings: RenderSettings,
    unsubscribe_url: str | None = None,
) -> str:
    """Return an e-mail's HTML as a whole document in the location's name.

    Plain tags of the content get styles of their own, as some mail programs read no style
    sheet; styles that are written out win. `class="button"` makes a link a button, `class="panel"`
    a box, and `class="muted"` small print.
    """
    brand = Brand.of(location)
    say = wording_for([settings.locale], location.wordings) if unsubscribe_url else None
    direction = text_direction(settings.locale)
    variables = {
        "language": language_of(settings.locale),
        "subject": subject,
        "preheader": _preheader(content),
        "brand": brand.color,
        "font": FONT,
        "name": " ".join(location.name.split()),
        "address": location.address,
        "logo_url": brand.logo_url,
        "unsubscribe_url": unsubscribe_url,
        "question": say and say("unsubscribe_question"),
        "words": say and say("unsubscribe_link"),
        "direction": direction,
    }
    frame = render(_source(), variables, mode=Mode.HTML, settings=settings, field="layout")
    before, _, after = frame.partition(_CONTENT)
    return f"{before}{styled(content, brand, direction)}{after}"


def styled(content: str, brand: Brand, direction: str = "ltr") -> str:
    """Return HTML whose plain tags carry styles; everything else stays as it is, byte by byte.

    From right to left the cells of tables say so themselves, as web mail drops `html` and `body`.
    """
    styles, classes = _styles(brand, direction), _classes(brand)
    of_blocks = _styles_of_blocks(brand, direction)
    parts, end = [], 0
    for tag in pieces(content):
        if isinstance(tag, str) or tag.is_end:
            continue
        added = ""
        if "style" not in tag.attributes:
            names = tag.attributes.get("class", "").split()
            own = next((of_blocks[name] for name in names if name in of_blocks), None)
            style = own or styles.get(tag.name, "") + "".join(classes.get(n, "") for n in names)
            if tag.name in _ALIGNED and tag.attributes.get("align") in _ALIGNMENTS:
                style += f"text-align:{tag.attributes['align']};"
            added = style and f' style="{style}"'
        if direction == "rtl" and tag.name in _CELLS and "dir" not in tag.attributes:
            added += ' dir="rtl"'
        if added:
            parts += [content[end : tag.name_end], added]
            end = tag.name_end
    return "".join([*parts, content[end:]])


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@cache
def _source() -> str:
    return (
        files("bookflow.domain.messages").joinpath("email_layout.html").read_text(encoding="utf-8")
    )


def _preheader(content: str) -> str:
    """Return the first words without addresses of links, which say nothing in an inbox."""
    text = " ".join(_ADDRESS.sub("", html_to_text(content)).split())
    return text if len(text) <= PREHEADER_CHARACTERS else text[:PREHEADER_CHARACTERS] + "…"


def _sides(direction: str) -> tuple[str, str]:
    # Outlook knows no `text-align: start` and no `padding-inline`.
    return ("left", "right") if direction == "ltr" else ("right", "left")


def _label(start: str, end: str) -> str:
    return (
        f"padding:9px 0;padding-{end}:14px;border-bottom:1px solid #e3e8ed;text-align:{start};"
        "vertical-align:top;font-size:14px;font-weight:normal;color:#5b6673;"
    )


def _styles(brand: Brand, direction: str) -> Mapping[str, str]:
    start, end = _sides(direction)
    return {
        "h1": "margin:8px 0 16px;font-size:26px;line-height:32px;font-weight:bold;",
        "h2": "margin:24px 0 8px;font-size:19px;line-height:26px;font-weight:bold;",
        "h3": "margin:20px 0 6px;font-size:16px;line-height:24px;font-weight:bold;",
        "p": "margin:0 0 16px;",
        "ul": f"margin:0 0 16px;padding-{start}:22px;",
        "ol": f"margin:0 0 16px;padding-{start}:22px;",
        "li": "margin:0 0 6px;",
        "table": "width:100%;margin:4px 0 20px;border-collapse:collapse;",
        "th": f"{_label(start, end)}white-space:nowrap;",
        "td": "padding:9px 0;border-bottom:1px solid #e3e8ed;vertical-align:top;",
        "a": f"color:{brand.link_color};text-decoration:underline;",
        "hr": "margin:24px 0;border:0;border-top:1px solid #e3e8ed;",
        "img": "max-width:100%;height:auto;border:0;",
        "blockquote": f"margin:0 0 16px;padding-{start}:14px;border-{start}:3px solid #e3e8ed;",
    }


def _classes(brand: Brand) -> Mapping[str, str]:
    return {
        "button": f"display:inline-block;padding:13px 26px;background:{brand.color};"
        f"color:{brand.text_color};border-radius:8px;font-weight:bold;text-decoration:none;",
        "panel": "margin:0 0 20px;padding:14px 18px;background:#f2f5f7;border-radius:8px;",
        "muted": "font-size:14px;line-height:21px;color:#5b6673;",
        "bf-first": "margin-top:0;",
        "bf-label": "mso-padding-alt:0;",
    }


def _styles_of_blocks(brand: Brand, direction: str) -> Mapping[str, str]:
    """Return the styles of what blocks are made of, in place of those of their tags."""
    start, end = _sides(direction)
    text = f"font-family:{FONT};font-size:16px;line-height:25px;"
    return {
        "bf-table": "width:100%;border-collapse:separate;",
        "bf-box": f"padding:4px 0 20px;{text}",
        "bf-panel": f"padding:16px 18px 0;background-color:#f2f5f7;border-radius:8px;{text}",
        "bf-details": "width:100%;border-collapse:collapse;",
        # Labels of several words break, so that those of the values do not have to.
        "bf-detail": f"width:32%;overflow-wrap:break-word;{_label(start, end)}",
        "bf-phone": "display:inline-block;",
        "bf-button-table": "border-collapse:separate;",
        # Outlook pads the cell alone, all others the link.
        "bf-button": f"background-color:{brand.color};border-radius:8px;"
        f"mso-padding-alt:13px 26px;{text}",
        "bf-columns": "padding:0;",
        # Less than 440 pixels: all of the width, else half of it, without a style sheet.
        "bf-column": "display:inline-block;vertical-align:top;width:50%;"
        "width:calc((440px - 100%)*440);min-width:50%;max-width:100%;",
        "bf-column-first": f"padding:0;padding-{end}:16px;{text}",
        "bf-column-second": f"padding:0;{text}",
    }
