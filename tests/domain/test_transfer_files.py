"""The exported file: any document survives in it, and what is no whole, unharmed export is refused by its line."""

import hashlib
import json
import string
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.world import World
from tests.domain.transferring import exported, furnish, imported, memory, stored
from togglebox.errors import Refused
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import MAX_BODY_BYTES, MAX_KEY_BYTES, Document, encode
from togglebox.transfer.format import FORMAT, MAX_LINE, Header, footer, line_of, verify

pytestmark = pytest.mark.engine("memory")

type Lines = list[bytes]

CONTENT = exported(World().store)


def furnished() -> bytes:
    world = World()
    furnish(world)
    return exported(world.store)


@pytest.fixture(scope="module")
def lines() -> Sequence[bytes]:
    return furnished().splitlines(keepends=True)


def sealed(lines: Sequence[bytes]) -> bytes:
    """Return a file of these lines, with a footer that fits."""
    counts: dict[str, int] = {}
    for line in lines[1:]:
        collection = json.loads(line)["collection"]
        counts[collection] = counts.get(collection, 0) + 1
    content = b"".join(lines)
    return content + footer(counts, hashlib.sha256(content).hexdigest())


def with_line(number: int, change: Callable[[dict[str, Any]], object]) -> Callable[[Lines], bytes]:
    """Return what changes the fields of a line and seals the file again, so that only the line itself is wrong."""

    def changed(lines: Lines) -> bytes:
        fields = json.loads(lines[number - 1])
        change(fields)
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return _sealed_by_counts([*lines[: number - 1], f"{text}\n".encode(), *lines[number:-1]], lines[-1])

    return changed


def _sealed_by_counts(content: Lines, last: bytes) -> bytes:
    whole = b"".join(content)
    return whole + footer(json.loads(last)["documents"], hashlib.sha256(whole).hexdigest())


def header(**fields: object) -> Callable[[Lines], bytes]:
    return with_line(1, lambda it: it.update(fields))


def swapped(lines: Lines) -> bytes:
    lines[1], lines[2] = lines[2], lines[1]
    return sealed(lines[:-1])


def split(lines: Lines) -> bytes:
    return sealed([lines[0], lines[1], lines[-2], lines[2]])


def longer_than_any(lines: Lines) -> bytes:
    return b"".join([lines[0], b'{"collection": "' + b"x" * MAX_LINE + b'"}\n'])


