"""Store calls of each operation, counted through the edge on the store in memory, beside the budgets."""

import sys

sys.path[0] += "/.."  # this folder itself would hide the standard library's `http`

import io
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import routes
from togglebox.adapters.memory import MemoryStore
from togglebox.auth.keys import Grant
from togglebox.auth.permissions import Permission, Role
from togglebox.auth.signing_in import Device
from togglebox.edge.local import Application, wsgi
from togglebox.edge.router import Router
from togglebox.settings import Settings
from togglebox.wiring import assemble, request_ids

PUBLIC: Final = "/api/v1/platforms"
INTERNAL: Final = "/api/v1/internal/platforms"
CONFIGS: Final = "/web/environments/prod/configs"

READ, CHANGE, CLAIM, TOKEN, KEY, LOGIN = 1, 8, 2, 1, 2, 7
"""
The budgets: a warm read, an uncontended change, what an `Idempotency-Key` may add, what a token and an API key add
while nothing about the caller is remembered, and a login.
"""


class CountedStore:
    """Hands every call on, and counts it."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self.calls.append(name)
            return method(*args, **kwargs)

        return counted


@dataclass(frozen=True, slots=True)
class Call:
    """A request, and the status that it must have; *conditional*: with the `ETag` of the answer before."""

    method: str
    target: str
    body: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    conditional: bool = False


class Process:
    """One process of the product; others may share its *store*, not its snapshots. *tag* is the last `ETag` seen."""

    def __init__(self, store: CountedStore, settings: Mapping[str, str], *, tag: str = "") -> None:
        self._store = store
        self.app = app = assemble(Settings.of({"DB_TYPE": "memory", "LOG_LEVEL": "error", **settings}), store=store)
        self.tag = tag
        self.credentials: Mapping[str, str] = {}
        self._application: Application = wsgi(Router(routes.ENDPOINTS), app, request_ids())

    def call(self, asked: Call) -> list[str]:
        """Make a call, and return the names of the store's methods that it called."""
        path, _, query = asked.target.partition("?")
        sent = {**asked.headers, **self.credentials}
        body = b"" if asked.body is None else json.dumps(asked.body).encode()
        environ = {
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in sent.items()},
            **({"HTTP_IF_NONE_MATCH": self.tag} if asked.conditional else {}),
        }
        answered: list[tuple[str, list[tuple[str, str]]]] = []
        self._store.calls = []
        self._application(environ, lambda status, headers: answered.append((status, headers)))
        ((status, headers),) = answered
        assert status.startswith(str(asked.status)), (asked, status)
        self.tag = dict(headers).get("ETag", "")
        return self._store.calls


@dataclass(frozen=True, slots=True)
class Row:
    """An operation, and how many store calls a warm process may make for it; *why* another number than usual."""

    title: str
    call: Call
    budget: int | None
    why: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    caller: str = ""


EMAIL, PASSWORD = "ada@example.com", "Correct4Horse"
ASKING: Final = {"ENABLE_AUTHENTICATION": "true", "JWT_SECRET": "kx2Vq9Lm4Rt7Zb0Hw3Nc6Yd8Jf1Ga5Pu", "BCRYPT_COST": "10"}
EACH_TIME: Final = {**ASKING, "AUTH_CACHE_SECONDS": "0"}
"""Settings with authentication; and those that look at the caller each time."""


def login(password: str, status: int) -> Call:
    return Call("POST", "/api/v1/auth/login", {"email": EMAIL, "password": password}, status)


PARAMETER: Final = {"parameterKey": "color", "valueType": "string", "defaultValue": "red"}

BEFORE: Final = (
    Call("POST", INTERNAL, {"name": "web"}, 201),
    Call("POST", f"{INTERNAL}/web/environments", {"environment": "prod"}, 201),
    Call("POST", f"{INTERNAL}{CONFIGS}", PARAMETER, 201),
    Call("PATCH", f"{INTERNAL}{CONFIGS}/color", {"defaultValue": "blue"}),
)
"""What every operation finds."""

READS: Final = (
    PUBLIC,
    f"{PUBLIC}/web",
    f"{PUBLIC}/web/environments",
    f"{PUBLIC}/web/environments/prod",
    f"{PUBLIC}{CONFIGS}",
)
"""What a warm process has read."""

PATCHED: Final = {"defaultValue": "green"}

