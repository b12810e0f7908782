"""The working file of an export: what was gathered so far, sorted, and where the gathering stopped."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from togglebox.errors import Refused
from togglebox.store.port import Document, Key

MODE: Final = 0o600
"""An export holds password hashes: it is its owner's only."""

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS documents (collection TEXT, partition TEXT, sort TEXT, version INTEGER, text TEXT,
    PRIMARY KEY (collection, partition, sort)) WITHOUT ROWID, STRICT""",
    """CREATE TABLE IF NOT EXISTS walks (collection TEXT, partition TEXT, after TEXT,
    PRIMARY KEY (collection, partition)) WITHOUT ROWID, STRICT""",
    """CREATE TABLE IF NOT EXISTS read_under (partition TEXT, sort TEXT, version INTEGER,
    PRIMARY KEY (partition, sort)) WITHOUT ROWID, STRICT""",
)


class OtherWork(Refused):
    """The working file belongs to another export, or another process works on it."""


class WorkingFileFailed(Refused):
    """The working file cannot be read or written."""


class WorkingFile:
    """
    An SQLite file at *path*, which one process at a time works on; *about* says what is exported, and has to agree.

    What a method writes is in the file when it returns, whatever happens to the process. SQLite compares text as
    bytes, in the database's encoding, which is UTF-8: so the documents come out in the order of an export.
    """

    def __init__(self, path: Path, about: Mapping[str, str]) -> None:
        self._path: Final = path
        self.resumed = False
        with self._translated():
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, MODE))
            self._connection: Final = sqlite3.connect(path, timeout=0, isolation_level=None)
            try:
                self._prepare(about)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def note(self, name: str, value: str) -> None:
        """Remember something about the work as a whole."""
        with self._writing():
            self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str | None:
        rows = self._rows("SELECT value FROM about WHERE name = ?", (name,))
        return rows[0][0] if rows else None

    def cursor(self, collection: str, partition: str) -> tuple[bool, str | None]:
        """Tell of a walk whether it has begun, and after which cursor it goes on; begun and ``None``: it is done."""
        rows = self._rows("SELECT after FROM walks WHERE collection = ? AND partition = ?", (collection, partition))
        return (True, rows[0][0]) if rows else (False, None)

    def keep(self, collection: str, partition: str, documents: Iterable[Document], after: str | None) -> None:
        """Store a page of a walk together with where the next one begins."""
        with self._writing():
            self._insert(collection, documents)
            self._connection.execute("INSERT OR REPLACE INTO walks VALUES (?, ?, ?)", (collection, partition, after))

    def replace(self, collection: str, partition: str, documents: Iterable[Document]) -> list[Key]:
        """Put *documents* in the place of all that is kept of the partition; return the keys of what is different."""
        place = collection, partition
        with self._writing():
            before = dict(
                self._connection.execute(
                    "SELECT sort, version FROM documents WHERE collection = ? AND partition = ?", place
                )
            )
            self._connection.execute("DELETE FROM documents WHERE collection = ? AND partition = ?", place)
            different: list[Key] = []
            for document in documents:
                self._insert(collection, [document])
                if before.get(document.key[1]) != document.version:
                    different.append(document.key)
            return different

    def add(self, collection: str, documents: Iterable[Document]) -> None:
        with self._writing():
            self._insert(collection, documents)

    def drop(self, collection: str, partition: str) -> None:
        """Forget what is kept of a partition."""
        with self._writing():
            self._connection.execute(
                "DELETE FROM documents WHERE collection = ? AND partition = ?", (collection, partition)
            )

    def read_under(self, manifest: Key) -> int | None:
        """Return the version of the *manifest* that its scope was read under."""
        rows = self._rows("SELECT version FROM read_under WHERE partition = ? AND sort = ?", manifest)
        return rows[0][0] if rows else None

    def set_read_under(self, manifests: Iterable[tuple[Key, int]]) -> None:
        with self._writing():
            self._connection.executemany(
                "INSERT OR REPLACE INTO read_under VALUES (?, ?, ?)", ((*key, version) for key, version in manifests)
            )

    def get(self, collection: str, key: Key) -> Document | None:
        rows = self._rows(
            "SELECT version, text FROM documents WHERE collection = ? AND partition = ? AND sort = ?",
            (collection, *key),
        )
        return Document(key, *rows[0]) if rows else None

    def documents(self, collection: str) -> Iterator[Document]:
        """Yield what is kept of a collection, in the order of keys; nothing may be written meanwhile."""
        with self._translated():
            rows = self._connection.execute(
                "SELECT partition, sort, version, text FROM documents WHERE collection = ? ORDER BY partition, sort",
                (collection,),
            )
            for partition, sort, version, text in rows:
                yield Document((partition, sort), version, text)

    def partition(self, collection: str, partition: str) -> Sequence[Document]:
        rows = self._rows(
            "SELECT sort, version, text FROM documents WHERE collection = ? AND partition = ? ORDER BY sort",
            (collection, partition),
        )
        return [Document((partition, sort), version, text) for sort, version, text in rows]

    def count(self, collection: str) -> int:
        ((count,),) = self._rows("SELECT count(*) FROM documents WHERE collection = ?", (collection,))
        return int(count)

    def discard(self) -> None:
        """Remove the file; the work is done."""
        self._connection.close()
        for path in (self._path, Path(f"{self._path}-wal")):
            with suppress(FileNotFoundError):
                path.unlink()

    def _prepare(self, about: Mapping[str, str]) -> None:
        # Held until the process ends, however it ends: two exports to one target would spoil each other's work.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self._writing():
            for table in _TABLES:
                self._connection.execute(table)
            known = dict(self._connection.execute("SELECT name, value FROM about WHERE name LIKE 'of %'"))
            if known and known != {f"of {name}": value for name, value in about.items()}:
                raise OtherWork(
                    f"{self._path} is the working file of another export "
                    f"({', '.join(known[name] for name in sorted(known))}); "
                    "end that one, or remove the file, or choose another target"
                )
            self.resumed = bool(known)
            self._connection.executemany(
                "INSERT OR REPLACE INTO about VALUES (?, ?)", ((f"of {name}", value) for name, value in about.items())
            )

    def _insert(self, collection: str, documents: Iterable[Document]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?, ?)",
            ((collection, *document.key, document.version, document.text) for document in documents),
        )

    def _rows(self, sql: str, values: Sequence[str]) -> list[Any]:
        with self._translated():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY":
                raise OtherWork(f"Another export works on {self._path}") from error
            raise WorkingFileFailed(
                f"{self._path} cannot be used ({error}); see that its folder may be written and has room, "
                "and remove the file if it is no working file of an export"
            ) from error
        except OSError as error:
            raise WorkingFileFailed(f"{self._path} cannot be used ({error.strerror})") from error