FAULTS: dict[str, tuple[Callable[[Lines], bytes], int, str]] = {
    "empty": (lambda it: b"", 1, "The file is empty"),
    "not JSON": (lambda it: b"hello\n", 1, "This is no export of ToggleBox: it is not JSON"),
    "another JSON": (lambda it: b'{"a":1}\n', 1, "This is no export of ToggleBox"),
    "a list": (lambda it: b"[]\n", 1, "This is no export of ToggleBox: it is no JSON object"),
    "not UTF-8": (lambda it: b'"\xff"\n', 1, "This is no export of ToggleBox: it is not in UTF-8"),
    "a newer format": (header(format=FORMAT + 1), 1, "It is in format 2; this release reads format 1"),
    "a newer schema": (header(schema=2), 1, "It holds schema 2; this release reads schema 1"),
    "no platform named": (header(platform={"name": "web"}), 1, "The header is incomplete"),
    "more in the header": (header(more=1), 1, "The header is not as an export writes it"),
    "a platform that is not there": (header(platform={"name": "web", "id": "x"}), 2, "It is another platform than"),
    "cut short between lines": (lambda it: b"".join(it[:5]), 6, "The file ends before its last line"),
    "cut short within a line": (lambda it: b"".join(it[:5])[:-9], 5, "The file ends within a line: it was cut short"),
    "a line that is not JSON": (lambda it: b"".join([*it[:3], b"{,}\n", *it[3:]]), 4, "it is not JSON"),
    "a line too long": (longer_than_any, 2, f"The line is longer than {MAX_LINE:,} bytes"),
    "something after the end": (lambda it: b"".join([*it, b"\n"]), 0, "Something follows the line that should be"),
    "a line lost": (lambda it: b"".join([*it[:3], *it[4:]]), 0, "The counts are not those of the lines above"),
    "a value changed": (
        lambda it: b"".join(it).replace(b'"red"', b'"rot"'),
        0,
        "The checksum is not that of the lines above: the file was changed or damaged",
    ),
    "lines swapped": (swapped, 3, "It stands out of order, or twice"),
    "a line twice": (lambda it: sealed([*it[:2], it[1], *it[2:-1]]), 3, "It stands out of order, or twice"),
    "a collection in two parts": (split, 4, "It stands out of order: its collection came before"),
    "an unknown collection": (
        with_line(2, lambda it: it.update(collection="gadgets")),
        2,
        "This release does not import a collection 'gadgets'",
    ),
    "a passing collection": (
        with_line(2, lambda it: it.update(collection="claims")),
        2,
        "This release does not import a collection 'claims'",
    ),
    "a key too long": (
        with_line(2, lambda it: it.update(sort="k" * (MAX_KEY_BYTES + 1))),
        2,
        "A key holds at most 1,024 bytes; this one has 1,025",
    ),
    "an empty key": (with_line(2, lambda it: it.update(sort="")), 2, "A key must not be empty"),
    "a body too long": (
        with_line(2, lambda it: it["body"].update(more="x" * MAX_BODY_BYTES)),
        2,
        "A document holds at most 300,000 bytes",
    ),
    "version 0": (with_line(2, lambda it: it.update(version=0)), 2, "The version is 0; wanted: 1 to "),
    "version 1.0": (with_line(2, lambda it: it.update(version=1.0)), 2, "A document has the fields collection, "),
    "version true": (with_line(2, lambda it: it.update(version=True)), 2, "A document has the fields collection, "),
    "a field more": (with_line(2, lambda it: it.update(more=1)), 2, "A document has the fields collection, "),
    "a body that is no object": (with_line(2, lambda it: it.update(body=[])), 2, "A document has the fields "),
    "no head": (with_line(2, lambda it: it["body"].pop("born")), 2, "This is no document of the collection platforms"),
    "a number that is none": (
        with_line(2, lambda it: it["body"].update(more=float("nan"))),
        2,
        "This is no document of the collection platforms",
    ),
    "other spelling": (
        lambda it: _sealed_by_counts([it[0], it[1].replace(b":", b": ", 1), *it[2:-1]], it[-1]),
        2,
        "The line is not as an export writes it",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_with_a_fault_is_refused_with_the_line_before_anything_is_written(
    lines: Sequence[bytes], fault: str
) -> None:
    spoil, number, sentence = FAULTS[fault]
    content = spoil(list(lines))
    store = memory()

    with pytest.raises(Refused) as refused:
        imported(store, content)

    said = refused.value.sentence
    where = f"Line {number:,} of standard input: " if number else "Line "
    assert said.startswith(where)
    assert sentence in said
    assert said.endswith(". Nothing was written")
    assert not any(stored(store).values())


def test_one_platform_brings_nothing_of_another() -> None:
    world = World()
    furnish(world)
    whole = exported(world.store).splitlines(keepends=True)
    first, *_ = exported(world.store, "web").splitlines(keepends=True)
    store = memory()

    with pytest.raises(Refused, match="It is another platform than the one that the header names"):
        imported(store, sealed([first, *whole[1:-1]]))

    assert not any(stored(store).values())


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_whatever_is_cut_off_or_flipped_is_noticed(data: st.DataObject) -> None:
    content = FURNISHED
    if data.draw(st.booleans()):
        spoilt = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        place = data.draw(st.integers(0, len(content) - 1))
        flipped = content[place] ^ (1 << data.draw(st.integers(0, 7)))
        spoilt = content[:place] + bytes([flipped]) + content[place + 1 :]
    store = memory()

    with pytest.raises(Refused):
        imported(store, spoilt)

    assert not any(stored(store).values())


FURNISHED = furnished()

texts = st.text(st.characters(codec="utf-8"), max_size=40)
keys = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=60),
    st.sampled_from(["🐘", "é", "é", " ", "a ", "a\t", "'", '"', "\\", "%", "_", "A", "a", "\n", "\x01" * 1_024]),
)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([2.0, 2**53, 2**53 + 1, -0.0, 0.1, 1e22, 5e-324])
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
bodies = st.one_of(
    st.dictionaries(texts, values, max_size=5),
    st.sampled_from([{"long": "x" * (MAX_BODY_BYTES - 100)}, {"nul": "\0", "paragraph": "\u2028\x85\r\n"}]),
)
versions = st.integers(1, 2**53)


@given(st.dictionaries(st.tuples(keys, keys), st.tuples(versions, bodies), max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_document_survives(documents: dict[tuple[str, str], tuple[int, dict[str, Any]]]) -> None:
    first, second = memory(), memory()
    entries = [
        Document(key, version, encode({**body, "change": {"at": "2026-03-01T12:00:00.000Z"}}))
        for key, (version, body) in documents.items()
        if len(key[0].encode()) + len(key[1].encode()) < 1_000  # the index of times holds both
    ]
    first.restore("flag-journal", entries)

    content = exported(first)
    imported(second, content)

    assert stored(second) == stored(first)
    assert stored(second)["flag-journal"] == sorted(entries, key=lambda entry: entry.key)
    assert exported(second) == content


def test_lines_are_in_the_order_of_the_bytes_of_their_keys() -> None:
    store = memory()
    sorts = ["b", "a", "é", "e", "Z", "🐘", "\uffff", "a ", "a\x01", "{"]
    body = {"change": {"at": "2026"}}
    store.restore("flag-journal", [Document((sort, sort), 1, encode(body)) for sort in sorts])

    lines = exported(store).splitlines()[1:-1]

    assert [json.loads(line)["sort"] for line in lines] == sorted(sorts, key=str.encode)


def test_a_line_and_a_header_read_as_they_are_documented() -> None:
    document = Document(("p", 's"'), 3, '{"a":2.0}')

    assert line_of("flags", document) == (
        b'{"collection":"flags","partition":"p","sort":"s\\"","version":3,"body":{"a":2.0}}\n'
    )
    assert Header(("web", "id"), "2026").line() == (
        b'{"togglebox":"export","format":1,"schema":1,"at":"2026","platform":{"name":"web","id":"id"}}\n'
    )
    assert verify(BytesIO(CONTENT)).header == Header(None, None)
    assert CONTENT.count(b"\n") == 2
    assert set(string.printable) >= set(CONTENT.decode())


def test_every_collection_that_has_a_view_holds_heads() -> None:
    """What an import checks as heads."""
    heads = {name for name, collection in COLLECTIONS.items() if collection.view is not None}

    assert heads == {"platforms", "environments", "parameters", "flags", "experiments"}
