"""The DynamoDB tables of the catalogue: as CloudFormation and CreateTable both spell them, looked for, and made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from togglebox.adapters.dynamodb import PREFIX, Client, DynamoDBError, table_name, translated
from togglebox.store.catalogue import INDEXES, TABLES, TABLES_WITH_TTL
from togglebox.store.port import StoreUnavailable

TTL_ATTRIBUTE: Final = "ttl"

_POLL: Final = 0.25
_PATIENCE: Final = 300.0
_BEING_MADE: Final = frozenset({"ResourceInUseException", "LimitExceededException"})
"""Somebody else makes it, or so many are being made that ours must wait."""


def definition(base: str, *, prefix: str = PREFIX, tables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the parameters of CreateTable, which are properties of ``AWS::DynamoDB::Table`` too."""
    keys = [("PK", "SK"), *((f"{index}PK", f"{index}SK") for index in INDEXES)]
    return {
        "TableName": table_name(base, prefix, tables),
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for pair in keys for name in pair],
        "KeySchema": _key_schema("PK", "SK"),
        "GlobalSecondaryIndexes": [_index(index) for index in INDEXES],
    }


def definitions(*, prefix: str = PREFIX, tables: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Return each table's `definition` by its base name, in the catalogue's order."""
    return {base: definition(base, prefix=prefix, tables=tables) for base in TABLES}


class DynamoDBSchema:
    """The ten tables, their indexes, time to live and point-in-time recovery."""

    def __init__(
        self,
        client: Client,
        *,
        prefix: str = PREFIX,
        tables: Mapping[str, str] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client: Final = client
        self._definitions: Final = definitions(prefix=prefix, tables=tables)
        self._sleep: Final = sleep

    def missing(self) -> Sequence[str]:
        return [name for base, table in self._definitions.items() for name in self._lacks(base, table["TableName"])]

    def create(self, report: Callable[[int, int, str], None] = lambda done, total, what: None) -> None:
        for table in self._definitions.values():
            if self._described(table["TableName"]) is None:
                self._start("CreateTable", table)
        for done, (base, table) in enumerate(self._definitions.items(), start=1):
            self._finish_table(table)
            self._finish_indexes(table)
            if base in TABLES_WITH_TTL:
                self._enable_ttl(table["TableName"])
            self._enable_recovery(table["TableName"])
            report(done, len(self._definitions), table["TableName"])

    def _lacks(self, base: str, name: str) -> Iterator[str]:
        table = self._described(name)
        if table is None or table["TableStatus"] not in _USABLE:
            yield name
            return
        ready = _ready_indexes(table)
        yield from (f"{name}.{index}" for index in INDEXES if index not in ready)
        if base in TABLES_WITH_TTL and not self._expires(name):
            yield f"{name}.{TTL_ATTRIBUTE}"

    def _finish_table(self, definition: Mapping[str, Any]) -> None:
        name = definition["TableName"]
        for _ in self._polls():
            table = self._described(name)
            if table is not None and table["TableStatus"] in _USABLE:
                return
            if table is None:
                self._start("CreateTable", definition)

    def _finish_indexes(self, definition: Mapping[str, Any]) -> None:
        """Add the indexes that an older table lacks: DynamoDB makes one at a time."""
        name = definition["TableName"]
        for _ in self._polls():
            table = self._described(name)
            assert table is not None, "it was there a moment ago"
            present = {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ())}
            absent = [index for index in INDEXES if index not in present]
            if len(_ready_indexes(table)) < len(present):
                continue
            if not absent:
                return
            if table["TableStatus"] == "ACTIVE":
                self._start(
                    "UpdateTable",
                    {
                        "TableName": name,
                        "AttributeDefinitions": definition["AttributeDefinitions"],
                        "GlobalSecondaryIndexUpdates": [{"Create": _index(absent[0])}],
                    },
                )

    def _enable_ttl(self, name: str) -> None:
        if self._expires(name):
            return
        try:
            self._client.call(
                "UpdateTimeToLive",
                {
                    "TableName": name,
                    "TimeToLiveSpecification": {"Enabled": True, "AttributeName": TTL_ATTRIBUTE},
                },
            )
        except DynamoDBError as error:
            # "Already enabled", if somebody else was faster.
            if error.code not in {"ValidationException", *_BEING_MADE} or not self._expires(name):
                raise translated(error, writing=False) from error

    def _enable_recovery(self, name: str) -> None:
        for _ in self._polls():
            try:
                self._client.call(
                    "UpdateContinuousBackups",
                    {"TableName": name, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
                )
            except DynamoDBError as error:
                if error.code == "UnknownOperationException":
                    return  # DynamoDB Local has no backups
                if error.code != "ContinuousBackupsUnavailableException":
                    raise translated(error, writing=False) from error
            else:
                return

    def _described(self, name: str) -> Mapping[str, Any] | None:
        try:
            table: Mapping[str, Any] = self._client.call("DescribeTable", {"TableName": name})["Table"]
        except DynamoDBError as error:
            if error.code == "ResourceNotFoundException":
                return None
            raise translated(error, writing=False) from error
        return table

    def _expires(self, name: str) -> bool:
        try:
            answer = self._client.call("DescribeTimeToLive", {"TableName": name})
        except DynamoDBError as error:
            raise translated(error, writing=False) from error
        return answer["TimeToLiveDescription"]["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}

    def _start(self, operation: str, payload: Mapping[str, Any]) -> None:
        try:
            self._client.call(operation, payload)
        except DynamoDBError as error:
            if error.code not in _BEING_MADE:
                raise translated(error, writing=False) from error

    def _polls(self) -> Iterator[None]:
        """
        Yield again and again, with a pause between.

        Raises:
            StoreUnavailable: after five minutes, if the caller has not stopped.
        """
        for poll in range(int(_PATIENCE / _POLL)):
            if poll:
                self._sleep(_POLL)
            yield
        raise StoreUnavailable("The database takes too long to make its tables")


_USABLE = frozenset({"ACTIVE", "UPDATING"})


def _index(name: str) -> dict[str, Any]:
    return {
        "IndexName": name,
        "KeySchema": _key_schema(f"{name}PK", f"{name}SK"),
        "Projection": {"ProjectionType": "ALL"},
    }


def _key_schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _ready_indexes(table: Mapping[str, Any]) -> set[str]:
    return {index["IndexName"] for index in table.get("GlobalSecondaryIndexes", ()) if index["IndexStatus"] in _USABLE}
