"""The roles allow what the functions do to the tables: seen on DynamoDB Local, which itself asks for no permission."""

import os
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from itertools import product
from typing import Any, Final

import pytest

import routes
from audit import list_changes
from infra.examples import ADMIN, SESSION, Call, World, example, fixed_app
from infra.rendering.template import ROLES
from tests.engines.dynamodb import DynamoDBLocal
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.app import App
from togglebox.auth.users import Session
from togglebox.edge.aws import is_public
from togglebox.edge.endpoint import Endpoint
from togglebox.journal.record import iso
from togglebox.settings import AccountSettings, MailSettings, Settings
from togglebox.wiring import assemble

PREFIX = "roles-togglebox-"


@dataclass(slots=True)
class ListeningClient:
    """Hands operations on, and remembers each with its table; one on an index as ``Query/index``."""

    client: SignedClient
    heard: set[tuple[str, str]] = field(default_factory=set)

    def call(self, operation: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        self.heard |= {(action, table.removeprefix(PREFIX)) for action, table in asked(operation, payload)}
        return self.client.call(operation, payload)


def asked(operation: str, payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the actions, as IAM has them, and the tables that an operation needs them on."""
    if operation == "BatchExecuteStatement":
        for statement in payload["Statements"]:
            verb, _, table, *_ = statement["Statement"].split(" ")
            yield f"PartiQL{verb.capitalize()}", table.strip('"')
    elif "RequestItems" in payload:
        yield from ((operation, table) for table in payload["RequestItems"])
    else:
        yield operation + ("/index" if "IndexName" in payload else ""), payload["TableName"]


@pytest.fixture
def client(dynamodb: DynamoDBLocal) -> Iterator[ListeningClient]:
    keys = Credentials("test", "test")
    signed = SignedClient("us-east-1", lambda: keys, time.time, dice=random.random, endpoint=dynamodb.endpoint)
    with closing(signed):
        DynamoDBSchema(signed, prefix=PREFIX).create()
        yield ListeningClient(signed)


def test_each_function_may_do_what_it_does(client: ListeningClient) -> None:
    store = DynamoDBStore(client, time.time, dice=random.random, prefix=PREFIX)
    app = assemble(Settings(log_requests=False), store=store)
    World(routes.ENDPOINTS, app).seed()

    done: dict[str, set[tuple[str, str]]] = {name: set() for name in ROLES}
    for endpoint in sorted(routes.ENDPOINTS, key=lambda endpoint: endpoint.method == "DELETE"):
        for sound, (headers, allowed_statuses) in product(calls(endpoint), CALLERS.items()):
            fresh = assemble(ASKING, store=store)  # a snapshot would spare it the reads
            signed_in(fresh)
            client.heard.clear()
            sent = {name: value for name, value in sound.headers.items() if name != "authorization"} | dict(headers)
            answer = World(routes.ENDPOINTS, fresh).ask(replace(sound, headers=sent))
            assert answer.status in allowed_statuses, (endpoint, headers, answer)
            done[role_of(endpoint)] |= client.heard
    client.heard.clear()
    app.deliver_mail()
    assemble(ASKING, store=store).deliver_mail()
    done["Mail"] = set(client.heard)
    client.heard.clear()
    done["Upkeep"] = tended(app, client)

    assert {name: heard - allowed(name) for name, heard in done.items()} == {name: set() for name in done}
    assert {name: allowed(name) & OF_ACCOUNTS - heard for name, heard in done.items()} == {name: set() for name in done}


def calls(endpoint: Endpoint) -> Iterator[Call]:
    """Yield the example, and the one that does not narrow down what is listed."""
    yield example(endpoint)
    if endpoint.name == list_changes.handler.name:
        yield replace(example(endpoint), query="")


KEY: Final = f"tbx_live_{'0' * 32}"
"""The API key of the example's world."""

SOUND: Final = (200, 201, 204, 404)
CALLERS: Final[Mapping[tuple[tuple[str, str], ...], tuple[int, ...]]] = {
    (("authorization", "a token of the administrator's"),): SOUND,
    (("x-api-key", KEY),): (*SOUND, 400, 401, 403, 409, 422, 429),
    (("x-api-key", KEY[:-1] + "1"),): (*SOUND, 400, 401, 403, 409, 429),
}
"""
Who asks, and what they may be answered: signing up twice, or by a token that is used up, is refused; so is the key once
it is revoked, and as one of too many that are wrong if this is fast.
"""

ASKING: Final = Settings(
    log_requests=False,
    authentication=True,
    accounts=AccountSettings(secret="kx2Vq9Lm4Rt7Zb0Hw3Nc6Yd8Jf1Ga5Pu", bcrypt_cost=4, key_requests=1_000),
    mail=MailSettings(provider="file", file=os.devnull),
)

OF_ACCOUNTS: Final = {
    (action, table)
    for action in ("GetItem", "PutItem", "DeleteItem", "BatchGetItem", "BatchWriteItem", "Query", "Query/index")
    for table in ("users", "api-keys", "password-resets")
}
"""What is not to be allowed without need."""


def role_of(endpoint: Endpoint) -> str:
    if endpoint.accounts:
        return "Accounts"
    return "PublicRead" if is_public(endpoint) else "Manage"


def signed_in(app: App) -> None:
    """Begin the session of the examples again, which signing out has ended, and let the API key be long out of use."""
    at = app.now()
    session = Session(SESSION, iso(at), int(at.timestamp()) + 3_600, "0" * 32, "curl/8.14.1")
    app.accounts.users.change(ADMIN.id, lambda user: user.signed_in(session, at=at))
    hashed = (sha256(KEY.encode()).hexdigest(), "#")
    stored = app.store.get("key-hashes", hashed)
    if stored is not None:
        app.store.put("key-hashes", hashed, {**stored.body, "lastUsedAt": None}, expect=stored.version)


def tended(app: App, client: ListeningClient) -> set[tuple[str, str]]:
    """Run upkeep now, and when what was deleted is to be swept and forgotten; return what it did."""
    now = app.now()
    for later in (timedelta(0), timedelta(minutes=5), timedelta(days=31), timedelta(days=400, hours=2)):
        moved = fixed_app(at=(now + later).replace(minute=0), store=app.store)
        moved.upkeep.run()
    return set(client.heard)


def allowed(name: str) -> set[tuple[str, str]]:
    return {(action, table) for actions, tables in ROLES[name].rights.items() for action in actions for table in tables}
