"""A deployment in this process, with everything that a test controls: time, the store, the CDN, what is logged."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

import routes
from tests.api.client import Client, Headers, in_process
from tests.engines.secrecy import WATCH
from togglebox.adapters.bcrypt import BcryptHasher
from togglebox.adapters.memory import MemoryStore
from togglebox.app import App
from togglebox.auth.accounts import Accounts
from togglebox.auth.permissions import PERMISSIONS, Role
from togglebox.auth.principal import Principal
from togglebox.auth.signing_in import Device
from togglebox.cdn.port import CdnUnavailable
from togglebox.edge.local import wsgi
from togglebox.edge.router import Router
from togglebox.mail.port import Mail
from togglebox.settings import Settings
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import Body, Document, Key, NoAnswer, Page, Store, StoreUnavailable
from togglebox.wiring import accounts

START: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

SECRET: Final = "kx2Vq9Lm4Rt7Zb0Hw3Nc6Yd8Jf1Ga5Pu"
"""What signs sessions in tests."""

ADMIN: Final = Principal("admin-id", "admin@example.com", PERMISSIONS[Role.ADMIN], role=Role.ADMIN)
DEVELOPER: Final = Principal("dev-id", "dev@example.com", PERMISSIONS[Role.DEVELOPER], role=Role.DEVELOPER)
READER: Final = Principal("reader-id", "reader@example.com", PERMISSIONS[Role.VIEWER], role=Role.VIEWER)


class FixedClock:
    """Says the same time until a test moves it on."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def epoch(self) -> float:
        return self.at.timestamp()

    def seconds(self) -> float:
        return (self.at - START).total_seconds()

    def advance(self, **duration: float) -> None:
        self.at += timedelta(**duration)


class ListeningCdn:
    """Remembers what it was told to forget; refuses while *away*."""

    def __init__(self) -> None:
        self.purged: list[str] = []
        self.away = False

    def purge(self, paths: Sequence[str]) -> str | None:
        if self.away:
            raise CdnUnavailable("The CDN did not answer")
        self.purged += paths
        return "purge-1"


class WatchedStore:
    """
    Passes calls on and remembers them; can be *away*, and can let something happen just before a call.

    *away* refuses every call; *mute* lets writes land and then answers nothing; `fail_after` lets some calls pass and
    refuses those that follow.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.calls: list[str] = []
        self.away = False
        self.mute = False
        self._left: int | None = None
        self._meanwhile: dict[str, Callable[[], object]] = {}

    def meanwhile(self, call: str, act: Callable[[], object]) -> None:
        """Let *act* happen before the next ``call``, spelled as ``put parameters``."""
        self._meanwhile[call] = act

    def fail_after(self, calls: int) -> None:
        """Let *calls* more calls pass, then be away."""
        self._left = calls

    def recover(self) -> None:
        self._left = None

    def content(self) -> Mapping[str, Sequence[Document]]:
        """Return all that is stored, by collection."""
        return {
            collection: found
            for collection in COLLECTIONS
            if (found := self._store.scan(collection, limit=100_000).documents)
        }

    def lasting(self) -> Mapping[str, Sequence[Document]]:
        """Return all that is stored, without what is counted and queued for a while."""
        return {name: found for name, found in self.content().items() if not COLLECTIONS[name].passing}

    def get(self, collection: str, key: Key) -> Document | None:
        self._called("get", collection)
        return self._store.get(collection, key)

    def get_many(self, collection: str, keys: Sequence[Key]) -> list[Document | None]:
        self._called("get_many", collection)
        return self._store.get_many(collection, keys)

    def put(self, collection: str, key: Key, body: Body, *, expect: int) -> Document:
        self._called("put", collection)
        stored = self._store.put(collection, key, body, expect=expect)
        if self.mute:
            raise NoAnswer
        return stored

    def delete(self, collection: str, key: Key, *, expect: int) -> None:
        self._called("delete", collection)
        self._store.delete(collection, key, expect=expect)

    def page(
        self,
        collection: str,
        partition: str,
        *,
        limit: int,
        after: str | None = None,
        reverse: bool = False,
        index: str | None = None,
        low: str | None = None,
        high: str | None = None,
    ) -> Page:
        self._called("page", collection)
        return self._store.page(
            collection, partition, limit=limit, after=after, reverse=reverse, index=index, low=low, high=high
        )

    def add_new(self, collection: str, documents: Iterable[tuple[Key, Body]]) -> list[bool]:
        self._called("add_new", collection)
        return self._store.add_new(collection, documents)

    def restore(self, collection: str, documents: Iterable[Document]) -> list[bool]:
        self._called("restore", collection)
        return self._store.restore(collection, documents)

    def scan(self, collection: str, *, limit: int, after: str | None = None) -> Page:
        self._called("scan", collection)
        return self._store.scan(collection, limit=limit, after=after)

    def delete_many(self, collection: str, keys: Iterable[Key]) -> None:
        self._called("delete_many", collection)
        self._store.delete_many(collection, keys)

    def _called(self, method: str, collection: str) -> None:
        call = f"{method} {collection}"
        act = self._meanwhile.pop(call, None)
        if act is not None:
            act()
        self.calls.append(call)
        if self._left is not None:
            self._left -= 1
        if self.away or (self._left is not None and self._left < 0):
            raise StoreUnavailable from ConnectionRefusedError("10.0.0.7:5432 refused user togglebox")


class ListeningMailer:
    """Remembers the mails that it was handed; refuses with *fault*, once a test has set one."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.fault: Exception | None = None

    def send(self, mail: Mail) -> None:
        if self.fault is not None:
            raise self.fault
        self.sent.append(mail)


