"""D1's REST API: for migrations, exports and imports from a server; the requests of users are a Worker's."""

import ipaddress
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from threading import Lock
from typing import Any, Final
from urllib.parse import quote

import httpx

from togglebox.adapters.d1 import PATIENCE, check_values
from togglebox.adapters.d1_refusals import BUSY, UNAVAILABLE, told
from togglebox.adapters.sql_dialect import Row, Statement, Value
from togglebox.store.port import NoAnswer, StoreUnavailable

ENDPOINT: Final = "https://api.cloudflare.com/client/v4"

_LONGEST_RETRY_AFTER: Final = 3_600
_LIMITED: Final = 60
"""Seconds: whoever asks Cloudflare's API too often is shut out for up to five minutes."""

_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class D1HTTPConnection:
    """
    The D1 *database* (its UUID) of a Cloudflare *account*, by an API *token* that may edit D1.

    Statements go to the API's ``/raw``, which answers with rows as arrays and so with each column, however named;
    several go as its ``batch``, which D1 runs as one transaction. They are answered by the primary. A read that fails
    on its way is repeated once, a write never. Connecting, and each wait for more of an answer, take *patience*
    seconds at most.

    See https://developers.cloudflare.com/api/resources/d1/subresources/database/methods/raw/.

    Raises:
        ValueError: *endpoint* would send the token in the clear, or the token holds what no header can hold.
    """

    def __init__(
        self, account: str, database: str, token: str, *, endpoint: str = ENDPOINT, patience: float = PATIENCE
    ) -> None:
        _check(endpoint, token)
        path = f"accounts/{quote(account, safe='')}/d1/database/{quote(database, safe='')}/raw"
        self._url: Final = f"{endpoint.rstrip('/')}/{path}"
        self._headers: Final = httpx.Headers({"Authorization": f"Bearer {token}"})  # which shows itself without it
        self._patience: Final = patience
        self._lock: Final = Lock()
        self._client: httpx.Client | None = None

    def row(self, sql: str, values: Sequence[Value]) -> Row | None:
        rows = self.rows(sql, values)
        return rows[0] if rows else None

    def rows(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        return self._rows(sql, values, writing=False)

    def returning(self, sql: str, values: Sequence[Value]) -> Sequence[Row]:
        return self._rows(sql, values, writing=True)

    def change(self, sql: str, values: Sequence[Value] = ()) -> int:
        (count,) = self._counts(_asked(sql, values), 1)
        return count

    def change_together(self, statements: Sequence[Statement]) -> Sequence[int]:
        return self._counts({"batch": [_asked(*statement) for statement in statements]}, len(statements))

    def close(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def _rows(self, sql: str, values: Sequence[Value], *, writing: bool) -> Sequence[Row]:
        results = self._results(_asked(sql, values), writing=writing)
        try:
            (result,) = results
            return list(result["results"]["rows"])
        except _NOT_AS_DOCUMENTED as error:
            raise _lost(writing=writing) from error

    def _counts(self, asked: Mapping[str, Any], wanted: int) -> Sequence[int]:
        results = self._results(asked, writing=True)
        try:
            counts = [int(result["meta"]["changes"]) for result in results]
            if len(counts) != wanted:
                raise ValueError(f"{wanted} statements, {len(counts)} answers")
        except _NOT_AS_DOCUMENTED as error:
            raise _lost(writing=True) from error
        return counts

    def _results(self, asked: Mapping[str, Any], *, writing: bool) -> Any:
        """Return the answer's results, one a statement; raise as the protocol says."""
        try:
            response = self._send(asked)
        except httpx.TransportError as error:
            if writing:
                raise _lost(writing=not isinstance(error, _NOT_SENT)) from error
            response = self._again(asked)
        else:
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR and not writing:
                response = self._again(asked)
        try:
            return _read(response)
        except _Failed as error:
            raise _told(response, error, writing=writing) from error

    def _again(self, asked: Mapping[str, Any]) -> httpx.Response:
        try:
            return self._send(asked)
        except httpx.TransportError as error:
            raise StoreUnavailable from error

    def _send(self, asked: Mapping[str, Any]) -> httpx.Response:
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(timeout=self._patience)
            client = self._client
        return client.post(self._url, json=asked, headers=self._headers)


class _Failed(Exception):
    """What the API says instead of results."""


_NOT_AS_DOCUMENTED: Final = (ValueError, TypeError, KeyError)


def _asked(sql: str, values: Sequence[Value]) -> Mapping[str, Any]:
    check_values(values)
    return {"sql": sql, "params": list(values)} if values else {"sql": sql}


def _read(response: httpx.Response) -> Any:
    try:
        answer = response.json()
        good = response.is_success and answer["success"] is True and all(each["success"] for each in answer["result"])
        said = "" if good else "; ".join(str(error["message"]) for error in answer["errors"])
    except _NOT_AS_DOCUMENTED as error:  # a proxy's page, or half an answer
        raise _Failed("") from error
    if not good:
        raise _Failed(said)
    return answer["result"]


def _told(response: httpx.Response, failed: _Failed, *, writing: bool) -> StoreUnavailable:
    match response.status_code:
        case HTTPStatus.TOO_MANY_REQUESTS:
            return StoreUnavailable(BUSY, retry_after=_retry_after(response, _LIMITED))
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return StoreUnavailable("The database does not accept our credentials")
        case HTTPStatus.NOT_FOUND:
            return StoreUnavailable("The database is not set up: there is none of this name")
        case status if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return told(str(failed), writing=False)  # it was refused before it was run, or while
    error = told(str(failed), writing=writing)
    error.retry_after = _retry_after(response, error.retry_after)
    return error


def _retry_after(response: httpx.Response, otherwise: int) -> int:
    """Return the seconds that the answer asks to wait: its other form, a date, Cloudflare's API does not use."""
    said = response.headers.get("Retry-After", "")
    return min(max(1, int(said)), _LONGEST_RETRY_AFTER) if said.isascii() and said.isdigit() else otherwise


def _lost(*, writing: bool) -> StoreUnavailable:
    return NoAnswer(UNAVAILABLE) if writing else StoreUnavailable(UNAVAILABLE)


def _check(endpoint: str, token: str) -> None:
    url = httpx.URL(endpoint)
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.host)):
        raise ValueError("The endpoint of Cloudflare's API must begin with https://")
    if not (token.isascii() and token.isprintable() and token):
        raise ValueError("The API token holds characters that no token has")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
