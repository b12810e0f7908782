"""The signed client: what it sends, what it repeats, and what it never repeats."""

import json
from collections.abc import Callable, Iterator
from zlib import crc32

import pytest

from tests.adapters.loopback import CUT, HANG, Loopback, Reply, loopback, ok
from tests.engines.process import free_port
from togglebox.adapters.aws_credentials import NoCredentials
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import UNANSWERED, UNSENT, DynamoDBError
from togglebox.adapters.dynamodb_signed import SignedClient

DONE = ok(b'{"Done":true}', f"x-amz-crc32: {crc32(b'{"Done":true}')}")
DAMAGED = ok(b'{"Done":true}', "x-amz-crc32: 7")
PAGE = ok(b"<html>Bad gateway</html>", status="502 Bad Gateway")


def refusal(code: str, status: str) -> bytes:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "Not so"}).encode()
    return ok(body, f"x-amz-crc32: {crc32(body)}", status=status)


BUSY = refusal("ProvisionedThroughputExceededException", "400 Bad Request")
FAILED = refusal("InternalServerError", "500 Internal Server Error")
DENIED = refusal("AccessDeniedException", "400 Bad Request")

type Calling = Callable[[Loopback], SignedClient]


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def calling(pauses: list[float]) -> Iterator[Calling]:
    made: list[SignedClient] = []

    def make(server: Loopback) -> SignedClient:
        made.append(
            SignedClient(
                "eu-central-1",
                lambda: Credentials("A", "S", "T"),
                lambda: 1_800_000_000.0,
                dice=lambda: 0.5,
                endpoint=server.origin,
                read_timeout=0.2,
                write_timeout=0.3,
                sleep=pauses.append,
            )
        )
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_a_call_is_one_signed_request(calling: Calling) -> None:
    with loopback(DONE) as server:
        assert calling(server).call("GetItem", {"TableName": "Ä", "Key": {"PK": {"S": "a"}}}) == {"Done": True}

    (request,) = server.requests
    lines = request.head.split("\r\n")
    assert lines[0] == "POST / HTTP/1.1"
    assert "x-amz-target: DynamoDB_20120810.GetItem" in lines
    assert "content-type: application/x-amz-json-1.0" in lines
    assert "x-amz-security-token: T" in lines
    assert any(line.startswith("authorization: AWS4-HMAC-SHA256 Credential=A/20270115/eu-central-1/") for line in lines)
    assert request.body == '{"TableName":"Ä","Key":{"PK":{"S":"a"}}}'.encode()


@pytest.mark.parametrize(
    ("first", "pause"),
    [(CUT, []), (HANG, []), (DAMAGED, []), (BUSY, [0.05]), (FAILED, [0.05]), (PAGE, [0.05])],
    ids=["cut", "silence", "damaged", "busy", "failed", "gateway"],
)
def test_a_read_is_repeated_once_on_a_fresh_connection(
    calling: Calling, pauses: list[float], first: Reply | bytes, pause: list[float]
) -> None:
    with loopback(first, DONE) as server:
        assert calling(server).call("Query", {}) == {"Done": True}

    assert [request.connection for request in server.requests] == [1, 2]
    assert pauses == pause


@pytest.mark.parametrize("operation", ["PutItem", "DeleteItem", "BatchWriteItem", "BatchExecuteStatement", "Unheard"])
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (CUT, UNANSWERED),
        (HANG, UNANSWERED),
        (DAMAGED, UNANSWERED),
        (BUSY, "ProvisionedThroughputExceededException"),
        (FAILED, "InternalServerError"),
        (PAGE, "Http502"),
    ],
    ids=["cut", "silence", "damaged", "busy", "failed", "gateway"],
)
def test_a_write_is_never_repeated(calling: Calling, operation: str, reply: Reply | bytes, code: str) -> None:
    with loopback(reply, DONE) as server, pytest.raises(DynamoDBError) as refused:
        calling(server).call(operation, {})

    assert refused.value.code == code
    assert len(server.requests) == 1


def test_a_read_that_fails_twice_fails(calling: Calling) -> None:
    with loopback(FAILED, BUSY, DONE) as server, pytest.raises(DynamoDBError) as refused:
        calling(server).call("GetItem", {})

    assert (refused.value.code, len(server.requests)) == ("ProvisionedThroughputExceededException", 2)


def test_a_refusal_is_not_repeated(calling: Calling) -> None:
    with loopback(DENIED, DONE) as server, pytest.raises(DynamoDBError) as refused:
        calling(server).call("GetItem", {})

    assert (refused.value.code, refused.value.status, len(server.requests)) == ("AccessDeniedException", 400, 1)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"Done":', b"\xff"])
def test_an_answer_that_is_no_object_is_none(calling: Calling, body: bytes) -> None:
    with loopback(ok(body)) as server, pytest.raises(DynamoDBError) as refused:
        calling(server).call("PutItem", {})

    assert (refused.value.code, len(server.requests)) == (UNANSWERED, 1)


def test_a_write_after_the_other_side_hung_up_is_sent_once(calling: Calling) -> None:
    with loopback(Reply(DONE, close=True), DONE) as server:
        client = calling(server)
        client.call("PutItem", {"n": 1})
        server_has_hung_up(client)
        client.call("PutItem", {"n": 2})

    assert [json.loads(request.body) for request in server.requests] == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("operation", ["GetItem", "PutItem"])
def test_what_nobody_takes_was_not_sent(operation: str) -> None:
    client = SignedClient(
        "eu-central-1",
        lambda: Credentials("A", "S"),
        lambda: 0.0,
        dice=lambda: 0.5,
        endpoint=f"http://127.0.0.1:{free_port()}",
    )

    with pytest.raises(DynamoDBError) as refused:
        client.call(operation, {})

    assert refused.value.code == UNSENT


def test_without_credentials_nothing_is_sent() -> None:
    def none() -> Credentials:
        raise NoCredentials("There are none")

    with loopback(DONE) as server, pytest.raises(DynamoDBError) as refused:
        SignedClient("eu-central-1", none, lambda: 0.0, dice=lambda: 0.5, endpoint=server.origin).call("PutItem", {})

    assert (refused.value.code, server.requests) == (UNSENT, [])


def server_has_hung_up(client: SignedClient) -> None:
    """Wait until the farewell has arrived on the kept connection."""
    (line,) = client._host._idle
    while line.is_quiet():
        pass
