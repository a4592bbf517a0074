"""E-mails of blocks that are looked at: one with every block, and one written in Hebrew."""

from __future__ import annotations

from typing import Any

from tests.unit.messages.blocks.documents import block, chip, filled, part, text

PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='1052' height='400'%3E"
    "%3Crect width='1052' height='400' fill='%23f6c177'/%3E%3Ccircle cx='760' cy='190' r='80' "
    "fill='%23fff3d6'/%3E%3Crect y='230' width='1052' height='170' fill='%231f6f8b'/%3E"
    "%3Cpath d='M250 290 q180 70 420 0 q-200 110 -420 0' fill='%23d1495b'/%3E%3C/svg%3E"
)

ALL_BLOCKS: list[dict[str, Any]] = [
    block("heading", "Two days until you paddle", level=1),
    block(
        "paragraph",
        "Dear ",
        chip("customer.first_name", fallback="guest"),
        ", here is ",
        text("all that you need", "bold"),
        " for your visit. The ",
        text("packing list", link="https://kayaks.example.com/packing"),
        " is ",
        text("short", "italic"),
        ".",
    ),
    block("image", src=PICTURE, alt="A kayak at sunset", width=526),
    block("booking_details"),
    block(
        "columns",
        part(
            "column",
            block("heading", "Before", level=2),
            block(
                "bullet_list",
                part("list_item", block("paragraph", "A towel and dry clothes")),
                part("list_item", block("paragraph", "Shoes that may get wet")),
            ),
        ),
        part(
            "column",
            block(
                "panel",
                block("heading", "After", level=3),
                block("paragraph", "There is coffee and cake at the dock. Stay as long as you like."),
            ),
        ),
    ),
    block(
        "panel",
        block("paragraph", text("Getting here", "bold"), {"type": "hard_break"},
              chip("location.directions")),
        show_if=filled("location.directions"),
    ),
    block("button", "Sign the waiver", url="https://kayaks.example.com/w", align="center"),
    block(
        "html",
        html="<table><tr><th>Sunset</th><td>{{ booking.end_time | time }}, from the water</td></tr></table>",
    ),
    block("divider"),
    block(
        "social_links",
        links=[
            {"network": "instagram", "url": "https://instagram.com/kayaks"},
            {"network": "tripadvisor", "url": "https://tripadvisor.com/kayaks"},
        ],
        align="center",
    ),
]  # fmt: skip

HEBREW_CONFIRMATION: list[dict[str, Any]] = [
    block("heading", "ההזמנה שלך אושרה", level=1),
    block("paragraph", "שלום ", chip("customer.first_name", fallback="אורח יקר"), ","),
    block(
        "paragraph",
        "תודה שהזמנת אצל ",
        chip("location.name"),
        ". הכול מוכן, ואנחנו מחכים לראות אותך.",
    ),
    block("booking_details"),
    block(
        "columns",
        part("column", block("heading", "לפני", level=2),
             block("paragraph", "נא להגיע עשר דקות מראש עם מגבת ובגדים יבשים.")),
        part("column", block("panel", block("heading", "אחרי", level=3),
                             block("paragraph", "קפה ועוגה מחכים ברציף."))),
    ),
    block("button", "חתימה על הצהרת בריאות", url="https://kayaks.example.com/w"),
    block("paragraph", "שאלות? אפשר להשיב להודעה זו או להתקשר אלינו: ", chip("location.phone"), "."),
]  # fmt: skip
