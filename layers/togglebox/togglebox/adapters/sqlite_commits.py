"""SQLite's own note of the last commit: while it stays the same, what was read before is what would be read again."""

import mmap
import os
import sys
from pathlib import Path
from typing import Final, Self

HEADER: Final = 48
"""Bytes of the index's header, which is written twice, one copy after the other."""

VERSION: Final = 3_007_000
"""What the header begins with, in the processor's byte order."""

INITIALISED: Final = 12
"""The place of the byte that says whether the header means anything."""


class Commits:
    """
    The index of the write-ahead log, in the memory that all connections to a file share.

    Its header holds a count of all commits and a checksum of the log. Whoever commits, in whatever process, changes it
    before the commit is acknowledged, and SQLite itself begins each read by comparing it with the one it knows
    (https://sqlite.org/walformat.html, "The WAL-Index Header"). A look at it costs a twentieth of the read.

    The file must not be closed while a connection of this process is open: closing any descriptor of a file gives up
    the locks that the process holds on it (POSIX), those of SQLite too.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: Final = descriptor
        self._memory: Final = mmap.mmap(descriptor, 2 * HEADER, access=mmap.ACCESS_READ, trackfd=False)

    @classmethod
    def of(cls, database: Path) -> Self | None:
        """Return the notes of the commits to *database*, which is open; ``None`` where SQLite keeps none, or others."""
        try:
            descriptor = os.open(f"{os.path.realpath(database)}-shm", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            commits = cls(descriptor)
        except (OSError, ValueError):
            return None  # and leave the file open
        last = commits.last()
        return commits if last is not None and int.from_bytes(last[:4], sys.byteorder) == VERSION else None

    def last(self) -> bytes | None:
        """Return the note of the last commit; ``None`` while it is being written."""
        copies = self._memory[:]
        note = copies[:HEADER]
        return note if note == copies[HEADER:] and note[INITIALISED] else None

    def close(self) -> None:
        """
        Let go of the memory, and of the file if that is safe: once all connections to the database are closed.

        SQLite removes the file with the last of them. While it is still there, somebody has the database open, perhaps
        in this process; so the descriptor stays.
        """
        self._memory.close()
        if os.fstat(self._descriptor).st_nlink == 0:
            os.close(self._descriptor)
