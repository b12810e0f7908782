"""A store on DynamoDB: one table a catalogue table, one native operation a call, through any client."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import batched
from typing import Any, Final, Protocol

from togglebox.store.catalogue import COLLECTIONS, Collection
from togglebox.store.port import ABSENT, Body, Clock, Document, Key, NoAnswer, Page, StaleWrite, StoreUnavailable
from togglebox.store.record import Record, check_range, cursor, parts_of, spelled, storable, unspelled

type Item = Mapping[str, Any]
"""Attributes in DynamoDB's own notation: ``{"PK": {"S": "..."}, "v": {"N": "3"}}``."""
type Dice = Callable[[], float]
"""A number from 0 up to 1; spreads retries, decides nothing."""

PREFIX: Final = "togglebox-"

UNSENT: Final = "Unsent"
UNANSWERED: Final = "Unanswered"
THROTTLED: Final = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
    }
)
"""Refused for now, and certainly not done; batches name them a little differently."""

READS: Final = frozenset(
    {
        "BatchGetItem",
        "DescribeContinuousBackups",
        "DescribeTable",
        "DescribeTimeToLive",
        "GetItem",
        "Query",
        "Scan",
    }
)
"""What may be asked twice."""

_TRIES: Final = 6
_PAUSE: Final = 0.05
_BATCH_READ: Final = 100
_BATCH_WRITE: Final = 25
_PAGE_AT_LEAST: Final = 100


class DynamoDBError(Exception):
    """
    An operation that DynamoDB refused, or that did not get there or back.

    *code* is DynamoDB's own, without its namespace, or `UNSENT` (the operation certainly did not happen), or
    `UNANSWERED`; *status* is HTTP's, 0 without an answer. The text is for logs.
    """

    def __init__(self, code: str, message: str = "", *, status: int = 0) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status


