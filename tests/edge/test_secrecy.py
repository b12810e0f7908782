"""Secrets stay out of the log: under what people and programs do all day, and what they do wrong."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.api.client import INTERNAL, PUBLIC, Client, over_http
from tests.api.test_password_resets import token_in
from tests.api.world import SECRET
from tests.engines.secrecy import Watch
from tests.engines.server import local_server, run
from togglebox.settings import VARIABLES, shown

AUTH: Final = f"{PUBLIC}/auth"
KEYS: Final = f"{PUBLIC}/api-keys"
ADA: Final = {"name": "Ada", "email": "ada@example.com", "password": "Loom1843pattern"}
NEW: Final = "Engine1837plan"
PREVIOUS: Final = "tB5wQ8nY2mK7xR4vZ9cL6hJ3gF1dS0aP"
POSTAGE: Final = "Postage4stamps"
KEY: Final = "tbx_live_0123456789abcdef0123456789abcdef"
TOKEN: Final = f"eyJhbGciOiJIUzI1NiJ9.{'e30k' * 5}.{'c2ln' * 10}"


@pytest.mark.engine("server")
@pytest.mark.engine("sqlite")
def test_a_day_of_accounts_leaves_no_secret_in_the_log(tmp_path: Path) -> None:
    mails = tmp_path / "mail.txt"
    settings = {
        "DB_TYPE": "sqlite",
        "SQLITE_FILE": str(tmp_path / "togglebox.db"),
        "ENABLE_AUTHENTICATION": "true",
        "ALLOW_REGISTRATION": "true",
        "JWT_SECRET": SECRET,
        "JWT_SECRET_PREVIOUS": PREVIOUS,
        "BCRYPT_COST": "10",
        "MAIL_PROVIDER": "file",
        "MAIL_FILE": str(mails),
        "SMTP_PASS": POSTAGE,
        "LOG_LEVEL": "debug",
    }
    secrets = {SECRET, PREVIOUS, POSTAGE, ADA["password"], NEW, KEY, TOKEN, "Wrong4Horse"}
    with local_server(settings) as server:
        client = Client(over_http(server.port))
        secrets |= lived(client, mails)
        said = server.server.said() + run("doctor", settings)

    assert said.count('"status":') > 20
    assert len(secrets) >= 11  # a token that is refreshed within a second is the same
    assert [secret for secret in secrets if secret in said] == []


def lived(client: Client, mails: Path) -> set[str]:
    """Do what people and programs do, right and wrong; return the secrets that came of it."""
    known = {"email": ADA["email"], "password": ADA["password"]}
    assert client.post(f"{AUTH}/register", ADA).status == 201
    assert client.post(f"{AUTH}/register", ADA).status == 409
    assert client.post(f"{AUTH}/login", {**known, "password": "Wrong4Horse"}).status == 401
    assert client.post(f"{AUTH}/login", b'{"password": "Wrong4Horse"').status == 400
    assert client.post(f"{AUTH}/login?password=Wrong4Horse", {**known, "password": ["Wrong4Horse"]}).status == 422
    token = client.post(f"{AUTH}/login", known).data["token"]
    person = {"Authorization": f"Bearer {token}"}
    assert client.get(f"{PUBLIC}/users/me", person).status == 200
    refreshed = client.post(f"{AUTH}/refresh", None, person).data["token"]

    for headers in ({"X-API-Key": KEY}, {"Authorization": f"Bearer {TOKEN}"}, {"Authorization": f"Basic {token}"}):
        assert client.get(f"{PUBLIC}/platforms?key={KEY}", headers).status == 401
        assert client.get(f"{INTERNAL}/nothing?token={token}", headers).status == 404
    assert client.post(KEYS, {"name": "x", "permissions": ["config:read"]}, person).status == 403

    assert client.post(f"{AUTH}/password-reset/request", {"email": ADA["email"]}).status == 200
    reset = token_of_mail(mails)
    completing = f"{AUTH}/password-reset/complete"
    assert client.post(f"{AUTH}/password-reset/verify", {"token": reset}).status == 200
    assert client.post(completing, {"token": reset, "newPassword": "short"}).status == 422
    assert client.post(completing, {"token": reset, "newPassword": NEW}).status == 200
    assert client.post(completing, {"token": reset, "newPassword": NEW}).status == 400
    again = client.post(f"{AUTH}/login", {**known, "password": NEW}).data["token"]
    change = {"currentPassword": NEW, "newPassword": "Wrong4Horse"}
    assert client.send("POST", f"{PUBLIC}/users/me/password", change, {"Authorization": f"Bearer {again}"}).status < 500
    return {token, refreshed, reset, again}


def token_of_mail(mails: Path) -> str:
    import time

    for _ in range(200):
        text = mails.read_text(encoding="utf-8") if mails.exists() else ""
        if "/password-reset/verify/" in text:
            return token_in(text)
        time.sleep(0.05)
    raise AssertionError("no mail came within 10 s")


@pytest.mark.parametrize("variable", [name for name in VARIABLES if re.search("SECRET|TOKEN|PASS(WORD)?$", name)])
def test_a_secret_setting_is_shown_by_its_length_only(variable: str) -> None:
    assert shown(variable, PREVIOUS) == "holds 32 characters"


@pytest.mark.parametrize("secret", [KEY, TOKEN, "0f" * 32, ADA["password"], POSTAGE, PREVIOUS])
def test_the_watch_over_all_logs_notices_each_kind_of_secret(secret: str) -> None:
    watch = Watch()
    watch.settings({"SMTP_PASS": POSTAGE, "JWT_SECRET_PREVIOUS": "", "CLOUDFLARE_API_TOKEN": PREVIOUS})
    watch.call({"X-API-Key": KEY}, body(ADA), body({"data": {"token": TOKEN}}))
    watch.call({}, body({"token": "0f" * 32}), b"")

    watch.line('{"level":"info"}')
    watch.check()
    watch.line(f'{{"level":"info","path":"/{secret}"}}')

    with pytest.raises(AssertionError, match="secrets in the log"):
        watch.check()


def body(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()
