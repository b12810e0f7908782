"""A small world to try the API in, and one call of each endpoint that makes sense there."""

import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any, Final
from urllib.parse import quote, urlencode

from togglebox.adapters.bcrypt import BcryptHasher
from togglebox.adapters.file_mail import FileMailer
from togglebox.adapters.memory import MemoryStore
from togglebox.app import App, Policy
from togglebox.auth.keys import Grant, Keys
from togglebox.auth.outbox import Outbox
from togglebox.auth.permissions import PERMISSIONS, Permission, Role
from togglebox.auth.principal import Principal
from togglebox.auth.recent import Recent
from togglebox.auth.requests import RESET_TOKEN
from togglebox.auth.resets import Resets
from togglebox.auth.users import Session, User, Users
from togglebox.cdn.port import NoCdn
from togglebox.edge.endpoint import Area, Endpoint
from togglebox.edge.local import wsgi
from togglebox.edge.openapi import EXAMPLES, QUERIES
from togglebox.edge.router import Router
from togglebox.journal.record import iso
from togglebox.mail.port import Sender
from togglebox.settings import AccountSettings
from togglebox.store.port import Store
from togglebox.wiring import accounts

AT: Final = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: *path* as the endpoint has it, its *parameters* as they are meant, *content* as it is sent."""

    method: str
    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: str = ""

    @property
    def target(self) -> str:
        """The path that is asked for, percent-encoded."""
        return self.path.format_map({name: quote(value, safe="") for name, value in self.parameters.items()})

    @property
    def decoded(self) -> str:
        """The path that is asked for, as API Gateway's HTTP APIs hand it on."""
        return self.path.format_map(self.parameters)


def sending(method: str, path: str, body: Any, **parameters: str) -> Call:
    """Return the call that sends *body* as JSON."""
    return Call(method, path, parameters, headers={"content-type": "application/json"}, content=json.dumps(body))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; *body* as JSON values, ``None`` for an empty one."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: Any


def example(endpoint: Endpoint, area: Area | None = None) -> Call:
    """Return the example call of *endpoint*, in the first of its areas unless told otherwise."""
    path = endpoint.paths[area or endpoint.areas[0]]
    headers = {"authorization": f"Bearer {TOKEN}"} if endpoint.accounts and endpoint.guarded else {}
    named = EXAMPLES | {"experimentKey": EXPERIMENTS.get(endpoint.name, EXAMPLES["experimentKey"])}
    asked = {name: value for name, value in named.items() if f"{{{name}}}" in path}
    if endpoint.body is None:
        query = urlencode({name: QUERIES[name][2] for name in endpoint.query})
        return Call(endpoint.method, path, asked, query, headers)
    body = endpoint.body.model_config["json_schema_extra"]["examples"][0]
    call = sending(endpoint.method, path, body, **asked)
    return replace(call, headers={**call.headers, **headers})


TOKEN: Final = "token-of-a-session"  # noqa: S105  # says what goes here
"""What stands for a token in examples; who asks in a world has a real one in its place."""

SECRET: Final = "what the tokens of examples are signed with"  # noqa: S105  # no deployment takes it
PASSWORD: Final = "Loom1801pattern"  # noqa: S105  # of nobody outside this file
SESSION: Final = "c2b1f0d4-55f0-4f43-9a3e-6f0d2a7c9e11"
ADMIN: Final = User(
    id="9d3f7a52-0c1b-4e6a-b7f8-1a2b3c4d5e6f",
    email="admin@example.com",
    name="Ada",
    role=Role.ADMIN,
    password="",
    created_at=iso(AT),
    updated_at=iso(AT),
)
"""Who asks where an example needs somebody."""

OPERATOR: Final = Principal(ADMIN.id, ADMIN.email, PERMISSIONS[ADMIN.role], role=ADMIN.role, session=SESSION)


EXPERIMENTS: Final = {
    f"experiments.{action}_experiment": f"{action}-me"
    for action in ("update", "start", "pause", "resume", "complete", "archive", "delete")
}
"""The experiments, each in the status that its endpoint asks for; the other endpoints show one that runs."""

_PLATFORMS: Final = "/api/v1/internal/platforms"
_PRODUCTION: Final = _PLATFORMS + "/web/environments/production"
_CONFIGS: Final = _PRODUCTION + "/configs"
_FLAGS: Final = _PRODUCTION + "/flags"
_EXPERIMENTS: Final = _PRODUCTION + "/experiments"


def _experiment(key: str, *actions: str) -> Sequence[Call]:
    """Return the calls that create an experiment and move it on."""
    body = {
        "experimentKey": key,
        "name": "The colour of the checkout button",
        "hypothesis": "A green button is pressed more often",
        "variations": [
            {"key": "control", "name": "Blue", "value": "#0b5fff", "isControl": True},
            {"key": "green", "name": "Green", "value": "#0a7d33"},
        ],
        "controlVariation": "control",
        "trafficAllocation": [
            {"variationKey": "control", "percentage": 50},
            {"variationKey": "green", "percentage": 50},
        ],
        "primaryMetric": {
            "id": "orders",
            "name": "Orders",
            "eventName": "order_placed",
            "metricType": "conversion",
            "successDirection": "increase",
        },
    }
    return (
        sending("POST", _EXPERIMENTS, body),
        *(sending("POST", f"{_EXPERIMENTS}/{key}/{action}", {}) for action in actions),
    )


