"""Guessing: how often passwords and accounts may be tried, and that nobody is locked out by others."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.api.client import PUBLIC, Answer, Client
from tests.api.world import PASSWORD, SECRET, Person, World
from togglebox.auth.permissions import Role
from togglebox.auth.throttle import LOGINS_ELSEWHERE, LOGINS_FROM, LOGINS_HERE, REGISTRATIONS

AUTH: Final = f"{PUBLIC}/auth"
REFUSED: Final[Any] = (429, "TOO_MANY_REQUESTS", [])


@pytest.fixture
def world() -> World:
    return World({"JWT_SECRET": SECRET})


@pytest.fixture
def ada(world: World) -> Person:
    """Give somebody who is signed in at 127.0.0.1."""
    return world.sign_in(Role.DEVELOPER, "ada@example.com")


def login(client: Client, email: str = "ada@example.com", password: str = PASSWORD) -> Answer:
    return client.post(f"{AUTH}/login", {"email": email, "password": password})


def guess(client: Client, times: int, email: str = "ada@example.com") -> list[int]:
    return [login(client, email, f"Wrong4Horse{number}").status for number in range(times)]


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
def test_five_wrong_passwords_are_enough_for_a_quarter_of_an_hour(world: World, ada: Person, email: str) -> None:
    stranger = world.client_at("203.0.113.9")

    assert guess(stranger, 6, email) == [401] * 5 + [429]
    refused = login(stranger, email)
    assert refused.refusal == REFUSED
    assert refused.headers["retry-after"] == "900"
    assert login(stranger, email.upper()).status == 429
    world.clock.advance(minutes=15)
    assert login(stranger, email).status == (200 if email.startswith("ada") else 401)


def test_who_signs_in_may_mistype_again(world: World, ada: Person) -> None:
    for _ in range(3):
        assert guess(world.client, 4) == [401] * 4
        assert login(world.client).status == 200


def test_the_owner_is_not_locked_out_by_one_who_guesses(world: World, ada: Person) -> None:
    guess(world.client_at("203.0.113.9"), 10)

    assert login(world.client).status == 200
    assert login(world.client_at("198.51.100.7")).status == 200


def test_one_place_tries_no_more_than_fifty_passwords(world: World, ada: Person) -> None:
    stranger = world.client_at("203.0.113.9")
    statuses = [guess(stranger, 1, f"person{number}@example.com")[0] for number in range(LOGINS_FROM.most)]

    assert statuses == [401] * LOGINS_FROM.most
    assert login(stranger).refusal == REFUSED
    assert login(world.client).status == 200


def test_an_account_is_guarded_from_many_places_and_its_owner_is_not_locked_out(world: World, ada: Person) -> None:
    statuses = [guess(world.client_at(f"203.0.113.{n}"), 1)[0] for n in range(LOGINS_ELSEWHERE.most)]

    assert statuses == [401] * LOGINS_ELSEWHERE.most
    assert login(world.client_at("198.51.100.7")).refusal == REFUSED
    assert login(world.client).status == 200
    world.clock.advance(hours=1)
    assert login(world.client_at("198.51.100.7")).status == 200


def test_the_addresses_of_one_ipv6_customer_are_one_place(world: World, ada: Person) -> None:
    statuses = [guess(world.client_at(f"2001:db8:1:2::{n}"), 1)[0] for n in range(6)]

    assert statuses == [401] * LOGINS_HERE.most + [429]
    assert guess(world.client_at("2001:db8:1:3::1"), 1) == [401]


def test_known_and_unknown_accounts_cost_the_same_until_they_are_refused(world: World, ada: Person) -> None:
    def work(email: str) -> list[Any]:
        stranger = world.client_at("203.0.113.9")
        found: list[Any] = []
        for number in range(8):
            world.hasher.calls.clear()
            with world.counted() as calls:
                answer = login(stranger, email, f"Wrong4Horse{number}")
            found.append((answer.status, answer.error, calls, list(world.hasher.calls)))
        return found

    assert work("ada@example.com") == work("nobody@example.com")


def test_guesses_at_the_same_time_are_counted_before_they_are_compared(world: World, ada: Person) -> None:
    stranger = world.client_at("203.0.113.9")
    began: list[str] = []
    verify = world.hasher.verify

    def overtaken(password: str, stored: str) -> bool:
        began.append(password)
        if len(began) < 20:
            login(stranger, password=f"{password}x")
        return verify(password, stored)

    world.hasher.verify = overtaken  # type: ignore[method-assign]
    login(stranger, password="Wrong4Horse")

    assert len(began) == LOGINS_HERE.most


def test_registrations_are_counted_for_each_place(world: World) -> None:
    def register(client: Client, number: int) -> Answer:
        body = {"name": "Eve", "email": f"eve{number}@example.com", "password": PASSWORD}
        return client.post(f"{AUTH}/register", body)

    stranger = world.client_at("203.0.113.9")
    assert [register(stranger, n).status for n in range(REGISTRATIONS.most)] == [201] * REGISTRATIONS.most
    refused = register(stranger, 99)

    assert refused.refusal == REFUSED
    assert refused.headers["retry-after"] == "3600"
    assert not any(call == "hash" for call in world.hasher.calls[REGISTRATIONS.most :])
    assert register(world.client, 100).status == 201


def test_who_has_a_token_cannot_guess_the_password_either(world: World, ada: Person) -> None:
    def change(current: str) -> Answer:
        body = {"currentPassword": current, "newPassword": "Another5Horse"}
        return world.client.post(f"{PUBLIC}/users/me/password", body, ada.headers)

    assert [change(f"Wrong4Horse{n}").status for n in range(6)] == [401] * 5 + [429]
    assert change(PASSWORD).refusal == REFUSED
    assert login(world.client).status == 200
    world.clock.advance(minutes=15)
    assert change(PASSWORD).status == 200


def test_nothing_that_is_counted_tells_who_tried(world: World, ada: Person) -> None:
    guess(world.client_at("203.0.113.9"), 3)

    stored = repr(world.store.content()["attempts"])
    assert "ada" not in stored
    assert "203.0" not in stored


def test_clients_behind_a_proxy_are_told_apart() -> None:
    world = World({"JWT_SECRET": SECRET, "TRUSTED_PROXIES": "127.0.0.1"})
    tries: Callable[[str], int] = lambda address: (  # noqa: E731
        world.client.post(
            f"{AUTH}/login",
            {"email": "nobody@example.com", "password": "Wrong4Horse"},
            {"X-Forwarded-For": f"6.6.6.6, {address}"},
        ).status
    )

    assert [tries("203.0.113.9") for _ in range(6)] == [401] * 5 + [429]
    assert tries("203.0.113.10") == 401
