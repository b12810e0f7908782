"""The file: a header, a line for each document, a footer; written in one order, and verified before it is believed."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Self

from togglebox.errors import LimitExceeded, ToggleBoxError
from togglebox.journal.manifest import Manifest
from togglebox.journal.record import SCHEMA, Head
from togglebox.journal.scopes import ROOT
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import MAX_BODY_BYTES, MAX_KEY_BYTES, Document, Key, encode
from togglebox.store.record import Record
from togglebox.transfer.places import TRAVELS

type Report = Callable[[int, int, str], None]
"""Hears how many are done, of how many, and what is being done."""

FORMAT: Final = 1

MAX_LINE: Final = MAX_BODY_BYTES + 12 * MAX_KEY_BYTES + 1_024
"""Bytes of the longest line: a body, two keys whose every character is escaped, and what stands around them."""

MAX_VERSION: Final = 2**53
"""Beyond, not every engine counts exactly."""

_FIELDS: Final = ("collection", "partition", "sort", "version", "body")


class BadFile(ToggleBoxError):
    """The file is not a whole, unharmed export that this release reads; *line* says where, from 1."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


@dataclass(frozen=True, slots=True)
class Header:
    """
    The first line: whose content follows.

    *platform* is (name, id), or ``None`` for a whole store. *at* is when the content was last changed, not when it
    was exported: the same content is the same file, whenever and from wherever it is written.
    """

    platform: tuple[str, str] | None
    at: str | None

    def line(self) -> bytes:
        fields = {
            "togglebox": "export",
            "format": FORMAT,
            "schema": SCHEMA,
            "at": self.at,
            "platform": None if self.platform is None else {"name": self.platform[0], "id": self.platform[1]},
        }
        return f"{encode(fields)}\n".encode()

    @classmethod
    def of(cls, line: bytes) -> Self:
        """Read the first line; raises `BadFile`."""
        fields = _object(1, line, "This is no export of ToggleBox")
        if fields.get("togglebox") != "export":
            raise BadFile(1, "This is no export of ToggleBox")
        if fields.get("format") != FORMAT:
            raise BadFile(1, f"It is in format {_shown(fields.get('format'))}; this release reads format {FORMAT}")
        if fields.get("schema") != SCHEMA:
            raise BadFile(1, f"It holds schema {_shown(fields.get('schema'))}; this release reads schema {SCHEMA}")
        match fields:
            case {"at": str() | None as at, "platform": None}:
                header = cls(None, at)
            case {"at": str() | None as at, "platform": {"name": str(name), "id": str(life)}}:
                header = cls((name, life), at)
            case _:
                raise BadFile(1, "The header is incomplete")
        if header.line() != line:
            raise BadFile(1, "The header is not as an export writes it")
        return header


def line_of(collection: str, document: Document) -> bytes:
    """Return the document's line, its text as it is."""
    name, partition, sort = (json.dumps(part, ensure_ascii=False) for part in (collection, *document.key))
    return (
        f'{{"collection":{name},"partition":{partition},"sort":{sort},'
        f'"version":{document.version},"body":{document.text}}}\n'
    ).encode()


def footer(counts: Mapping[str, int], digest: str) -> bytes:
    """Return the last line: how many documents of each collection stand above, and the SHA-256 of all above."""
    return f"{encode({'togglebox': 'end', 'documents': counts, 'sha256': digest})}\n".encode()


@dataclass(frozen=True, slots=True)
class Section:
    """The documents of one collection: where they begin in the file, on which line, and how many there are."""

    collection: str
    offset: int
    line: int
    count: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What a verified file holds; reads it again, section by section."""

    header: Header
    sections: Sequence[Section]
    file: BinaryIO

    @property
    def total(self) -> int:
        return sum(section.count for section in self.sections)

    def documents(self, collection: str) -> Iterator[tuple[int, Document]]:
        """Yield the collection's documents with the numbers of their lines."""
        for section in self.sections:
            if section.collection == collection:
                self.file.seek(section.offset)
                for line in range(section.line, section.line + section.count):
                    fields = json.loads(self.file.readline(MAX_LINE + 1))
                    key = fields["partition"], fields["sort"]
                    yield line, Document(key, fields["version"], encode(fields["body"]))


def verify(file: BinaryIO, report: Report = lambda done, total, what: None) -> Contents:
    """
    Read a seekable *file* from its start to its end and say what it holds; *report* hears of bytes.

    Raises:
        BadFile: at the first line that is not as an export of this format would have it.
    """
    size = file.seek(0, 2)
    file.seek(0)
    first = file.readline(MAX_LINE + 1)
    if not first:
        raise BadFile(1, "The file is empty")
    verifying = _Verifying(Header.of(first), hashlib.sha256(first))
    offset = len(first)
    number = 2
    while line := file.readline(MAX_LINE + 1):
        if verifying.footed:
            raise BadFile(number, "Something follows the line that should be the last")
        verifying.take(number, line, offset)
        offset += len(line)
        number += 1
        if number % 1_000 == 0:
            report(offset, size, "verifying")
    if not verifying.footed:
        raise BadFile(number, "The file ends before its last line: it was cut short")
    verifying.check_platform(number)
    return Contents(verifying.header, tuple(verifying.sections.values()), file)


