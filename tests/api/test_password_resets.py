"""Resetting a password: from the request through the mail to the login, and what the answers do not tell."""

import json
import re
from typing import Any, Final

import pytest

from tests.api.client import PUBLIC, Answer
from tests.api.test_sessions import ADA, AUTH, LOGIN, ME, Deploy, registered, signed_in
from tests.api.world import PASSWORD, SECRET, World
from togglebox.auth.permissions import Role
from togglebox.mail.port import MailFailed, MailRefused

REQUEST: Final = f"{AUTH}/password-reset/request"
VERIFY: Final = f"{AUTH}/password-reset/verify"
COMPLETE: Final = f"{AUTH}/password-reset/complete"
NEW: Final = "Engine1837plan"
APP_URL: Final = "https://flags.example/admin"
SAID: Final = "If the email exists, a password reset link has been sent"
INVALID: Final = (400, "Invalid or expired password reset token")


@pytest.fixture
def people(deploy: Deploy) -> World:
    """Give a deployment where Ada has an account, and has read the mail that welcomed her."""
    world = deploy({"JWT_SECRET": SECRET, "APP_URL": APP_URL})
    registered(world)
    world.app.deliver_mail()
    world.mailer.sent.clear()
    return world


def requested(world: World, email: str = "ada@example.com", *, address: str = "127.0.0.1") -> Answer:
    return world.client_at(address).post(REQUEST, {"email": email})


def mailed(world: World) -> list[str]:
    """Send what is due, and return the tokens in the mails that left."""
    world.mailer.sent.clear()
    world.app.deliver_mail()
    return [token_in(mail.text) for mail in world.mailer.sent]


