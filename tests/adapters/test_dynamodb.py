"""What the DynamoDB store does about answers that the emulator never gives: throttling, failures, parts left undone."""

from collections.abc import Mapping
from typing import Any

import pytest

from togglebox.adapters.dynamodb import UNANSWERED, UNSENT, DynamoDBError, DynamoDBStore
from togglebox.errors import ToggleBoxError
from togglebox.store.catalogue import Collection
from togglebox.store.port import ABSENT, NoAnswer, StaleWrite, StoreUnavailable

type Answer = Mapping[str, Any] | DynamoDBError

SECRET = "arn:aws:dynamodb:eu-central-1:123456789012:table/togglebox-flags"


class ScriptedClient:
    """Gives the answers that it was made with, and remembers the questions."""

    def __init__(self, *answers: Answer) -> None:
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self._answers = list(answers)

    def call(self, operation: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        self.calls.append((operation, payload))
        answer = self._answers.pop(0)
        if isinstance(answer, DynamoDBError):
            raise answer
        return answer


def opened(client: ScriptedClient, pauses: list[float] | None = None) -> DynamoDBStore:
    return DynamoDBStore(
        client,
        lambda: 1_800_000_000.0,
        dice=lambda: 1.0,
        tables={"flags": "our-own-flags"},
        collections={"flags": Collection("flags", table="flags"), "users": Collection("users", table="users")},
        sleep=(pauses if pauses is not None else []).append,
    )


def address(sort: str) -> dict[str, Any]:
    return {"PK": {"S": "flags#shop"}, "SK": {"S": sort}}


def item(sort: str) -> dict[str, Any]:
    return {**address(sort), "v": {"N": "1"}, "body": {"S": "{}"}}


def error(code: str) -> dict[str, Any]:
    return {"Error": {"Code": code, "Message": SECRET}}


DONE: dict[str, Any] = {"TableName": "our-own-flags"}


@pytest.mark.parametrize(
    ("code", "status", "read", "written", "retry_after"),
    [
        (UNSENT, 0, StoreUnavailable, StoreUnavailable, 1),
        (UNANSWERED, 0, StoreUnavailable, NoAnswer, 1),
        ("InternalServerError", 500, StoreUnavailable, NoAnswer, 1),
        ("ServiceUnavailable", 503, StoreUnavailable, NoAnswer, 1),
        ("Http502", 502, StoreUnavailable, NoAnswer, 1),
        ("ProvisionedThroughputExceededException", 400, StoreUnavailable, StoreUnavailable, 2),
        ("ThrottlingException", 400, StoreUnavailable, StoreUnavailable, 2),
        ("RequestLimitExceeded", 400, StoreUnavailable, StoreUnavailable, 2),
        ("ResourceNotFoundException", 400, StoreUnavailable, StoreUnavailable, 1),
        ("AccessDeniedException", 400, StoreUnavailable, StoreUnavailable, 1),
        ("UnrecognizedClientException", 400, StoreUnavailable, StoreUnavailable, 1),
        ("ValidationException", 400, StoreUnavailable, StoreUnavailable, 1),
        ("ConditionalCheckFailedException", 400, StaleWrite, StaleWrite, None),
    ],
)
def test_refusals_are_told_in_our_own_words(
    code: str, status: int, read: type[ToggleBoxError], written: type[ToggleBoxError], retry_after: int | None
) -> None:
    def refused() -> DynamoDBStore:
        return opened(ScriptedClient(DynamoDBError(code, SECRET, status=status)))

    with pytest.raises(read) as reading:
        refused().get("flags", ("shop", "a"))
    with pytest.raises(written) as writing:
        refused().put("flags", ("shop", "a"), {}, expect=ABSENT)

    assert (reading.type, writing.type) == (read, written)
    for told in (reading.value, writing.value):
        assert getattr(told, "retry_after", None) == retry_after
        assert code not in str(told)
        assert "arn:" not in str(told)
        assert isinstance(told.__cause__, DynamoDBError)


def test_a_table_may_have_a_name_of_its_own() -> None:
    client = ScriptedClient({}, {})
    store = opened(client)

    store.get("flags", ("a", "b"))
    store.get("users", ("a", "b"))

    assert [payload["TableName"] for _, payload in client.calls] == ["our-own-flags", "togglebox-users"]


def test_keys_left_unread_are_read_again() -> None:
    pauses: list[float] = []
    client = ScriptedClient(
        {
            "Responses": {"our-own-flags": [item("a")]},
            "UnprocessedKeys": {"our-own-flags": {"Keys": [address("c"), address("b")], "ConsistentRead": True}},
        },
        {"UnprocessedKeys": {"our-own-flags": {"Keys": [address("c"), address("b")]}}},
        {"Responses": {"our-own-flags": [item("b")]}, "UnprocessedKeys": {}},
    )

    documents = opened(client, pauses).get_many("flags", [("shop", key) for key in "abca"])

    assert [document and document.key[1] for document in documents] == ["a", "b", None, "a"]
    assert (
        client.calls[1:]
        == [
            (
                "BatchGetItem",
                {"RequestItems": {"our-own-flags": {"Keys": [address("c"), address("b")], "ConsistentRead": True}}},
            )
        ]
        * 2
    )
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_keys_that_are_never_read_make_the_store_unavailable() -> None:
    left: Answer = {"UnprocessedKeys": {"our-own-flags": {"Keys": [address("a")]}}}
    client = ScriptedClient(*[left] * 20)

    with pytest.raises(StoreUnavailable) as refused:
        opened(client).get_many("flags", [("shop", "a")])

    assert refused.value.retry_after == 2
    assert len(client.calls) < 10


def test_deletions_left_undone_are_done_again() -> None:
    client = ScriptedClient(
        {"UnprocessedItems": {"our-own-flags": [{"DeleteRequest": {"Key": address("b")}}]}},
        {"UnprocessedItems": {}},
    )

    opened(client).delete_many("flags", [("shop", "a"), ("shop", "b")])

    assert client.calls[1] == (
        "BatchWriteItem",
        {"RequestItems": {"our-own-flags": [{"DeleteRequest": {"Key": address("b")}}]}},
    )


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceeded", "ThrottlingError", "RequestLimitExceeded", "TransactionConflict"]
)
def test_new_documents_that_were_throttled_are_brought_again(code: str) -> None:
    client = ScriptedClient(
        {"Responses": [DONE, error(code), error("DuplicateItem"), error(code)]},
        {"Responses": [DONE, error("DuplicateItem")]},
    )

    new = opened(client).add_new("flags", [(("shop", key), {}) for key in "abcd"])

    assert new == [True, True, False, False]
    assert [statement["Parameters"][1] for statement in client.calls[1][1]["Statements"]] == [{"S": "b"}, {"S": "d"}]


