"""The caps that keep a template, and what it renders, small and quick."""

from __future__ import annotations

MAX_SOURCE_BYTES = 128 * 1024
"""UTF-8 bytes of one template's source."""

MAX_OUTPUT_BYTES = 256 * 1024
"""UTF-8 bytes of one rendering, counted while it is generated."""

MAX_URL_BYTES = 16 * 1024
"""UTF-8 bytes of one rendered URL; servers refuse longer ones."""

MAX_LINES = 10_000
"""Lines of one template; reading them costs more than reading their characters."""

MAX_TOKENS = 2_000
"""Tokens of one template, which compiling time grows with; a variable with a filter takes 8."""

MAX_EXPRESSION_DEPTH = 32
"""Nesting of the syntax tree; deeper trees exhaust the stack of a recursive compiler."""

MAX_BLOCK_DEPTH = 6
"""Nesting of `if` and `for`."""

MAX_NUMBER_CHARACTERS = 18
"""Characters of a number written in a template, or digits of a whole number among the values."""

MAX_DIGIT_RUN = 500
"""Digits in a row anywhere in a source; reading more as a number costs memory."""

MAX_LOOP_ITEMS = 500
"""Items of a list that `for` or `join` walks."""

MAX_STEPS = 20_000
"""Work units of one rendering: one an operation, plus one for every `TEXT_PER_STEP` characters."""

TEXT_PER_STEP = 256
"""Characters of text that one work unit may read."""

FORMATTING_STEPS = 40
"""Work units of one locale-aware formatting, the slowest operation there is."""

MAX_TEXT_CHARACTERS = 256 * 1024
"""Characters of one value while filters work on it."""

LONG_TEXT_CHARACTERS = 1_000
"""Length from which a value is named as what makes a result too large."""

CACHED_TEMPLATES = 256
"""Compiled templates cached by one process."""
