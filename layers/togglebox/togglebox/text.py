"""Which texts callers may send: all but those that some database or language would cut short."""

from typing import Final

PLAIN: Final = r"^[^\u0000]*$"
"""What texts match, as a pattern that Rust, ECMAScript and Python read alike."""

PLAIN_SENTENCE: Final = "must not hold U+0000"