ROWS: Final = (
    Row("list platforms", Call("GET", PUBLIC), READ),
    Row("one platform", Call("GET", f"{PUBLIC}/web"), READ),
    Row("list environments", Call("GET", f"{PUBLIC}/web/environments"), READ),
    Row("one environment", Call("GET", f"{PUBLIC}/web/environments/prod"), READ),
    Row("configs", Call("GET", f"{PUBLIC}{CONFIGS}"), READ),
    Row("configs, 304", Call("GET", f"{PUBLIC}{CONFIGS}", status=304, conditional=True), READ),
    Row("configs, within SNAPSHOT_MAX_AGE", Call("GET", f"{PUBLIC}{CONFIGS}"), 0, settings={"SNAPSHOT_MAX_AGE": "60"}),
    Row("list parameters", Call("GET", f"{PUBLIC}{CONFIGS}/list"), READ),
    Row("list parameters, a page", Call("GET", f"{PUBLIC}{CONFIGS}/list?limit=1"), READ),
    Row("count parameters", Call("GET", f"{PUBLIC}{CONFIGS}/count"), READ),
    Row("one parameter", Call("GET", f"{PUBLIC}{CONFIGS}/color"), READ),
    Row("one parameter, unknown", Call("GET", f"{PUBLIC}{CONFIGS}/size", status=404), READ),
    Row("versions", Call("GET", f"{PUBLIC}{CONFIGS}/color/versions"), READ + 1, "and a page of the journal"),
    Row("one version", Call("GET", f"{PUBLIC}{CONFIGS}/color/versions/1"), READ + 1, "and an entry of the journal"),
    Row("configs, by token", Call("GET", f"{PUBLIC}{CONFIGS}"), READ, settings=ASKING, caller="token"),
    Row("configs, by API key", Call("GET", f"{PUBLIC}{CONFIGS}"), READ, settings=ASKING, caller="key"),
    Row(
        "configs, by token, AUTH_CACHE_SECONDS=0",
        Call("GET", f"{PUBLIC}{CONFIGS}"),
        READ + TOKEN,
        "and the person",
        settings=EACH_TIME,
        caller="token",
    ),
    Row(
        "configs, by API key, AUTH_CACHE_SECONDS=0",
        Call("GET", f"{PUBLIC}{CONFIGS}"),
        READ + KEY,
        "and the key and its owner; its last use, once a minute, is one more",
        settings=EACH_TIME,
        caller="key",
    ),
    Row("audit, a full page", Call("GET", "/api/v1/internal/audit?limit=1"), 6, "a page of each journal"),
    Row("login", login(PASSWORD, 200), LOGIN, "address, person, session; four calls count tries", ASKING),
    Row(
        "login, wrong password",
        login("Wrong4Horse", 401),
        LOGIN,
        "address, person; five calls count tries",
        settings=ASKING,
    ),
    Row("create a platform", Call("POST", INTERNAL, {"name": "tv"}, 201), CHANGE),
    Row("change a platform", Call("PATCH", f"{INTERNAL}/web", {"description": "x"}), CHANGE),
    Row(
        "create an environment",
        Call("POST", f"{INTERNAL}/web/environments", {"environment": "test"}, 201),
        CHANGE,
    ),
    Row("create a parameter", Call("POST", f"{INTERNAL}{CONFIGS}", {**PARAMETER, "parameterKey": "size"}, 201), CHANGE),
    Row("change a parameter", Call("PATCH", f"{INTERNAL}{CONFIGS}/color", PATCHED), CHANGE),
    Row("roll back a parameter", Call("POST", f"{INTERNAL}{CONFIGS}/color/rollback", {"version": "1"}), CHANGE),
    Row("delete a parameter", Call("DELETE", f"{INTERNAL}{CONFIGS}/color", status=204), CHANGE),
    Row(
        "change a parameter, Idempotency-Key",
        Call("PATCH", f"{INTERNAL}{CONFIGS}/color", PATCHED, headers={"Idempotency-Key": "once"}),
        CHANGE + CLAIM,
        "and the key's claim",
    ),
    Row(
        "delete an environment",
        Call("DELETE", f"{INTERNAL}/web/environments/prod", status=204),
        CHANGE + 3,
        "and the mark in its own manifest, on and off: two scopes change",
    ),
    Row(
        "delete a platform with an environment",
        Call("DELETE", f"{INTERNAL}/web", status=204),
        None,
        "grows with its environments: each is deleted by itself, and first",
    ),
)


def main() -> int:
    print(f"{'operation':<42} {'warm':>5} {'budget':>7} {'first in a process':>19}  ")
    broken = 0
    for row in ROWS:
        warm, first = counted(row)
        over = row.budget is not None and warm > row.budget
        broken += over
        budget = "" if row.budget is None else f"<= {row.budget}"
        print(f"{row.title:<42} {warm:>5} {budget:>7} {first:>19}  {'BROKEN ' if over else ''}{row.why}".rstrip())
    print(f"\n{broken} of {len(ROWS)} budgets are broken." if broken else "\nAll budgets are kept.")
    return 1 if broken else 0


def counted(row: Row) -> tuple[int, int]:
    """Return how many store calls the operation makes in a warm process, and in one that has done nothing before."""
    return len(prepared(row, warm=True).call(row.call)), len(prepared(row, warm=False).call(row.call))


def prepared(row: Row, *, warm: bool) -> Process:
    store = CountedStore(MemoryStore(time.time))
    before = Process(store, {**row.settings, "ENABLE_AUTHENTICATION": "false"})
    for call in BEFORE:
        before.call(call)
    process = Process(store, row.settings)
    if "JWT_SECRET" in row.settings:
        credentials = signed_in(process)
        process.credentials = credentials.get(row.caller, {})
        if row.caller == "key":  # whose last use is written down once a minute, and counts as what is done by then
            process.call(Call("GET", f"{PUBLIC}{CONFIGS}"))
    if row.caller or not process.app.policy.authentication:
        for target in READS:
            process.call(Call("GET", target))
    if warm:
        return process
    fresh = Process(store, row.settings, tag=process.tag)
    fresh.credentials = process.credentials
    return fresh


def signed_in(process: Process) -> Mapping[str, Mapping[str, str]]:
    """Return what proves an administrator, who has an account and an API key by now."""
    accounts = process.app.accounts
    user = accounts.signing_in.create(email=EMAIL, name="Ada", password=PASSWORD, role=Role.ADMIN)
    token = accounts.signing_in.login(EMAIL, PASSWORD, Device("127.0.0.1", "bench")).token
    key = accounts.keys.create(user, Grant("bench", tuple(Permission))).text
    return {"token": {"Authorization": f"Bearer {token}"}, "key": {"X-API-Key": key}}


if __name__ == "__main__":
    sys.exit(main())
