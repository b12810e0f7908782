"""
Where a user falls: the hash that every client of ToggleBox computes, of ``<key>:<user id>``.

It is DJB2 in its XOR variant (``h = h * 33 ^ unit``, from 5381) over UTF-16 code units, then the 32-bit finaliser of
MurmurHash3 (Appleby, public domain), all modulo 2^32. A bucket is the hash modulo 10,000: one bucket is 0.01 %.

The loop in its usual form computes with integers of several digits, and CPython pays for each. Here it is cut in two:
XOR with a unit below 256 changes only the lowest byte, and that byte depends on no higher one, so a table leads from
each to the next. What a step carries from there into the rest is at most 32 (``33 * low >> 8``), so the rest is a
number in base 33 whose digits are the carries, and `int` reads those at once. This serves ASCII; other text
takes the usual loop.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Sequence
from typing import Final, NamedTuple

BUCKETS: Final = 10_000
MASK: Final = 0xFFFF_FFFF
LONGEST: Final = 256
"""From this length on the usual loop is taken: `int` needs quadratic time, and refuses thousands of digits."""

INVERSE: Final = pow(33, -1, 1 << 32)
"""Undoes a multiplication by 33 modulo 2^32: states below are kept multiplied once ahead of the XOR."""

NEXT: Final = [33 * low & 255 for low in range(256)]
"""The lowest byte of ``33 * h``, by the lowest byte of ``h``."""

DIGITS: Final = bytes(b"0123456789abcdefghijklmnopqrstuvw"[33 * (low * INVERSE & 255) >> 8] for low in range(256))
"""The carry as a digit in base 33, by the lowest byte of ``33 * h``."""

LOWS: Final = [low * INVERSE & MASK for low in range(256)]
NATIVE: Final = f"utf-16-{sys.byteorder[0]}e"
REST: Final = 256 * INVERSE & MASK
POWERS: Final = [pow(33, count, 1 << 32) for count in range(LONGEST)]


class Prefix(NamedTuple):
    """The state of the loop after ``<key>:``, and the same cut in two: the lowest byte of ``33 * state``, the rest."""

    state: int
    low: int
    rest: int


def prefix_of(key: str) -> Prefix:
    """Return where the loop stands when it comes to the user, for a flag, an experiment or a salt."""
    state = _absorbed(5381, _units(key + ":"))
    return Prefix(state, 33 * state & 255, (33 * state >> 8) * REST & MASK)


def hash_of(prefix: Prefix, user_id: str) -> int:
    """Return the unsigned 32-bit hash; the bucket is this modulo `BUCKETS`. Any text has one, lone surrogates too."""
    state, low, rest = prefix
    if 0 < len(user_id) < LONGEST and user_id.isascii():
        following = NEXT
        lows = bytes([low := following[low ^ unit] for unit in user_id.encode()])
        state = (rest * POWERS[len(lows)] + int(lows.translate(DIGITS), 33) * REST + LOWS[low]) & MASK
    else:
        state = _absorbed(state, _units(user_id))
    state = (state ^ state >> 16) * 0x85EBCA6B & MASK
    state = (state ^ state >> 13) * 0xC2B2AE35 & MASK
    return state ^ state >> 16


def buckets_of(states: Sequence[int], user_id: str) -> list[int]:
    """
    Return the bucket of one user after each state (`Prefix.state`); from about four on faster than one by one.

    Each state has a lane of 64 bits in one integer, so that a step serves all of them. In a lane 32 bits grow by less
    than 5.05 in a step: after six steps they still fit.
    """
    count = len(states)
    lanes = int.from_bytes(array("Q", states).tobytes(), sys.byteorder)
    ones = int.from_bytes(array("Q", [1]).tobytes() * count, sys.byteorder)
    mask = ones * MASK
    units = _units(user_id)
    spread = {unit: ones * unit for unit in set(units)}
    for start in range(0, len(units), 6):
        for unit in units[start : start + 6]:
            lanes = lanes * 33 ^ spread[unit]
        lanes &= mask
    lanes = (lanes ^ (lanes >> 16 & ones * 0xFFFF)) * 0x85EBCA6B & mask
    lanes = (lanes ^ (lanes >> 13 & ones * 0x7FFFF)) * 0xC2B2AE35 & mask
    lanes ^= lanes >> 16 & ones * 0xFFFF
    return [lane % BUCKETS for lane in array("Q", lanes.to_bytes(8 * count, sys.byteorder))]


def buckets_below(percentage: float) -> int:
    """
    Return how many buckets lie below a percentage: a user is in it if their bucket is less than this.

    The same as comparing ``bucket / 100 < percentage`` in doubles, which is how clients do it. Below 0 and NaN: none;
    above 100: all.
    """
    if not percentage > 0:
        return 0
    if percentage >= 100:
        return BUCKETS
    count = math.ceil(percentage * 100)
    # The product is rounded, and so are the quotients that it is to agree with: it may be one off.
    while count / 100 < percentage:
        count += 1
    while (count - 1) / 100 >= percentage:
        count -= 1
    return min(count, BUCKETS)


def _absorbed(state: int, units: Sequence[int]) -> int:
    for start in range(0, len(units), 64):
        for unit in units[start : start + 64]:
            state = state * 33 ^ unit  # what is above 32 bits never comes down: it may wait
        state &= MASK
    return state


def _units(text: str) -> Sequence[int]:
    """Return the UTF-16 code units of a text; a lone surrogate is one, a character outside the BMP two."""
    if text.isascii():
        return text.encode()
    return memoryview(text.encode(NATIVE, "surrogatepass")).cast("H")
