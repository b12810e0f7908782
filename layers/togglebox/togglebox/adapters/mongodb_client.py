"""How MongoDB is reached: one lazy client, time-outs on every call, and errors in our words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Final

from bson.errors import BSONError
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    ConnectionFailure,
    InvalidOperation,
    NotPrimaryError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
    WaitQueueTimeoutError,
    WriteConcernError,
)
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.uri_parser import split_options
from pymongo.write_concern import WriteConcern

from togglebox.store.port import NoAnswer, StoreUnavailable

type Stored = dict[str, Any]
"""A document as MongoDB has it."""
type Table = Collection[Stored]

DATABASE: Final = "togglebox"
"""The database where the URL names none."""
PATIENCE: Final = 3.0
"""How many seconds a call waits for a server to be there, to connect, and to answer: for each of the three."""


class MongoDBClient:
    """
    The connections to the deployment at *url*, opened when first used.

    Writes are acknowledged by a majority of the members, in their journals. Reads ask the primary for what such a
    majority has, which includes every acknowledged write, and nothing that a failover could take back. What this
    leaves open is a primary that was deposed and does not know it yet: for up to an election's time-out (10 s by
    default) it may answer with what was, and every write that was decided on that fails, because it is conditional.
    ``readConcernLevel=linearizable`` in the *url* closes this, too, for reads by key, at the price of a round trip
    between the members for each; a server on its own refuses that level (and takes ``majority``, as all it has).
    """

    def __init__(
        self,
        url: str,
        *,
        least_connections: int = 0,
        most_connections: int = 10,
        idle_seconds: float = 60.0,
        wait_for_connection: float = 10.0,
        patience: float = PATIENCE,
    ) -> None:
        milliseconds = int(patience * 1_000)
        self._url: Final = url
        self._options: Final[Mapping[str, Any]] = {
            "appname": "togglebox",
            "minPoolSize": least_connections,
            "maxPoolSize": most_connections,
            "maxIdleTimeMS": int(idle_seconds * 1_000),
            "waitQueueTimeoutMS": int(wait_for_connection * 1_000),
            "serverSelectionTimeoutMS": milliseconds,
            "connectTimeoutMS": milliseconds,
            "socketTimeoutMS": milliseconds,
            "retryReads": False,  # `read` repeats the whole of them, with the answers that come in several parts
            "retryWrites": False,
        }
        self._acknowledged: Final = WriteConcern("majority", wtimeout=milliseconds, j=True)
        self._opening: Final = Lock()
        self._client: MongoClient[Stored] | None = None
        self._tables: dict[str, Table] = {}
        self.most_milliseconds: Final = milliseconds
        """When the server is to give a query up."""

    def read[Answer](self, table: str, read: Callable[[Table], Answer]) -> Answer:
        """
        Return what *read* makes of *table*; called a second time if the connection was lost or silent.

        Raises:
            StoreUnavailable: there is no answer, or a refusal.
        """
        try:
            return read(self.table(table))
        except (PyMongoError, BSONError) as error:
            if not _passes(error):
                raise translated(error, writing=False) from error
        try:
            return read(self.table(table))
        except (PyMongoError, BSONError) as error:
            raise translated(error, writing=False) from error

    def write[Answer](self, table: str, write: Callable[[Table], Answer]) -> Answer:
        """
        Return what *write* makes of *table*; never called twice.

        Raises:
            StoreUnavailable: nothing was written.
            NoAnswer: it may have been.
            DuplicateKeyError, BulkWriteError: the driver's, with nothing but duplicates of keys in it.
        """
        try:
            return write(self.table(table))
        except (PyMongoError, BSONError) as error:
            if only_duplicates(error):
                raise
            raise translated(error, writing=True) from error

    def table(self, name: str) -> Table:
        try:
            return self._tables[name]
        except KeyError:
            return self._tables.setdefault(name, self.database()[name])

    def database(self) -> Database[Stored]:
        """
        Return the URL's database.

        Raises:
            StoreUnavailable: the URL is none that the driver takes.
        """
        with self._opening:
            if self._client is None:
                self._client = self._opened()
            client = self._client
        wanted = client.read_concern.level
        return client.get_database(
            client.get_default_database(DATABASE).name,
            read_concern=ReadConcern(wanted if wanted == "linearizable" else "majority"),
            read_preference=ReadPreference.PRIMARY,
            write_concern=self._acknowledged,
        )

    def _opened(self) -> MongoClient[Stored]:
        try:
            _, _, parameters = self._url.partition("?")
            if parameters:
                # By itself the driver warns of what it does not understand, such as ``tls=ture``, and goes on without.
                split_options(parameters, validate=True, warn=False)
            return MongoClient(self._url, connect=False, **self._options)
        except (PyMongoError, TypeError, ValueError, OSError):
            # The driver's words may hold a part of the URL, and with it of a password: they end here.
            raise StoreUnavailable("The address of the database cannot be used") from None

    def close(self) -> None:
        with self._opening:
            client, self._client, self._tables = self._client, None, {}
        if client is not None:
            client.close()


def only_duplicates(error: Exception) -> bool:
    """Tell whether *error* says only that keys were taken, and the server did all else that it was asked for."""
    if isinstance(error, BulkWriteError):
        details = error.details
        return not details["writeConcernErrors"] and all(one["code"] == DUPLICATE for one in details["writeErrors"])
    return isinstance(error, OperationFailure) and error.code == DUPLICATE


def translated(error: Exception, *, writing: bool) -> StoreUnavailable:
    """Return what the port says for *error*: sentences of ours, because callers of the API may read them."""
    code = _code(error)
    if code in _REFUSED:
        return StoreUnavailable("The database does not accept our credentials")
    if writing and _may_have_happened(error, code):
        return NoAnswer()
    if code in _FULL:
        return StoreUnavailable("The database has no room left")
    if isinstance(error, WaitQueueTimeoutError):
        return StoreUnavailable("The database is busy")
    return StoreUnavailable()


DUPLICATE: Final = 11000

# Codes of MongoDB's errors, by their names in its error_codes.yml.
_REFUSED: Final = frozenset(
    {
        13,  # Unauthorized
        18,  # AuthenticationFailed
        33,  # KeyNotFound: a user's mechanism is none that the server knows
        8000,  # AtlasError: what a hosted proxy says when it does not let us in
    }
)
_FULL: Final = frozenset(
    {
        14031,  # OutOfDiskSpace
        12501,  # quota exceeded
    }
)
_NOT_BEGUN: Final = frozenset(
    {
        10107,  # NotWritablePrimary
        13435,  # NotPrimaryNoSecondaryOk
        13436,  # NotPrimaryOrSecondary
    }
)
_INTERRUPTED: Final = frozenset(
    {
        24,  # LockTimeout
        50,  # MaxTimeMSExpired
        262,  # ExceededTimeLimit
        11601,  # Interrupted
    }
)


def _code(error: Exception) -> int | None:
    if isinstance(error, NotPrimaryError):
        details = error.details
        return details.get("code") if isinstance(details, Mapping) else None
    return error.code if isinstance(error, OperationFailure) else None


def _may_have_happened(error: Exception, code: int | None) -> bool:
    """Tell whether a write that failed with *error* may be found later."""
    if isinstance(error, (ServerSelectionTimeoutError, WaitQueueTimeoutError, ConfigurationError, InvalidOperation)):
        return False  # nothing was sent
    if isinstance(error, (WriteConcernError, BulkWriteError)):
        return True  # the primary has it, but not a majority; or some of it
    if isinstance(error, ConnectionFailure):
        return code not in _NOT_BEGUN and not isinstance(error.__cause__, ConnectionRefusedError)
    return code in _INTERRUPTED or not isinstance(error, OperationFailure)


def _passes(error: Exception) -> bool:
    """Tell whether a read is worth repeating: its connection was lost, or was silent, or its server stepped down."""
    return isinstance(error, AutoReconnect) and not isinstance(error, ServerSelectionTimeoutError)