class Client(Protocol):
    """DynamoDB's low-level interface. A client repeats reads at most once, and writes never."""

    def call(self, operation: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """
        Perform the *operation* (``"GetItem"``), with payload and answer in DynamoDB's own notation.

        Raises:
            DynamoDBError: always this, whatever went wrong.
        """


class DynamoDBStore:
    """
    Keep documents in DynamoDB.

    An item's attributes: ``PK`` and ``SK``, ``v`` (the version), ``body`` (JSON text), the keys of the indexes that
    list it, and ``ttl`` where it expires. DynamoDB removes expired items when it likes, so that each read looks.
    """

    def __init__(
        self,
        client: Client,
        clock: Clock,
        *,
        dice: Dice,
        prefix: str = PREFIX,
        tables: Mapping[str, str] | None = None,
        collections: Mapping[str, Collection] = COLLECTIONS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Use tables named *prefix* and base name, except those that *tables* (base name -> full name) names."""
        self._client: Final = client
        self._clock: Final = clock
        self._dice: Final = dice
        self._sleep: Final = sleep
        self._collections: Final = collections
        self._tables: Final = {
            name: table_name(collection.table, prefix, tables) for name, collection in collections.items()
        }

    def get(self, collection: str, key: Key) -> Document | None:
        partition, sort = key
        if not storable(partition, sort):
            return None
        answer = self._call(
            "GetItem",
            {
                "TableName": self._tables[collection],
                "Key": {"PK": {"S": f"{collection}#{partition}"}, "SK": {"S": sort}},
                "ConsistentRead": True,
            },
        )
        item = answer.get("Item")
        if item is None or self._expired(collection, item):
            return None
        return Document(key, int(item["v"]["N"]), item["body"]["S"])

    def get_many(self, collection: str, keys: Sequence[Key]) -> list[Document | None]:
        wanted = [_address(collection, key) for key in dict.fromkeys(keys) if storable(*key)]
        found = {}
        for some in batched(wanted, _BATCH_READ, strict=False):
            for item in self._batch_get(collection, some):
                document = _document(item)
                found[document.key] = None if self._expired(collection, item) else document
        return [found.get(key) for key in keys]

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        record = Record.of(self._collections[collection], key, body)
        condition = self._absent(collection) if expect == ABSENT else self._unchanged(collection, expect)
        self._put(collection, record, expect + 1, condition)
        return Document(key, expect + 1, record.text)

    def delete(self, collection: str, key: Key, *, expect: int) -> None:
        if not storable(*key):
            raise StaleWrite
        self._call(
            "DeleteItem",
            {
                "TableName": self._tables[collection],
                "Key": _address(collection, key),
                **self._unchanged(collection, expect),
            },
        )

    def page(
        self,
        collection: str,
        partition: str,
        *,
        limit: int,
        after: str | None = None,
        reverse: bool = False,
        index: str | None = None,
        low: str | None = None,
        high: str | None = None,
    ) -> Page:
        check_range(None if index else after, low, high)
        if not storable(partition) or (high is not None and high <= (low or "")):
            return Page((), None)

        sort = f"{index}SK" if index else "SK"
        condition, values = _range(sort, low, high)
        query: dict[str, Any] = {
            "TableName": self._tables[collection],
            "KeyConditionExpression": f"{index or ''}PK = :partition{condition}",
            "ExpressionAttributeValues": {":partition": {"S": spelled(collection, partition)}, **values},
            "ScanIndexForward": not reverse,
            **({"IndexName": index} if index else {"ConsistentRead": True}),
        }
        if after is not None:
            start = _start(collection, partition, after, index)
            # DynamoDB refuses a start outside the range: one beyond its end leaves nothing, one before it is no start.
            at = start[sort]["S"]
            below = at < (low or "") or (at == low and reverse and index is None)
            above = high is not None and at >= high
            if below if reverse else above:
                return Page((), None)
            if not (above if reverse else below):
                query["ExclusiveStartKey"] = start

        wanted: Callable[[Item], bool] = lambda item: high is None or item[sort]["S"] < high  # noqa: E731
        items = self._walk("Query", query, limit, wanted, collection, spare=1 if low and high else 0)
        return _page(items, limit, lambda item: _spell(item, index) if index else item["SK"]["S"])

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        return self._add(collection, ((key, body, 1) for key, body in documents))

    def restore(self, collection: str, documents: Iterable[Document]) -> list[bool]:
        return self._add(collection, ((document.key, document.body, document.version) for document in documents))

    def scan(self, collection: str, *, limit: int, after: str | None = None) -> Page:
        query: dict[str, Any] = {
            "TableName": self._tables[collection],
            "FilterExpression": "begins_with(PK, :collection)",
            "ExpressionAttributeValues": {":collection": {"S": spelled(collection, "")}},
            "ConsistentRead": True,
        }
        if after is not None:
            partition, sort = parts_of(after, 2)
            query["ExclusiveStartKey"] = _address(collection, (partition, sort))
        items = self._walk("Scan", query, limit, lambda item: True, collection)
        return _page(items, limit, _spell)

    def delete_many(self, collection: str, keys: Iterable[Key]) -> None:
        table = self._tables[collection]
        wanted = [
            {"DeleteRequest": {"Key": _address(collection, key)}} for key in dict.fromkeys(keys) if storable(*key)
        ]
        for some in batched(wanted, _BATCH_WRITE, strict=False):
            requests: Sequence[Any] = some
            for _ in self._tries():
                answer = self._call("BatchWriteItem", {"RequestItems": {table: requests}})
                requests = answer.get("UnprocessedItems", {}).get(table, [])
                if not requests:
                    break

    def _call(self, operation: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self._client.call(operation, payload)
        except DynamoDBError as error:
            raise translated(error, writing=operation not in READS) from error

    def _put(self, collection: str, record: Record, version: int, condition: Mapping[str, Any]) -> None:
        self._call(
            "PutItem",
            {"TableName": self._tables[collection], "Item": _item(collection, record, version), **condition},
        )

    def _put_if_new(self, collection: str, record: Record, version: int) -> bool:
        try:
            self._put(collection, record, version, self._absent(collection))
        except StaleWrite:
            return False
        return True

    def _add(self, collection: str, documents: Iterable[tuple[Key, Body, int]]) -> list[bool]:
        records = [(Record.of(self._collections[collection], key, body), version) for key, body, version in documents]
        firsts: dict[Key, tuple[Record, int]] = {}
        for record, version in records:
            firsts.setdefault(record.key, (record, version))
        if len(firsts) == 1:
            new = {key for key, first in firsts.items() if self._put_if_new(collection, *first)}
        else:
            new = set()
            for some in batched(firsts.values(), _BATCH_WRITE, strict=False):
                new |= self._insert(collection, some)
        return [record.key in new and record is firsts[record.key][0] for record, _ in records]

    def _absent(self, collection: str) -> Mapping[str, Any]:
        if not self._collections[collection].ttl:
            return {"ConditionExpression": "attribute_not_exists(PK)"}
        return {
            "ConditionExpression": "attribute_not_exists(PK) OR #ttl <= :now",
            "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": {":now": self._now()},
        }

    def _unchanged(self, collection: str, version: int) -> Mapping[str, Any]:
        seen = {":seen": {"N": str(version)}}
        if not self._collections[collection].ttl:
            return {"ConditionExpression": "v = :seen", "ExpressionAttributeValues": seen}
        return {
            "ConditionExpression": "v = :seen AND (attribute_not_exists(#ttl) OR #ttl > :now)",
            "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": {**seen, ":now": self._now()},
        }

    def _now(self) -> Mapping[str, str]:
        return {"N": str(int(self._clock()))}

    def _expired(self, collection: str, item: Item) -> bool:
        if not self._collections[collection].ttl or "ttl" not in item:
            return False
        return int(item["ttl"]["N"]) <= self._clock()

    def _batch_get(self, collection: str, keys: Sequence[Item]) -> list[Item]:
        table = self._tables[collection]
        items: list[Item] = []
        for _ in self._tries():
            answer = self._call("BatchGetItem", {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}})
            items += answer.get("Responses", {}).get(table, [])
            keys = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if not keys:
                break
        return items

    def _insert(self, collection: str, records: Sequence[tuple[Record, int]]) -> set[Key]:
        """
        Insert up to 25 records in one call, and return the keys of those that were not there.

        Of DynamoDB's batches only PartiQL's are conditional: ``INSERT`` fails, by itself, with ``DuplicateItem``.
        """
        new: set[Key] = set()
        taken: list[tuple[Record, int]] = []
        for _ in self._tries():
            statements = [self._statement(collection, *record) for record in records]
            answer = self._call("BatchExecuteStatement", {"Statements": statements})
            later: list[tuple[Record, int]] = []
            for record, response in zip(records, answer["Responses"], strict=True):
                code = response.get("Error", {}).get("Code")
                if code is None:
                    new.add(record[0].key)
                elif code == "DuplicateItem":
                    taken.append(record)
                elif code in THROTTLED:
                    later.append(record)
                else:
                    error = DynamoDBError(code, status=500 if code == "InternalServerError" else 400)
                    raise translated(error, writing=True) from error
            if not later:
                break
            records = later
        return new | self._replace_expired(collection, taken)

    def _statement(self, collection: str, record: Record, version: int) -> Mapping[str, Any]:
        item = _item(collection, record, version)
        names = ", ".join(f"'{name}': ?" for name in item)
        return {
            "Statement": f'INSERT INTO "{self._tables[collection]}" VALUE {{{names}}}',
            "Parameters": list(item.values()),
        }

    def _replace_expired(self, collection: str, records: Sequence[tuple[Record, int]]) -> set[Key]:
        if not self._collections[collection].ttl or not records:
            return set()
        stored = self.get_many(collection, [record.key for record, _ in records])
        return {
            record.key
            for (record, version), document in zip(records, stored, strict=True)
            if document is None and self._put_if_new(collection, record, version)
        }

    def _walk(
        self,
        operation: str,
        query: dict[str, Any],
        limit: int,
        wanted: Callable[[Item], bool],
        collection: str,
        *,
        spare: int = 0,
    ) -> list[Item]:
        """
        Return the next live and *wanted* items, one more than *limit* if there are so many.

        If *spare* are likely to be unwanted, that many more are asked for in the first call, to save a second.
        """
        items: list[Item] = []
        ask = limit + 1 + spare if operation == "Query" else max(limit + 1, _PAGE_AT_LEAST)
        while True:
            answer = self._call(operation, {**query, "Limit": ask})
            items += [item for item in answer["Items"] if wanted(item) and not self._expired(collection, item)]
            if len(items) > limit or "LastEvaluatedKey" not in answer:
                return items
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            ask = max(limit + 1 - len(items), _PAGE_AT_LEAST)

    def _tries(self) -> Iterator[None]:
        """
        Yield for each try at a batch, with a growing pause between them.

        Raises:
            StoreUnavailable: after the last one, if the caller has not stopped.
        """
        for attempt in range(_TRIES):
            if attempt:
                self._sleep(_PAUSE * 2**attempt * self._dice())
            yield
        raise StoreUnavailable(_BUSY, retry_after=2)


def table_name(base: str, prefix: str = PREFIX, tables: Mapping[str, str] | None = None) -> str:
    return (tables or {}).get(base, prefix + base)


def translated(error: DynamoDBError, *, writing: bool) -> StaleWrite | StoreUnavailable:
    """Return what the port says for *error*: sentences of ours, because callers of the API may read them."""
    if error.code == "ConditionalCheckFailedException":
        return StaleWrite()
    if error.code in THROTTLED:
        return StoreUnavailable(_BUSY, retry_after=2)
    if writing and (error.code == UNANSWERED or error.status >= 500):
        return NoAnswer()
    if error.code == "ResourceNotFoundException":
        return StoreUnavailable("The database is not set up: a table is missing")
    if error.code in _REFUSED:
        return StoreUnavailable("The database does not accept our credentials")
    return StoreUnavailable()


_BUSY = "The database is busy"
_REFUSED = frozenset(
    {
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)


def _address(collection: str, key: Key) -> Item:
    partition, sort = key
    return {"PK": {"S": spelled(collection, partition)}, "SK": {"S": sort}}


def _item(collection: str, record: Record, version: int) -> Item:
    item: dict[str, Any] = {
        **_address(collection, record.key),
        "v": {"N": str(version)},
        "body": {"S": record.text},
    }
    if record.expires is not None:
        item["ttl"] = {"N": str(record.expires)}
    for index, (partition, sort) in record.entries.items():
        item[f"{index}PK"] = {"S": spelled(collection, partition)}
        item[f"{index}SK"] = {"S": sort}
    return item


def _document(item: Item) -> Document:
    return Document((unspelled(item["PK"]["S"]), item["SK"]["S"]), int(item["v"]["N"]), item["body"]["S"])


def _range(sort: str, low: str | None, high: str | None) -> tuple[str, Mapping[str, Any]]:
    """Return the condition on the sort key; of two bounds DynamoDB includes both, so that the caller drops *high*."""
    if low and high:
        return f" AND {sort} BETWEEN :low AND :high", {":low": {"S": low}, ":high": {"S": high}}
    if low:
        return f" AND {sort} >= :low", {":low": {"S": low}}
    if high:
        return f" AND {sort} < :high", {":high": {"S": high}}
    return "", {}


def _start(collection: str, partition: str, after: str, index: str | None) -> Item:
    if index is None:
        return _address(collection, (partition, after))
    place, *key = parts_of(after, 3)
    return {
        **_address(collection, (key[0], key[1])),
        f"{index}PK": {"S": spelled(collection, partition)},
        f"{index}SK": {"S": place},
    }


def _spell(item: Item, index: str | None = None) -> str:
    key = unspelled(item["PK"]["S"]), item["SK"]["S"]
    return cursor(item[f"{index}SK"]["S"], *key) if index else cursor(*key)


def _page(items: Sequence[Item], limit: int, spell: Callable[[Item], str]) -> Page:
    return Page([_document(item) for item in items[:limit]], spell(items[limit - 1]) if len(items) > limit else None)
