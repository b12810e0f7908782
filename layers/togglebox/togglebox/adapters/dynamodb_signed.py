"""A DynamoDB client for functions that must start fast: the standard library, one signed request a call."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final
from zlib import crc32

from togglebox.adapters.aws_credentials import NoCredentials, Source
from togglebox.adapters.aws_signature import Signer
from togglebox.adapters.dynamodb import READS, THROTTLED, UNANSWERED, UNSENT, Dice, DynamoDBError
from togglebox.adapters.http1 import Answer, Host, Unanswered, Unsent
from togglebox.store.port import Clock

READ_TIMEOUT: Final = 2.0
WRITE_TIMEOUT: Final = 3.0

_PAUSE: Final = 0.1


class SignedClient:
    """
    Call DynamoDB over kept-alive connections; threads may share it.

    A read is repeated once: on a fresh connection if the first one failed, after a pause if DynamoDB was busy or
    failed. A write is never repeated, because it may have happened.
    """

    def __init__(
        self,
        region: str,
        credentials: Source,
        clock: Clock,
        *,
        dice: Dice,
        endpoint: str | None = None,
        read_timeout: float = READ_TIMEOUT,
        write_timeout: float = WRITE_TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Sign for *region*, and call *endpoint*, by default the region's own.

        A time-out, in seconds, is for a whole try, from connecting to the last byte.

        Raises:
            ValueError: *endpoint* is not like ``https://host``.
        """
        self._host: Final = Host(endpoint or f"https://dynamodb.{region}.amazonaws.com", clock)
        self._signer: Final = Signer("dynamodb", region)
        self._credentials: Final = credentials
        self._clock: Final = clock
        self._dice: Final = dice
        self._read_timeout: Final = read_timeout
        self._write_timeout: Final = write_timeout
        self._sleep: Final = sleep

    def call(self, operation: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        if operation not in READS:
            return self._ask(operation, body, timeout=self._write_timeout)
        try:
            return self._ask(operation, body, timeout=self._read_timeout)
        except DynamoDBError as error:
            if error.code in THROTTLED or error.status >= 500:
                self._sleep(_PAUSE * self._dice())
            elif error.code not in (UNSENT, UNANSWERED):
                raise
        return self._ask(operation, body, timeout=self._read_timeout, fresh=True)

    def close(self) -> None:
        self._host.close()

    def _ask(self, operation: str, body: bytes, *, timeout: float, fresh: bool = False) -> Mapping[str, Any]:
        try:
            headers = self._signer.signed(
                self._credentials(),
                {
                    "accept-encoding": "identity",
                    "content-type": "application/x-amz-json-1.0",
                    "x-amz-target": f"DynamoDB_20120810.{operation}",
                },
                host=self._host.authority,
                body=body,
                at=self._clock(),
            )
            answer = self._host.request("POST", "/", headers, body, timeout=timeout, fresh=fresh)
        except (NoCredentials, Unsent) as error:
            raise DynamoDBError(UNSENT, str(error)) from error
        except Unanswered as error:
            raise DynamoDBError(UNANSWERED, str(error)) from error
        return _read(answer)


def _read(answer: Answer) -> Mapping[str, Any]:
    checksum = answer.headers.get("x-amz-crc32")
    if checksum is not None and checksum != str(crc32(answer.body)):
        raise DynamoDBError(UNANSWERED, "The answer does not match its checksum")
    try:
        content = json.loads(answer.body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        # Not DynamoDB's own answer: a proxy's page, or one cut short.
        code = UNANSWERED if answer.status == 200 else f"Http{answer.status}"
        raise DynamoDBError(code, "The answer is not JSON", status=answer.status)
    if answer.status != 200:
        code = str(content.get("__type", f"Http{answer.status}")).rpartition("#")[2]
        raise DynamoDBError(code, str(content.get("message", content.get("Message", ""))), status=answer.status)
    return content
