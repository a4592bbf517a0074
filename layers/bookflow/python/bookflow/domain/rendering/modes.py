"""Where a rendered text goes, and whose customs it follows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """Where the result stands: it decides how a substituted value is escaped.

    - `html`: values are escaped, whatever they hold; only the template's own text is markup.
    - `text`: values stand as they are, without control characters.
    - `header`: one line; line breaks and control characters in a value become a space.
    - `sms`: as `text`, and the result is in Unicode normal form C, so accents count once.
    - `url`: values are percent-encoded; none can change a host that is written out.
    - `form`: the fields of an HTML form, `name=value&…`; values are percent-encoded, and so is the
      template's own text but for `=`, `&` and what is encoded already.
    - `json`: a JSON document; values are encoded by where they stand (see `json_body`).
    """

    HTML = "html"
    TEXT = "text"
    HEADER = "header"
    SMS = "sms"
    URL = "url"
    FORM = "form"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """A location's language and time zone.

    `locale` is a BCP 47 tag such as `en-GB`; `timezone` an IANA name such as `Europe/Lisbon`.
    Both are checked when a value is first formatted.
    """

    locale: str
    timezone: str