class CountingHasher(BcryptHasher):
    """bcrypt as fast as it gets, which remembers what it was asked for."""

    def __init__(self, cost: int = 4) -> None:
        super().__init__(cost)
        self.calls: list[str] = []

    def hash(self, password: str) -> str:
        self.calls.append("hash")
        return super().hash(password)

    def verify(self, password: str, stored: str) -> bool:
        self.calls.append("verify")
        return super().verify(password, stored)


PASSWORD: Final = "Correct4Horse"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in: what to sign in with again, and the *headers* that prove it."""

    id: str
    email: str
    headers: Headers


class World:
    """
    One deployment, on a *store* in memory unless given; *settings* are environment variables, as operators write them.

    `process` starts a further process on the same store, with snapshots of its own. *caller*, once a test has set it,
    is who is behind every request, whatever its credentials. `sign_in` makes real people, where *settings* have a
    secret.
    """

    def __init__(self, settings: Mapping[str, str] | None = None, *, store: Store | None = None) -> None:
        self.clock = FixedClock()
        self.store = WatchedStore(MemoryStore(self.clock.epoch) if store is None else store)
        self.cdn = ListeningCdn()
        self.log: list[str] = []
        WATCH.settings(settings or {})
        self.caller: Principal | None = None
        self.hasher = CountingHasher()
        self.mailer = ListeningMailer()
        self._settings = Settings.of({"DB_TYPE": "memory", "MAIL_PROVIDER": "file", **(settings or {})})
        self._world = "0000" if store is None else "0001"  # what meets on one store has different ids
        self._ids = count(1)
        self._requests = count(1)
        self.app = self._app()
        self.client = self.client_at("127.0.0.1")

    def sign_in(self, role: Role, email: str | None = None) -> Person:
        """Return somebody of that *role*, signed in."""
        signing_in = self.app.accounts.signing_in
        email = email or f"{role}-{next(self._requests)}@example.com"
        signing_in.create(email=email, name=role.title(), password=PASSWORD, role=role)
        signed_in = signing_in.login(email, PASSWORD, Device("127.0.0.1", "tests"))
        return Person(signed_in.user.id, email, {"Authorization": f"Bearer {signed_in.token}"})

    def client_at(self, address: str) -> Client:
        """Return a client that asks this process from *address*."""
        return self._client(self.app, address)

    def process(self) -> Client:
        return self._client(self._app(), "127.0.0.1")

    def _client(self, app: App, address: str) -> Client:
        application = wsgi(Router(routes.ENDPOINTS), app, lambda: f"request-{next(self._requests)}")
        return Client(in_process(application, address=address))

    def _app(self) -> App:
        app = App(
            self.store,
            self.cdn,
            self._settings.policy,
            now=self.clock.now,
            clock=self.clock.seconds,
            new_id=self._new_id,
            pause=lambda seconds: None,
            log=self._say,
            engine="memory",
            accounts=self._accounts if self._settings.accounts.secret else None,
        )
        known = app.authenticate
        app.authenticate = lambda headers, client: self.caller or known(headers, client)
        return app

    def _say(self, line: str) -> None:
        self.log.append(line)
        WATCH.line(line)

    def _accounts(self) -> Accounts:
        return accounts(
            self._settings.accounts,
            self.store,
            now=self.clock.now,
            clock=self.clock.seconds,
            new_id=self._new_id,
            hasher=self.hasher,
            app_url=self._settings.mail.app_url,
            mailer=None if self._settings.mail.provider == "none" else lambda: self.mailer,
        )

    def _new_id(self) -> str:
        return f"{next(self._ids):08x}-{self._world}-4000-8000-000000000000"

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Give the calls that the store gets while the block runs."""
        before = len(self.store.calls)
        calls: list[str] = []
        yield calls
        calls += self.store.calls[before:]