def token_in(text: str) -> str:
    found = re.search(r"/password-reset/verify/(\w+)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


def a_token(world: World) -> str:
    requested(world)
    (token,) = mailed(world)
    return token


def verified(world: World, token: str) -> tuple[int, str]:
    return outcome(world.client.post(VERIFY, {"token": token}))


def completed(world: World, token: str, password: str = NEW) -> tuple[int, str]:
    return outcome(world.client.post(COMPLETE, {"token": token, "newPassword": password}))


def outcome(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["message"] if answer.status == 200 else answer.error


def logged_in(world: World, password: str) -> int:
    return world.client.post(f"{AUTH}/login", {**LOGIN, "password": password}).status


# From the request to the login


def test_a_forgotten_password_is_replaced_by_what_the_mail_leads_to(people: World) -> None:
    asked = requested(people, "  ADA@Example.com ")
    people.app.deliver_mail()

    (mail,) = people.mailer.sent
    token = token_in(mail.text)
    assert (asked.status, asked.json["message"], asked.headers["cache-control"]) == (200, SAID, "no-store")
    assert (mail.address, mail.name, mail.subject) == ("Ada@example.com", "Ada", "Reset your ToggleBox password")
    assert f"{APP_URL}/password-reset/verify/{token}" in mail.html
    assert re.fullmatch(r"[0-9a-f]{64}", token)
    assert verified(people, token) == (200, "Token is valid")
    assert completed(people, token) == (200, "Password has been reset successfully")
    assert (logged_in(people, PASSWORD), logged_in(people, NEW)) == (401, 200)


def test_a_reset_ends_all_sessions(people: World) -> None:
    here, there = signed_in(people), signed_in(people)

    completed(people, a_token(people))

    assert {people.client.get(ME, session).status for session in (here, there)} == {401}


def test_until_it_is_completed_all_is_as_it_was(people: World) -> None:
    session = signed_in(people)

    token = a_token(people)
    verified(people, token)
    verified(people, token)

    assert people.client.get(ME, session).status == 200
    assert logged_in(people, PASSWORD) == 200


def test_a_login_meanwhile_does_not_end_a_reset(people: World) -> None:
    token = a_token(people)
    signed_in(people)

    assert completed(people, token)[0] == 200


# What is good once, and not for long


def test_a_token_is_good_once(people: World) -> None:
    token = a_token(people)
    completed(people, token)

    assert verified(people, token) == INVALID
    assert completed(people, token, "Another5Horse") == INVALID
    assert logged_in(people, NEW) == 200


def test_a_token_is_good_for_an_hour(people: World) -> None:
    token = a_token(people)

    people.clock.advance(minutes=59, seconds=59)
    assert verified(people, token)[0] == 200
    people.clock.advance(seconds=1)
    assert verified(people, token) == completed(people, token) == INVALID


def test_another_token_ends_the_one_before(people: World) -> None:
    first = a_token(people)
    second = a_token(people)

    assert verified(people, first) == completed(people, first) == INVALID
    assert completed(people, second)[0] == 200


def test_another_password_ends_a_reset_under_way(people: World) -> None:
    token = a_token(people)
    change = {"currentPassword": PASSWORD, "newPassword": "Another5Horse"}
    assert people.client.post(f"{ME}/password", change, signed_in(people)).status == 200

    assert completed(people, token) == INVALID
    assert logged_in(people, "Another5Horse") == 200


def test_the_reset_of_somebody_who_is_gone_is_none(people: World) -> None:
    token = a_token(people)
    user = people.app.accounts.users.find("ada@example.com")
    assert user is not None
    people.app.accounts.delete_user(user.id)
    registered(people)

    assert verified(people, token) == completed(people, token) == INVALID
    assert logged_in(people, PASSWORD) == 200


def test_of_two_who_complete_at_once_one_does(people: World) -> None:
    token = a_token(people)
    other: list[tuple[int, str]] = []
    people.store.meanwhile("put users", lambda: other.append(completed(people, token, "Another5Horse")))

    mine = completed(people, token)

    assert (other, mine) == ([(200, "Password has been reset successfully")], INVALID)
    assert (logged_in(people, NEW), logged_in(people, "Another5Horse")) == (401, 200)


def test_a_token_that_is_replaced_while_it_completes_is_used_up(people: World) -> None:
    token = a_token(people)
    requested(people)
    people.store.meanwhile("put users", people.app.deliver_mail)

    assert completed(people, token) == INVALID
    assert logged_in(people, PASSWORD) == 200


@pytest.mark.parametrize("token", ["0" * 64, "x" * 32, "é" * 64, "' OR 1=1 --" * 6, '{"$ne": null}' * 5, "#" * 256])
def test_a_token_that_nobody_got_is_none(people: World, token: str) -> None:
    a_token(people)
    before = people.store.content()

    assert verified(people, token) == completed(people, token) == INVALID
    assert people.store.content() == before
    assert people.hasher.calls.count("hash") == 1  # Ada's, when she registered


def test_the_stored_digest_of_a_token_is_none(people: World) -> None:
    token = a_token(people)
    ((digest, _),) = [document.key for document in people.store.content()["resets"]]

    assert verified(people, digest) == INVALID
    assert token not in str(people.store.content())


@pytest.mark.parametrize(
    ("target", "body", "field"),
    [
        (REQUEST, {}, "email"),
        (REQUEST, {"email": "nobody"}, "email"),
        (REQUEST, {"email": ["ada@example.com"]}, "email"),
        (REQUEST, {"email": {"$gt": ""}}, "email"),
        (REQUEST, {"email": "ada@example.com\r\nBcc: x@example.com"}, "email"),
        (REQUEST, {"email": "ada@example.com", "role": "admin"}, "role"),
        (VERIFY, {"token": "x" * 31}, "token"),
        (VERIFY, {"token": "x" * 257}, "token"),
        (VERIFY, {"token": 12}, "token"),
        (COMPLETE, {"token": "x" * 64, "newPassword": "short"}, "newPassword"),
        (COMPLETE, {"token": "x" * 64, "newPassword": "Password123"}, "newPassword"),
        (COMPLETE, {"token": "x" * 64}, "newPassword"),
    ],
)
def test_what_is_no_request_is_refused_by_field(people: World, target: str, body: dict[str, Any], field: str) -> None:
    before = people.store.content()

    status, code, details = people.client.post(target, body).refusal

    assert (status, code) == (422, "VALIDATION_FAILED")
    assert [detail["field"] for detail in details] == [field]
    assert people.store.content() == before


def test_a_weak_password_does_not_use_the_token_up(people: World) -> None:
    token = a_token(people)

    assert completed(people, token, "weak")[0] == 422
    assert completed(people, token)[0] == 200


# What an answer does not tell


@pytest.mark.parametrize("fault", [None, MailFailed("away"), MailRefused("no"), RuntimeError("burst")])
def test_a_request_does_the_same_whether_or_not_somebody_has_the_address(
    people: World, fault: Exception | None
) -> None:
    people.mailer.fault = fault
    seen = []
    for email in ("ada@example.com", "eve@example.com"):
        people.log.clear()
        people.hasher.calls.clear()
        with people.counted() as calls:
            answer = requested(people, email)
        lines = [{**json.loads(line), "ms": 0, "request": ""} for line in people.log]
        seen.append((answer.status, answer.json["message"], len(answer.body), calls, lines, people.hasher.calls[:]))
        people.app.deliver_mail()

    known, unknown = seen
    assert known == unknown
    assert known[3] == ["get attempts", "put attempts", "put outbox"]


def test_what_waits_has_one_form(people: World) -> None:
    for email in ("ada@example.com", "eve@example.com"):
        requested(people, email)

    known, unknown = people.store.content()["outbox"]
    assert {**known.body, "about": ""} == {**unknown.body, "about": ""}


def test_nobody_gets_a_mail_who_has_no_account(people: World) -> None:
    requested(people, "eve@example.com")

    assert people.app.deliver_mail() == {"not wanted": 1}
    assert people.mailer.sent == []
    assert "outbox" not in people.store.content()


def test_a_mail_goes_to_the_address_that_is_stored(people: World) -> None:
    requested(people, "\uff21DA@example.com")  # compares equal, and may be somebody else's

    people.app.deliver_mail()

    assert [mail.address for mail in people.mailer.sent] == ["Ada@example.com"]


# How often


def test_a_network_asks_so_often_and_is_told_when_again(people: World) -> None:
    answers = [requested(people, f"user{number}@example.com", address="198.51.100.7") for number in range(21)]

    assert [answer.status for answer in answers] == [200] * 20 + [429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 3_600
    assert requested(people, address="198.51.100.8").status == 200


def test_an_account_gets_so_many_mails_and_nobody_is_told(people: World) -> None:
    answers = [requested(people, address=f"198.51.100.{number}") for number in range(5)]

    assert {(answer.status, answer.json["message"]) for answer in answers} == {(200, SAID)}
    assert people.app.deliver_mail() == {"sent": 3, "not wanted": 2}
    people.clock.advance(hours=1)
    requested(people)
    assert people.app.deliver_mail() == {"sent": 1}


# Welcome


def test_who_registers_is_welcomed(deploy: Deploy) -> None:
    world = deploy({"JWT_SECRET": SECRET, "APP_URL": APP_URL})

    registered(world, name="Ada\u00a0http://evil.example".replace("\u00a0", " "))
    world.app.deliver_mail()

    (mail,) = world.mailer.sent
    assert (mail.address, mail.subject) == ("Ada@example.com", "Welcome to ToggleBox")
    assert f"{APP_URL}/login" in mail.text
    assert "evil" not in mail.text + mail.html + mail.name + mail.subject


def test_who_is_given_an_account_is_welcomed(people: World) -> None:
    admin = people.sign_in(Role.ADMIN)
    body = {"name": "Grace", "email": "grace@example.com", "password": "Compiler1952", "role": "developer"}

    assert people.client.post(f"{PUBLIC}/internal/users", body, admin.headers).status == 201
    people.app.deliver_mail()

    assert [(mail.address, mail.name) for mail in people.mailer.sent] == [("grace@example.com", "Grace")]
    assert "Compiler1952" not in people.mailer.sent[0].text


def test_who_was_refused_an_account_is_not_welcomed(people: World) -> None:
    assert people.client.post(f"{AUTH}/register", ADA).status == 409

    assert people.app.deliver_mail() == {}


def test_an_account_is_made_also_where_its_mail_cannot_be(people: World) -> None:
    people.store.meanwhile("put outbox", lambda: people.store.fail_after(0))

    answer = people.client.post(f"{AUTH}/register", {**ADA, "email": "grace@example.com"})
    people.store.recover()

    assert answer.status == 201
    assert people.app.accounts.users.find("grace@example.com") is not None


# Without mail


def test_without_a_provider_nothing_is_promised(deploy: Deploy) -> None:
    world = deploy({"JWT_SECRET": SECRET, "MAIL_PROVIDER": "none"})
    registered(world)

    answers = [requested(world, email) for email in ("ada@example.com", "eve@example.com")]

    assert {(answer.status, answer.error) for answer in answers} == {
        (503, "No mails are sent here: the operator has to set MAIL_PROVIDER")
    }
    assert "outbox" not in world.store.content()
    assert world.app.deliver_mail() == {}


def test_without_accounts_there_is_nothing_to_reset(world: World) -> None:
    body = {"token": "x" * 64}
    for target, sent in (
        (REQUEST, {"email": "a@example.com"}),
        (VERIFY, body),
        (COMPLETE, {**body, "newPassword": NEW}),
    ):
        assert world.client.post(target, sent).refusal[:2] == (503, "ACCOUNTS_NOT_CONFIGURED")
    assert world.app.deliver_mail() == {}


# Secrets


def test_no_token_and_no_address_reaches_the_log(people: World) -> None:
    token = a_token(people)
    people.mailer.fault = MailFailed(f"ada@example.com {token}")
    requested(people)
    people.app.deliver_mail()
    people.mailer.fault = RuntimeError(f"ada@example.com {token}")
    people.clock.advance(minutes=2)
    people.app.deliver_mail()
    verified(people, token)
    completed(people, token)

    assert [json.loads(line)["cause"] for line in people.log if "cause" in line] == ["MailFailed", "RuntimeError"]
    assert not [line for line in people.log if token in line or "example.com" in line]
