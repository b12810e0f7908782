"""Accounts in the Lambda runtime: a login, an API key on a public function, a password reset by a real mail."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import pytest

import routes
from api_keys import create_key
from auth import complete_password_reset, login, request_password_reset
from configs import get_configs, list_parameters
from infra.examples import ADMIN, PASSWORD, Call, example, sending
from infra.rendering.events import event_of
from infra.rendering.template import function_name
from jobs import deliver_mail
from tests.api.test_password_resets import token_in
from tests.api.world import SECRET
from tests.engines.certificate import self_signed
from tests.engines.dynamodb import DynamoDBLocal
from tests.engines.lambda_runtime import Running, functions, running, seeded
from tests.engines.mail import PASSWORD as STAMPS
from tests.engines.mail import USER, MailServer, mail_server
from tests.engines.process import free_port
from togglebox.edge.endpoint import Endpoint
from togglebox.edge.job import Job

NEW: Final = "Engine1837plan"
SCHEDULED: Final = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}

pytestmark = [pytest.mark.engine("lambda"), pytest.mark.engine("dynamodb")]


class Stack:
    """The functions, each started when it is first called, on tables and with a mail server of their own."""

    def __init__(self, variables: Mapping[str, str], mails: MailServer) -> None:
        self.mails = mails
        self._variables = variables
        self._running: dict[str, Running] = {}
        self._ended = ExitStack()

    def answer(self, endpoint: Endpoint, body: Mapping[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
        """Return status and body of the example call with another *body*, and with *headers* only."""
        sound = example(endpoint)
        content = sending(endpoint.method, sound.path, body) if body is not None else sound
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in content.headers.items() if name != "authorization"}
        call = Call(endpoint.method, sound.path, sound.parameters, headers={**kept, **sent}, content=content.content)
        answer = self._function(endpoint).invoke(event_of(call))
        return answer["statusCode"], json.loads(answer["body"])

    def run(self, job: Job) -> Any:
        return self._function(job).invoke(SCHEDULED)

    def said(self) -> str:
        """Return all that the functions have logged."""
        return "\n".join(function.server.said() for function in self._running.values())

    def close(self) -> None:
        self._ended.close()

    def _function(self, made: Endpoint | Job) -> Running:
        name = function_name(made.name)
        if name not in self._running:
            self._running[name] = self._ended.enter_context(running(functions()[name], self._variables))
        return self._running[name]


@pytest.fixture
def stack(dynamodb: DynamoDBLocal, tmp_path: Path) -> Iterator[Stack]:
    certificate = self_signed(tmp_path)
    with seeded(dynamodb, f"people{free_port()}-") as tables, mail_server(certificate, signing_in=True) as mails:
        settings = {
            "ENABLE_AUTHENTICATION": "true",
            "TRUSTED_NETWORKS": "",
            "JWT_SECRET": SECRET,
            "MAIL_PROVIDER": "smtp",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(mails.port),
            "SMTP_USER": USER,
            "SMTP_PASS": STAMPS,
            "SSL_CERT_FILE": str(certificate),
        }
        made = Stack({**tables, **settings}, mails)
        try:
            yield made
        finally:
            made.close()


def test_a_person_signs_in_and_makes_an_api_key_that_public_functions_take(stack: Stack) -> None:
    known = {"email": ADMIN.email, "password": PASSWORD}

    assert stack.answer(login.handler, {**known, "password": "Wrong4Horse"})[0] == 401
    status, signed_in = stack.answer(login.handler, known)
    assert status == 200
    token = signed_in["data"]["token"]
    wanted = {"name": "shop", "permissions": ["config:read"], "platforms": ["web"]}
    status, created = stack.answer(create_key.handler, wanted, authorization=f"Bearer {token}")
    assert status == 201
    key = created["data"]["key"]

    assert stack.answer(get_configs.handler)[0] == 401
    assert stack.answer(get_configs.handler, x_api_key=key[:-1] + "g")[0] == 401
    assert stack.answer(get_configs.handler, x_api_key=key)[1]["data"]["theme"] == "auto"
    assert stack.answer(list_parameters.handler, authorization=f"Bearer {token}")[0] == 200

    said = stack.said()
    assert '"status":200' in said
    assert not [secret for secret in (PASSWORD, "Wrong4Horse", token, key, SECRET) if secret in said]


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in routes.ENDPOINTS if endpoint.accounts], ids=str)
def test_every_function_about_accounts_runs_and_asks_who_calls(stack: Stack, endpoint: Endpoint) -> None:
    status, body = stack.answer(endpoint)

    if endpoint.guarded:
        assert (status, body["code"]) == (401, "UNAUTHORIZED")
    else:
        assert status in (200, 400, 401, 403), body
        assert body["timestamp"]


def test_a_forgotten_password_is_reset_by_the_mail_that_the_job_sends(stack: Stack) -> None:
    assert stack.answer(request_password_reset.handler, {"email": "eve@example.com"})[0] == 200
    assert stack.answer(request_password_reset.handler, {"email": ADMIN.email})[0] == 200
    assert stack.mails.received == []

    done = stack.run(deliver_mail.handler)
    (mail,) = stack.mails.received
    token = token_in(mail.part("plain"))
    completed = stack.answer(complete_password_reset.handler, {"token": token, "newPassword": NEW})

    assert done == {"sent": 1, "not wanted": 1}
    assert (mail.recipients, mail.encrypted, mail.user) == ([ADMIN.email], True, USER)
    assert completed[0] == 200
    assert stack.answer(login.handler, {"email": ADMIN.email, "password": PASSWORD})[0] == 401
    assert stack.answer(login.handler, {"email": ADMIN.email, "password": NEW})[0] == 200
    assert stack.answer(complete_password_reset.handler, {"token": token, "newPassword": "Another5Horse"})[0] == 400

    said = stack.said()
    assert not [secret for secret in (token, PASSWORD, NEW, STAMPS, SECRET, ADMIN.email) if secret in said]
