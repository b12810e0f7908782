"""From a file's name, or standard input, to its verified contents, and to what brings them into a store."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from togglebox.cdn.port import NoCdn
from togglebox.errors import Refused
from togglebox.journal.scopes import Scopes
from togglebox.store.port import Store
from togglebox.transfer.arrival import Arrivals
from togglebox.transfer.format import BadFile, Contents, Report, verify
from togglebox.transfer.restore import Restoration

STDIN: Final = "-"


@contextmanager
def opened(source: str, stdin: BinaryIO, report: Report) -> Iterator[Contents]:
    """
    Give the verified contents of the file *source*, or with ``-`` of *stdin*, which is copied to the disk first.

    Raises:
        BadFile: it is no whole, unharmed export.
        Refused: it cannot be read.
    """
    try:
        with tempfile.TemporaryFile() if source == STDIN else Path(source).open("rb") as file:
            if source == STDIN:
                shutil.copyfileobj(stdin, file)
            try:
                contents = verify(file, report)
            except BadFile as error:
                name = "standard input" if source == STDIN else source
                raise Refused(f"Line {error.line:,} of {name}: {error.sentence}. Nothing was written") from error
            yield contents
    except OSError as error:
        raise Refused(f"{source} cannot be read ({error.strerror})") from error


def restoration(
    store: Store,
    contents: Contents,
    *,
    now: Callable[[], datetime],
    new_id: Callable[[], str],
    report: Report = lambda done, total, what: None,
    pause: Callable[[float], None] = time.sleep,
) -> Restoration:
    """Return what brings the *contents* into *store*. No CDN is told: it keeps nothing of what was not there."""
    door = Arrivals(store, Scopes(store), NoCdn(), now=now, new_id=new_id, pause=pause)
    return Restoration(store, contents, door, clock=lambda: now().timestamp(), report=report, pause=pause)
