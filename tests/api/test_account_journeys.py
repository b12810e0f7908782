"""Accounts through the local server, on the databases that people run it with."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

from tests.api.client import PUBLIC, Client, over_http
from tests.api.world import SECRET
from tests.engines.server import local_server

ACCOUNTS: Final = {"JWT_SECRET": SECRET, "BCRYPT_COST": "10"}
ADA: Final = {"name": "Ada", "email": "Ada@example.com", "password": "Correct4Horse"}
SPELLINGS: Final = ("grace@example.com", "GRACE@example.com", "Grace@Example.com", "\uff47race@example.com")


@pytest.fixture(
    params=[
        pytest.param(engine, marks=pytest.mark.engine(engine))
        for engine in ("sqlite", "postgresql", "mysql", "mongodb", "dynamodb")
    ],
    scope="module",
)
def people(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """Give a client of a server where there can be accounts."""
    settings = {"DB_TYPE": request.param, "TABLE_PREFIX": "accounts-"}
    match request.param:
        case "sqlite":
            settings["SQLITE_FILE"] = str(tmp_path_factory.mktemp("accounts") / "togglebox.db")
        case "dynamodb":
            settings["DYNAMODB_ENDPOINT"] = request.getfixturevalue("dynamodb").endpoint
        case "mongodb":
            settings["MONGO_URL"] = f"{request.getfixturevalue('mongodb').url}/accounts"
        case engine:
            settings["DATABASE_URL"] = request.getfixturevalue(engine).url
    with local_server({**settings, **ACCOUNTS}) as server:
        yield Client(over_http(server.port))


pytestmark = pytest.mark.engine("server")


def test_who_registers_signs_in(people: Client) -> None:
    user = people.post(f"{PUBLIC}/auth/register", ADA).data

    login = people.post(f"{PUBLIC}/auth/login", {"email": "ada@example.com", "password": ADA["password"]})
    wrong = people.post(f"{PUBLIC}/auth/login", {"email": "ada@example.com", "password": "Wrong4Horse"})

    assert (login.data["user"]["id"], login.data["user"]["role"]) == (user["id"], "viewer")
    assert (wrong.status, wrong.error) == (401, "Invalid email or password")


def test_of_all_who_register_an_address_at_once_one_has_it(people: Client) -> None:
    def register(email: str) -> tuple[int, str]:
        body = {"name": "Grace", "email": email, "password": f"Correct4{email.encode().hex()[:20]}X"}
        return people.post(f"{PUBLIC}/auth/register", body).status, body["password"]

    with ThreadPoolExecutor(len(SPELLINGS)) as pool:
        told = list(pool.map(register, SPELLINGS))

    assert sorted(status for status, _ in told) == [201, 409, 409, 409]
    (password,) = [password for status, password in told if status == 201]
    logins = [people.post(f"{PUBLIC}/auth/login", {"email": each, "password": password}) for each in SPELLINGS]
    assert {login.data["user"]["name"] for login in logins} == {"Grace"}
