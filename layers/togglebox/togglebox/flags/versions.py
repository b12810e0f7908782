"""A flag's public versions, ``1.0.<patch>``: which store version was the last state of each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from togglebox.journal.kinds import FLAGS
from togglebox.journal.publish import Journal
from togglebox.journal.record import Head
from togglebox.store.port import Body

KEPT: Final = 200
"""Public versions whose last state a flag's head can name; older ones are found by walking the journal."""

PAGE: Final = 100


def text_of(patch: int) -> str:
    """Return a public version as the wire writes it."""
    return f"1.0.{patch}"


def patch_of(version: str) -> int:
    """Return the number that tells a public version (as `text_of` writes it) from the others."""
    return int(version.rpartition(".")[2])


def first(data: Body, *, at: str, store_version: int) -> dict[str, Any]:
    """Return the data of a new flag's first version."""
    return {**data, "patch": 0, "versions": [[0, store_version]], "createdAt": at}


def following(data: Body, changes: Mapping[str, Any], *, store_version: int) -> dict[str, Any]:
    """Return the data of the next public version."""
    patch = data["patch"] + 1
    return {**data, **changes, "patch": patch, "versions": [*data["versions"], [patch, store_version]][-KEPT:]}


def in_place(data: Body, changes: Mapping[str, Any], *, store_version: int) -> dict[str, Any]:
    """Return the data of the same public version in its next state."""
    return {**data, **changes, "versions": [*data["versions"][:-1], [data["patch"], store_version]]}


def last_states(journal: Journal, head: Head, patches: Iterable[int]) -> list[Head]:
    """Return the last states of those of *patches* that the life of *head* has, newest first."""
    wanted = {patch for patch in patches if 0 <= patch <= head.data["patch"]}
    listed = {patch: version for patch, version in head.data["versions"] if patch in wanted}
    found = {state.data["patch"]: state for state in journal.entries(FLAGS, head, sorted(listed.values()))}
    if missing := wanted - found.keys():
        before = head.data["versions"][0][1]
        found |= _walk(journal, head, missing, before)
    return [found[patch] for patch in sorted(found, reverse=True)]


def _walk(journal: Journal, head: Head, missing: set[int], before: int) -> dict[int, Head]:
    found: dict[int, Head] = {}
    while page := _page(journal, head, before):
        for state in page:
            patch = state.data["patch"]
            if patch in missing and patch not in found:
                found[patch] = state
        if found.keys() == missing or page[-1].data["patch"] < min(missing):
            break
        before = page[-1].version
    return found


def _page(journal: Journal, head: Head, before: int) -> Sequence[Head]:
    return journal.versions(FLAGS, head, before=before, limit=PAGE) if before > head.born else ()
