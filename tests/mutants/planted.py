"""Faults that are planted in the adapters, one at a time: the contract of the engine catches each."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Edit:
    """
    Replaces *old* by *new* in a *file* of the package `togglebox`.

    *old* occurs there once: if it no longer does, the fault is to be planted anew.
    """

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """A *fault*, the engine whose contract is to catch it, and the file of the contract that does so soonest."""

    fault: str
    engine: str
    caught_in: str
    edits: tuple[Edit, ...]


def _mutant(fault: str, engine: str, caught_in: str, file: str, old: str, new: str) -> Mutant:  # noqa: PLR0917
    return Mutant(fault, engine, caught_in, (Edit(f"{file}.py", old, new),))


_ORDER: Final = """f" ORDER BY {', '.join(column + direction for column in ordered)} LIMIT {mark}","""
_UPDATE: Final = "SET {written} {at_key} AND version = {mark}{self.alive}"
_CHANGE: Final = (
    "            written = self._connection.change("
    "plan.update, [*values[2:], *values[:2], expect, *self._alive(plan)])\n"
)

# It reads the version, and then writes whatever stands: which only a race can tell from a conditional write.
_READ_THEN_WRITE: Final = (
    Edit("adapters/sql.py", _UPDATE, "SET {written} {at_key} AND {mark} > 0{self.alive}"),
    Edit(
        "adapters/sql.py",
        _CHANGE,
        "            found = self.get(collection, key)\n"
        "            written = int(found is not None and found.version == expect)\n"
        "            if written:\n"
        "    " + _CHANGE,
    ),
)

_SQL: Final = (
    _mutant("a page has no order", "sqlite", "test_pages", "adapters/sql", _ORDER, 'f" LIMIT {mark}",'),
    _mutant("DESC is forgotten", "sqlite", "test_pages", "adapters/sql", '" DESC" if reverse else ""', '""'),
    _mutant(
        "ties walk upwards while the rest walks downwards",
        "sqlite",
        "test_indexes",
        "adapters/sql",
        "', '.join(column + direction for column in ordered)",
        "ordered[0] + direction + ''.join(f', {column}' for column in ordered[1:])",
    ),
    _mutant(
        "a page begins with the last document of the one before",
        "sqlite",
        "test_pages",
        "adapters/sql_dialect",
        'sign = "<" if reverse else ">"',
        'sign = "<=" if reverse else ">="',
    ),
    _mutant(
        "a page does not look whether anything follows",
        "sqlite",
        "test_pages",
        "adapters/sql",
        "[*values, *self._alive(plan), limit + 1]",
        "[*values, *self._alive(plan), limit]",
    ),
    _mutant(
        "a page always announces another",
        "sqlite",
        "test_pages",
        "adapters/sql",
        "spell(rows[limit - 1]) if len(rows) > limit else None",
        "spell(rows[limit - 1]) if len(rows) >= limit else None",
    ),
    _mutant(
        "the low bound is left out", "sqlite", "test_pages", "adapters/sql", '"{sort} >= {mark}"', '"{sort} > {mark}"'
    ),
    _mutant(
        "the high bound is included", "sqlite", "test_pages", "adapters/sql", '"{sort} < {mark}"', '"{sort} <= {mark}"'
    ),
    _mutant(
        "partitions that follow leak in",
        "sqlite",
        "test_pages",
        "adapters/sql",
        'if index else f"pk = {mark}"]',
        'if index else f"pk >= {mark}"]',
    ),
    Mutant(
        "an index lists the entries of other collections",
        "sqlite",
        "test_indexes",
        (
            Edit("adapters/sql.py", "(spelled(self.collection.name, entry[0])", '(spelled("", entry[0])'),
            Edit(
                "adapters/sql.py",
                "values: list[Value] = [spelled(collection, partition)]",
                'values: list[Value] = [spelled("" if index else collection, partition)]',
            ),
        ),
    ),
    _mutant(
        "a scan sees collections whose names begin alike",
        "sqlite",
        "test_scans",
        "adapters/sql",
        '[f"{collection}$", ',
        '[f"{collection}~", ',
    ),
    _mutant(
        "an update does not ask for the version",
        "sqlite",
        "test_documents",
        "adapters/sql",
        _UPDATE,
        "SET {written} {at_key} AND {mark} > 0{self.alive}",
    ),
    _mutant(
        "a deletion does not ask for the version",
        "sqlite",
        "test_documents",
        "adapters/sql",
        '"DELETE FROM {table} {at_key} AND version = {mark}{self.alive}"',
        '"DELETE FROM {table} {at_key} AND {mark} >= 0{self.alive}"',
    ),
    Mutant("the version is read, and then whatever stands is overwritten", "sqlite", "test_races", _READ_THEN_WRITE),
    _mutant(
        "an insert overwrites",
        "sqlite",
        "test_documents",
        "adapters/sql_dialect",
        "ON CONFLICT (pk, sk) DO NOTHING",
        "ON CONFLICT (pk, sk) DO UPDATE SET body = excluded.body",
    ),
    _mutant(
        "what expires lives an hour longer",
        "sqlite",
        "test_expiry",
        "adapters/sql",
        "expires > {mark})",
        "expires > {mark} - 3600)",
    ),
    _mutant(
        "what expires at this second keeps its place",
        "sqlite",
        "test_expiry",
        "adapters/sql_dialect",
        "WHERE {table}.expires <= {self.mark}",
        "WHERE {table}.expires < {self.mark}",
    ),
    Mutant(
        "a sweep takes what is still to live for a second",
        "sqlite",
        "test_expiry",
        (
            Edit(
                "adapters/sql.py", "WHERE expires <= {mark} ORDER BY expires", "WHERE expires <= {mark} + 1 ORDER BY pk"
            ),
            Edit("adapters/sql.py", 'sk = {mark} AND expires <= {mark}"', 'sk = {mark} AND expires <= {mark} + 1"'),
        ),
    ),
    _mutant(
        "all that is added counts as new", "sqlite", "test_new_documents", "adapters/sql", "written > 0", "written >= 0"
    ),
    _mutant(
        "what is restored begins at version 1",
        "sqlite",
        "test_new_documents",
        "adapters/sql",
        "document.body, document.version)",
        "document.body, 1)",
    ),
    _mutant(
        "a row is remembered beyond the next commit",
        "sqlite",
        "test_documents",
        "adapters/sqlite",
        "if commit != last:",
        "if commit is None:",
    ),
)

_MEMORY: Final = (
    _mutant(
        "an index lists every partition",
        "memory",
        "test_indexes",
        "adapters/memory",
        "if index in entries and entries[index][0] == partition",
        "if index in entries",
    ),
    _mutant(
        "documents lie in the order of their arrival",
        "memory",
        "test_pages",
        "adapters/memory",
        "sorted(places, reverse=reverse)",
        "list(reversed(places)) if reverse else list(places)",
    ),
    _mutant(
        "what expires lives for one moment more",
        "memory",
        "test_expiry",
        "adapters/memory",
        "record.expires <= self._clock()",
        "record.expires < self._clock()",
    ),
    _mutant(
        "any key is taken",
        "memory",
        "test_limits",
        "store/record",
        "        check_key(key)\n        text",
        "        text",
    ),
    _mutant(
        "names in a body are sorted",
        "memory",
        "test_documents",
        "store/port",
        "ensure_ascii=False, allow_nan=False,",
        "ensure_ascii=False, allow_nan=False, sort_keys=True,",
    ),
)

_DYNAMODB: Final = (
    _mutant(
        "a creation does not ask whether something is there",
        "signed_dynamodb",
        "test_documents",
        "adapters/dynamodb",
        'return {"ConditionExpression": "attribute_not_exists(PK)"}',
        "return {}",
    ),
    _mutant(
        "the high bound is included",
        "signed_dynamodb",
        "test_pages",
        "adapters/dynamodb",
        'item[sort]["S"] < high',
        'item[sort]["S"] <= high',
    ),
    _mutant(
        "lists show what has expired",
        "signed_dynamodb",
        "test_expiry",
        "adapters/dynamodb",
        "if wanted(item) and not self._expired(collection, item)]",
        "if wanted(item)]",
    ),
    _mutant(
        "a scan sees the whole table",
        "signed_dynamodb",
        "test_scans",
        "adapters/dynamodb",
        '"begins_with(PK, :collection)"',
        '"begins_with(PK, :collection) OR attribute_exists(PK)"',
    ),
)

_POSTGRESQL: Final = (
    _mutant(
        "keys are in the order of a language",
        "postgresql",
        "test_pages",
        "adapters/postgresql",
        """sort_type = 'TEXT COLLATE "C"'""",
        """sort_type = 'TEXT COLLATE "und-x-icu"'""",
    ),
    _mutant(
        "all that is added together counts as new",
        "postgresql",
        "test_new_documents",
        "adapters/postgresql",
        "return [(row[0], row[1]) in new for row in rows]",
        "return [True for row in rows]",
    ),
    Mutant(
        "the version is read, and then whatever stands is overwritten", "postgresql", "test_races", _READ_THEN_WRITE
    ),
)

_MYSQL: Final = (
    _mutant(
        "an insert overwrites",
        "mysql",
        "test_documents",
        "adapters/mysql",
        "ON DUPLICATE KEY UPDATE version = version",
        "ON DUPLICATE KEY UPDATE body = VALUES(body)",
    ),
    _mutant(
        "ties are left out where a page ends among them",
        "mysql",
        "test_indexes",
        "adapters/mysql",
        '(f"{column} = {self.mark}" for column in columns[:place])',
        '(f"{column} <> {self.mark}" for column in columns[:place])',
    ),
)

_MONGODB: Final = (
    _mutant(
        "an update does not ask for the version",
        "mongodb",
        "test_documents",
        "adapters/mongodb",
        'query |= {"version": expect, **self._alive(collection)}',
        "query |= {**self._alive(collection)}",
    ),
    _mutant(
        "a page has no order",
        "mongodb",
        "test_pages",
        "adapters/mongodb",
        "sort = [(order, DESCENDING if reverse else ASCENDING)] if order else None",
        "sort = None",
    ),
    _mutant(
        "all that is added together counts as new",
        "mongodb",
        "test_new_documents",
        "adapters/mongodb",
        "return [key for key in documents if key not in taken]",
        "return list(documents)",
    ),
)

MUTANTS: Final = (*_SQL, *_MEMORY, *_DYNAMODB, *_POSTGRESQL, *_MYSQL, *_MONGODB)
