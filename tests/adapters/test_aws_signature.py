"""Signatures, against the one implementation that AWS itself ships for Python."""

from datetime import datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from togglebox.adapters.aws_signature import Credentials, Signer

REGION = "eu-central-1"
HEADERS = {
    "accept-encoding": "identity",
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": "DynamoDB_20120810.GetItem",
}


def by_botocore(credentials: Credentials, *, host: str, body: bytes) -> tuple[str, float]:
    """Return the signature that botocore makes, and the time at which it made it."""
    request = AWSRequest("POST", f"http://{host}/", headers=HEADERS, data=body)
    SigV4Auth(BotocoreCredentials(*credentials), "dynamodb", REGION).add_auth(request)
    at = datetime.strptime(request.headers["X-Amz-Date"] + "+0000", "%Y%m%dT%H%M%SZ%z")
    return request.headers["Authorization"], at.timestamp()


@pytest.mark.parametrize("token", [None, "FwoGZXIvYXdzEJr+/=="], ids=["key", "session"])
@pytest.mark.parametrize("body", [b"", b"{}", '{"Ä":"\U0001f600"}'.encode(), b"x" * 100_000], ids=len)
@pytest.mark.parametrize("host", ["dynamodb.eu-central-1.amazonaws.com", "127.0.0.1:8000"])
def test_a_signature_is_the_one_that_botocore_makes(token: str | None, body: bytes, host: str) -> None:
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    expected, at = by_botocore(credentials, host=host, body=body)

    signed = Signer("dynamodb", REGION).signed(credentials, HEADERS, host=host, body=body, at=at + 0.75)

    assert signed["authorization"] == expected
    assert signed.get("x-amz-security-token") == token
    assert "host" not in signed


def test_another_secret_has_another_key() -> None:
    signer = Signer("dynamodb", REGION)
    for credentials in (Credentials("A", "first"), Credentials("B", "second"), Credentials("A", "first")):
        expected, at = by_botocore(credentials, host="h", body=b"")

        assert signer.signed(credentials, HEADERS, host="h", body=b"", at=at)["authorization"] == expected


def test_another_day_has_another_key() -> None:
    credentials, at = Credentials("A", "secret"), 1_800_000_000.0
    signer = Signer("dynamodb", REGION)
    today = signer.signed(credentials, HEADERS, host="h", body=b"", at=at)
    tomorrow = signer.signed(credentials, HEADERS, host="h", body=b"", at=at + 86_400)

    assert (today["x-amz-date"], tomorrow["x-amz-date"]) == ("20270115T080000Z", "20270116T080000Z")
    assert tomorrow == Signer("dynamodb", REGION).signed(credentials, HEADERS, host="h", body=b"", at=at + 86_400)
