"""A DynamoDB client on boto3, for functions and servers that load it anyway; it knows all ways to credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from togglebox.adapters.dynamodb import READS, UNANSWERED, UNSENT, DynamoDBError

CONNECT_TIMEOUT: Final = 1
READ_TIMEOUT: Final = 2.0
WRITE_TIMEOUT: Final = 3.0


class Boto3Client:
    """
    Call DynamoDB through boto3; threads may share it.

    botocore repeats a read once and a write never, because a write may have happened.
    """

    def __init__(
        self,
        region: str,
        *,
        endpoint: str | None = None,
        read_timeout: float = READ_TIMEOUT,
        write_timeout: float = WRITE_TIMEOUT,
    ) -> None:
        session = boto3.Session()
        self._reader: Final = _client(session, region, endpoint, timeout=read_timeout, attempts=2)
        self._writer: Final = _client(session, region, endpoint, timeout=write_timeout, attempts=1)

    def call(self, operation: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        client = self._reader if operation in READS else self._writer
        try:
            answer: Mapping[str, Any] = getattr(client, xform_name(operation))(**payload)
        except ClientError as error:
            refusal = error.response.get("Error", {})
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            code = refusal.get("Code", UNANSWERED)
            raise DynamoDBError(code, refusal.get("Message", ""), status=status) from error
        except _BEFORE_SENDING as error:
            raise DynamoDBError(UNSENT, str(error)) from error
        except BotoCoreError as error:
            raise DynamoDBError(UNANSWERED, str(error)) from error
        return answer

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


_BEFORE_SENDING = (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProxyConnectionError,
)


def _client(session: boto3.Session, region: str, endpoint: str | None, *, timeout: float, attempts: int) -> Any:
    return session.client(
        "dynamodb",
        region_name=region,
        endpoint_url=endpoint,
        config=Config(
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=timeout,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            parameter_validation=False,
            max_pool_connections=64,
        ),
    )
