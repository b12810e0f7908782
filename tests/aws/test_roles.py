"""The roles allow what the functions do to the tables: seen on DynamoDB Local, which itself asks for no permission."""

import random
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

import routes
from infra.examples import World, example, fixed_app
from infra.rendering.template import ROLES
from tests.engines.dynamodb import DynamoDBLocal
from togglebox.adapters.aws_signature import Credentials
from togglebox.adapters.dynamodb import DynamoDBStore
from togglebox.adapters.dynamodb_schema import DynamoDBSchema
from togglebox.adapters.dynamodb_signed import SignedClient
from togglebox.app import App
from togglebox.edge.aws import is_public
from togglebox.settings import Settings
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

    done: dict[str, set[tuple[str, str]]] = {"PublicRead": set(), "Manage": set(), "Upkeep": set()}
    for endpoint in sorted(routes.ENDPOINTS, key=lambda endpoint: endpoint.method == "DELETE"):
        client.heard.clear()
        fresh = assemble(Settings(log_requests=False), store=store)  # a snapshot would spare it the reads
        assert World(routes.ENDPOINTS, fresh).ask(example(endpoint)).status in (200, 201, 204, 404)
        done["PublicRead" if is_public(endpoint) else "Manage"] |= client.heard
    client.heard.clear()
    done["Upkeep"] = tended(app, client)

    assert {name: heard - allowed(name) for name, heard in done.items()} == {name: set() for name in done}


def tended(app: App, client: ListeningClient) -> set[tuple[str, str]]:
    """Run upkeep now, and when what was deleted is to be swept and forgotten; return what it did."""
    now = app.now()
    for later in (timedelta(0), timedelta(minutes=5), timedelta(days=31), timedelta(days=500)):
        moved = fixed_app(at=(now + later).replace(minute=0), store=app.store)
        moved.upkeep.run()
    return set(client.heard)


def allowed(name: str) -> set[tuple[str, str]]:
    return {(action, table) for actions, tables in ROLES[name].rights.items() for action in actions for table in tables}