@dataclass(slots=True)
class _Verifying:
    """What is known of a file up to some line."""

    header: Header
    digest: Any
    sections: dict[str, Section] = field(default_factory=dict)
    last: tuple[str, Key] | None = None
    footed: bool = False
    platform_seen: bool = False

    def take(self, number: int, line: bytes, offset: int) -> None:
        fields = _object(number, line, "This is no line of an export")
        if "togglebox" in fields:
            self._check_footer(number, fields)
            return
        self.digest.update(line)
        collection, document = _document(number, fields, line)
        if self.last is not None and self.last[0] == collection:
            if document.key <= self.last[1]:
                raise BadFile(number, "It stands out of order, or twice")
        elif collection in self.sections:
            raise BadFile(number, "It stands out of order: its collection came before")
        self._check_place(number, collection, document)
        self.last = collection, document.key
        section = self.sections.get(collection) or Section(collection, offset, number, 0)
        self.sections[collection] = Section(collection, section.offset, section.line, section.count + 1)

    def check_platform(self, number: int) -> None:
        if self.header.platform is not None and not self.platform_seen:
            raise BadFile(number, "The platform that the header names is not in the file")

    def _check_footer(self, number: int, fields: Mapping[str, Any]) -> None:
        counts = {name: section.count for name, section in self.sections.items()}
        if fields.get("togglebox") != "end" or fields.keys() != {"togglebox", "documents", "sha256"}:
            raise BadFile(number, "This is no line of an export")
        if fields["documents"] != counts:
            raise BadFile(number, "The counts are not those of the lines above: some are missing, or too many")
        if fields["sha256"] != self.digest.hexdigest():
            raise BadFile(number, "The checksum is not that of the lines above: the file was changed or damaged")
        self.footed = True

    def _check_place(self, number: int, collection: str, document: Document) -> None:
        """Let nothing of another platform in with one platform."""
        if self.header.platform is None:
            return
        name, life = self.header.platform
        if collection == "platforms":
            head = Head.of(document)
            if (document.key, head.id, head.deleted) != ((ROOT, name), life, False):
                raise BadFile(number, "It is another platform than the one that the header names")
            self.platform_seen = True
        elif collection in {"platform-journal", "environments", "manifests"} and document.key[0] != life:
            raise BadFile(number, "It belongs to another platform than the one that the header names")


def _object(number: int, line: bytes, otherwise: str) -> dict[str, Any]:
    if len(line) > MAX_LINE:
        raise BadFile(number, f"The line is longer than {MAX_LINE:,} bytes, which no document needs")
    if not line.endswith(b"\n"):
        raise BadFile(number, "The file ends within a line: it was cut short")
    try:
        fields = json.loads(line.decode())
    except UnicodeDecodeError:
        raise BadFile(number, f"{otherwise}: it is not in UTF-8") from None
    except (ValueError, RecursionError):
        raise BadFile(number, f"{otherwise}: it is not JSON") from None
    if not isinstance(fields, dict):
        raise BadFile(number, f"{otherwise}: it is no JSON object")
    return fields


def _document(number: int, fields: Mapping[str, Any], line: bytes) -> tuple[str, Document]:
    """Check everything that a store, or who reads from it later, takes for granted."""
    match fields:
        case {
            "collection": str(collection),
            "partition": str(partition),
            "sort": str(sort),
            "version": int(version),
            "body": dict(body),
        } if fields.keys() == set(_FIELDS) and not isinstance(version, bool):
            pass
        case _:
            raise BadFile(number, f"A document has the fields {', '.join(_FIELDS)}, each of its own type")
    if collection not in TRAVELS:
        raise BadFile(number, f"This release does not import a collection {_shown(collection)}")
    if not 1 <= version <= MAX_VERSION:
        raise BadFile(number, f"The version is {version:,}; wanted: 1 to {MAX_VERSION:,}")
    try:
        record = Record.of(COLLECTIONS[collection], (partition, sort), body)
        document = Document(record.key, version, record.text)
        if COLLECTIONS[collection].view is not None:
            Head.of(document)
        elif collection == "manifests":
            Manifest.of(document)
        unchanged = line_of(collection, document) == line
    except LimitExceeded as error:
        raise BadFile(number, error.sentence) from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise BadFile(number, f"This is no document of the collection {collection}") from None
    if not unchanged:
        raise BadFile(number, "The line is not as an export writes it")
    return collection, document


def _shown(value: object) -> str:
    """Return a value of the file, short enough for a sentence."""
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