SEED: Final = (
    sending("POST", _PLATFORMS, {"name": "web", "description": "The web shop"}),
    sending("POST", _PLATFORMS + "/web/environments", {"environment": "production"}),
    sending("POST", _CONFIGS, {"parameterKey": "theme", "valueType": "string", "defaultValue": "light"}),
    sending("PATCH", _CONFIGS + "/theme", {"defaultValue": "auto", "description": "Colours of the shop"}),
    sending("POST", _CONFIGS, {"parameterKey": "items-per-page", "valueType": "number", "defaultValue": "24"}),
    sending("POST", _FLAGS, {"flagKey": "express-checkout", "name": "Express checkout", "enabled": True}),
    sending("PUT", _FLAGS + "/express-checkout", {"rolloutEnabled": True, "rolloutPercentageA": 30}),
    sending("POST", _FLAGS, {"flagKey": "dark-mode", "name": "Dark mode"}),
    *_experiment("checkout-button", "start"),
    *_experiment("update-me"),
    *_experiment("start-me"),
    *_experiment("pause-me", "start"),
    *_experiment("resume-me", "start", "pause"),
    *_experiment("complete-me", "start"),
    *_experiment("archive-me", "start", "complete"),
    *_experiment("delete-me"),
)
"""The calls that make the world; the examples come after them."""


class World:
    """The endpoints on one App, called in process."""

    def __init__(self, endpoints: Iterable[Endpoint], app: App) -> None:
        ids = (f"example-{number}" for number in count(1))
        self._app = app
        self._application = wsgi(Router(endpoints), app, lambda: next(ids))

    def seed(self) -> None:
        """Make what the examples presuppose."""
        _people(self._app.store, self._app.now())
        for call in SEED:
            answer = self.ask(call)
            if answer.status not in (200, 201):
                raise AssertionError(f"{call.method} {call.target} answered {answer}")

    def ask(self, call: Call) -> Answer:
        sent = dict(call.headers)
        if "authorization" in sent and self._app.policy.accounts:
            sent["authorization"] = f"Bearer {self._app.accounts.tokens.issue(ADMIN, SESSION)}"
        started: list[tuple[str, list[tuple[str, str]]]] = []
        environ = {
            "REQUEST_METHOD": call.method,
            "PATH_INFO": call.decoded,
            "QUERY_STRING": call.query,
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "127.0.0.1",
            "wsgi.input": io.BytesIO(call.content.encode()),
            **{_variable(name): value for name, value in sent.items()},
        }
        body = b"".join(self._application(environ, lambda status, headers: started.append((status, headers))))
        ((status, headers),) = started
        return Answer(int(status[:3]), headers, json.loads(body) if body else None)


def _people(store: Store, at: datetime) -> None:
    """Store the administrator, signed in and with an API key, and a developer who forgot the password."""
    stored = BcryptHasher(4).hash(PASSWORD)
    ids = iter((ADMIN.id, EXAMPLES["user"]))
    users = Users(store, now=lambda: at, new_id=lambda: next(ids))
    users.create(email=ADMIN.email, name=ADMIN.name, role=ADMIN.role, password=stored)
    users.create(email="joan@example.com", name="Joan", role=Role.DEVELOPER, password=stored)
    session = Session(SESSION, iso(at), int(at.timestamp()) + 86_400, "0" * 32, "curl/8.14.1")
    users.change(ADMIN.id, lambda user: user.signed_in(session, at=at))
    outbox = Outbox(store, enabled=False, now=lambda: at, new_id=lambda: "")
    resets = Resets(store, users, outbox, BcryptHasher(4), now=lambda: at, new_token=lambda: RESET_TOKEN)
    resets.open(users.get(EXAMPLES["user"]))
    keys = Keys(
        store,
        now=lambda: at,
        new_id=lambda: EXAMPLES["apiKey"],
        digits=lambda size: "0" * 2 * size,
        recent=Recent(lambda: 0.0, 0),
    )
    keys.create(ADMIN, Grant("The shop's server", (Permission.CONFIG_READ,), ("web",)))


def _variable(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"


def fixed_app(*, at: datetime = AT, store: Store | None = None) -> App:
    """Return an App, on an empty memory store unless told otherwise, that gives the same ids and times every time."""
    numbers = count(1)
    used = MemoryStore(at.timestamp) if store is None else store

    def new_id() -> str:
        return f"6f1f4c1e-0d5b-4c4e-9d3a-{next(numbers):012d}"

    return App(
        used,
        NoCdn(),
        Policy(accounts=True),
        now=lambda: at,
        clock=lambda: 0.0,
        new_id=new_id,
        pause=lambda seconds: None,
        log=lambda line: None,
        authenticate=lambda headers, client: OPERATOR if "authorization" in headers else None,
        accounts=lambda: accounts(
            AccountSettings(secret=SECRET),
            used,
            now=lambda: at,
            clock=lambda: 0.0,
            new_id=new_id,
            digits=lambda size: f"{next(numbers):0{2 * size}x}",
            hasher=BcryptHasher(4),
            mailer=lambda: FileMailer(os.devnull, sender=Sender("noreply@example.com", "ToggleBox"), now=lambda: at),
        ),
    )


def answer(endpoints: Iterable[Endpoint], call: Call) -> Answer:
    """Return what *call* is answered with in a world of its own."""
    world = World(endpoints, fixed_app())
    world.seed()
    return world.ask(call)