def test_new_documents_that_stay_throttled_make_the_store_unavailable() -> None:
    busy: Answer = {"Responses": [error("ThrottlingError")] * 2}

    with pytest.raises(StoreUnavailable) as refused:
        opened(ScriptedClient(*[busy] * 20)).add_new("flags", [(("shop", key), {}) for key in "ab"])

    assert refused.type is StoreUnavailable


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("InternalServerError", NoAnswer),
        ("ResourceNotFound", StoreUnavailable),
        ("AccessDenied", StoreUnavailable),
        ("ValidationError", StoreUnavailable),
    ],
)
def test_new_documents_that_are_refused_make_the_store_unavailable(code: str, told: type[StoreUnavailable]) -> None:
    client = ScriptedClient({"Responses": [DONE, error(code)]})

    with pytest.raises(StoreUnavailable) as refused:
        opened(client).add_new("flags", [(("shop", key), {}) for key in "ab"])

    assert refused.type is told
    assert "arn:" not in str(refused.value)


def test_new_documents_without_an_answer_are_not_brought_again() -> None:
    client = ScriptedClient(DynamoDBError(UNANSWERED))

    with pytest.raises(NoAnswer):
        opened(client).add_new("flags", [(("shop", key), {}) for key in "ab"])

    assert len(client.calls) == 1


def test_one_new_document_is_put_on_condition() -> None:
    client = ScriptedClient({}, DynamoDBError("ConditionalCheckFailedException", status=400))
    store = opened(client)

    assert store.add_new("flags", [(("shop", "a"), {})]) == [True]
    assert store.add_new("flags", [(("shop", "a"), {})]) == [False]
    assert [operation for operation, _ in client.calls] == ["PutItem", "PutItem"]


def test_reads_are_consistent_except_through_an_index() -> None:
    client = ScriptedClient({}, {"Items": []}, {"Items": []}, {"Items": []})
    store = opened(client)

    store.get("flags", ("shop", "a"))
    store.page("flags", "shop", limit=5)
    store.scan("flags", limit=5)
    store.page("flags", "shop", limit=5, index="GSI1")

    assert [payload.get("ConsistentRead") for _, payload in client.calls] == [True, True, True, None]
