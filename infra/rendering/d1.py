"""shared/sql/d1/: the migrations that `wrangler d1 migrations apply` runs, numbered and only ever added to."""

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Final

from togglebox.adapters.d1 import D1Dialect
from togglebox.adapters.sql_schema import statements

FOLDER: Final = "shared/sql/d1"

_HEAD: Final = (
    "-- Rendered by infra/render.py from the catalogue of tables: databases have run it, so it stays as it is,\n"
    "-- and `make render` puts what changes in a further file. sha256 of what follows: {}\n\n"
)
_NAMED: Final = re.compile(r"CREATE (?:TABLE|INDEX|VIEW) (?:IF NOT EXISTS )?(\w+)")


def migrations(root: Path, wanted: Sequence[str] | None = None) -> Mapping[str, str]:
    """
    Return what each migration is to hold, by its path below *root*: those that are there, and perhaps one more.

    That one holds those of the *wanted* statements which the others do not come to; by default, all of the schema.
    """
    found = _found(root)
    made = _made(found)
    lacking: list[str] = []
    for statement in _creating(wanted):
        if made.get(_name(statement)) != statement:
            if statement.startswith("CREATE VIEW"):
                lacking.append(f"DROP VIEW IF EXISTS {_name(statement)}")
            lacking.append(statement)
    if not lacking:
        return found
    body = "\n\n".join(f"{each};" for each in lacking) + "\n"
    further = f"{FOLDER}/{len(found) + 1:04}_schema.sql"
    return {**found, further: _HEAD.format(sha256(body.encode()).hexdigest()) + body}


def spoiled(root: Path, wanted: Sequence[str] | None = None) -> Iterator[str]:
    """Yield a sentence for each migration that was changed or taken away, and for what no further one can bring."""
    found = _found(root)
    for number, (path, text) in zip(count(1), found.items(), strict=False):
        body = _body(text)
        if not Path(path).name.startswith(f"{number:04}_"):
            yield f"{path} has another number than {number:04}: migrations are counted from 0001, without a gap."
        if text != _HEAD.format(sha256(body.encode()).hexdigest()) + body:
            yield f"{path} was changed: databases may have run it as it was, so restore it, and run `make render`."
    made = _made(found)
    for statement in _creating(wanted):
        name = _name(statement)
        if not statement.startswith("CREATE VIEW") and made.get(name, statement) != statement:
            yield f"{name} is another than {FOLDER} makes, and no migration is rendered that changes what holds data."


def _creating(wanted: Sequence[str] | None) -> Iterator[str]:
    for statement in statements(D1Dialect()) if wanted is None else wanted:
        if not statement.startswith("DROP VIEW"):  # comes before each view that is created
            yield statement


def _found(root: Path) -> Mapping[str, str]:
    files = sorted((root / FOLDER).glob("*.sql"))
    return {f"{FOLDER}/{file.name}": file.read_text(encoding="utf-8") for file in files}


def _body(text: str) -> str:
    return text.partition("\n\n")[2]


def _made(found: Mapping[str, str]) -> Mapping[str, str]:
    """Return the statement that made each table, index and view, as all files have left them."""
    made = {}
    for text in found.values():
        for statement in _body(text).removesuffix(";\n").split(";\n\n"):
            made[_name(statement)] = statement
    return made


def _name(statement: str) -> str:
    named = _NAMED.match(statement)
    return named[1] if named else statement
