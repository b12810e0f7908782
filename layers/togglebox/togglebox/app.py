"""App: what a use case may reach. `wiring` puts it together; tests do with a fixed clock."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

from togglebox.auth.principal import SYSTEM, Principal
from togglebox.cdn.port import Cdn
from togglebox.configs.repository import Parameters
from togglebox.errors import AccountsNotConfigured, Conflict, IllegalStep, LimitExceeded, NotAuthenticated, NotFound
from togglebox.experiments.repository import Experiments
from togglebox.flags.repository import Flags
from togglebox.journal.publish import Journal
from togglebox.journal.record import Change, iso
from togglebox.journal.scopes import ROOT, Scopes
from togglebox.journal.upkeep import Upkeep
from togglebox.platforms.repository import Environments, Platforms
from togglebox.snapshot import Snapshots
from togglebox.store.port import Store

if TYPE_CHECKING:
    from togglebox.auth.accounts import Accounts
    from togglebox.journal.audit import Audit

SCHEDULED_AT_ONCE: Final = 1_000
"""Experiments whose time has come: what lies in deleted environments is among them until it is swept."""

LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})


@dataclass(frozen=True, slots=True)
class Policy:
    """
    What the deployment decided about who reaches it, and what may be kept.

    *authentication*: every route asks for credentials; *accounts*: there can be accounts, whether asked for or not;
    *proxies* are the CIDR blocks whose `X-Forwarded-For` is believed.
    *networks* are the trusted CIDR blocks, ``None`` where only loopback can connect; *hosts* the names that internal
    routes answer to while authentication is off, ``None`` where something in front checks them; *cors_origins* the
    allowed origins or ``("*",)``; *cache_ttl* and *snapshot_max_age* are seconds.
    """

    authentication: bool = False
    accounts: bool = False
    proxies: tuple[str, ...] = ()
    networks: tuple[str, ...] | None = None
    hosts: frozenset[str] | None = LOOPBACK_HOSTS
    cors_origins: tuple[str, ...] = ("*",)
    cache_ttl: int = 30
    snapshot_max_age: float = 0.0

    @property
    def shared(self) -> bool:
        """Whether public answers may be kept by caches that serve everybody."""
        everything = self.networks is not None and not {"0.0.0.0/0", "::/0"}.isdisjoint(self.networks)
        return everything and not self.authentication

    @property
    def max_age(self) -> float:
        """How old a snapshot may be without a look at the manifest: not at all where others keep the answer."""
        return 0.0 if self.shared else self.snapshot_max_age


class Authenticator(Protocol):
    """Who is behind a request's credentials."""

    def __call__(self, headers: Mapping[str, str], client: str) -> Principal | None:
        """
        Return the caller that the headers prove, ``None`` if they hold no credentials; *client* is the address.

        Raises:
            NotAuthenticated: they hold some that prove nothing.
            TooManyRequests: so did too many others from this address.
        """


def no_accounts(headers: Mapping[str, str], client: str) -> Principal | None:
    """Know nobody: the authenticator of a deployment without accounts."""
    if "authorization" in headers:
        raise NotAuthenticated("Invalid or expired JWT token")
    if "x-api-key" in headers:
        raise NotAuthenticated("Invalid API key")
    return None


class App:
    """
    The use cases' world: repositories, snapshots, time and ids.

    *now* tells the time of day (UTC), *clock* counts seconds and never goes back, *new_id* makes unique ids, *pause*
    waits, *log* takes one line; *engine* names the database; *accounts* makes what is about accounts, when it is first
    asked for; *authenticate* finds out who asks, by the accounts unless told otherwise.
    """

    def __init__(
        self,
        store: Store,
        cdn: Cdn,
        policy: Policy,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        new_id: Callable[[], str],
        pause: Callable[[float], None],
        log: Callable[[str], None],
        engine: str = "memory",
        authenticate: Authenticator | None = None,
        accounts: "Callable[[], Accounts] | None" = None,
        audit_retention: timedelta = timedelta(days=400),
    ) -> None:
        self.store = store
        self.policy = policy
        self.now = now
        self.clock = clock
        self.new_id = new_id
        self.log = log
        self.authenticate: Authenticator = authenticate or (self._known if accounts else no_accounts)
        self._make_accounts = accounts
        self.engine = engine
        self.public_max_age = policy.max_age
        self.evaluation_max_age = policy.snapshot_max_age
        self.started = clock()

        scopes = Scopes(store)
        journal = Journal(store, scopes, cdn, now=now, new_id=new_id, pause=pause)
        snapshots = Snapshots(store, scopes, clock=clock, now=now)
        self.platforms = Platforms(journal, snapshots)
        self.environments = Environments(journal, snapshots)
        self.configs = Parameters(journal, snapshots)
        self.flags = Flags(journal, snapshots)
        self.experiments = Experiments(journal, snapshots)
        self._audit_retention = audit_retention
        self.upkeep = Upkeep(
            store, scopes, journal, now=now, audit_retention=audit_retention, finish=self.platforms.finish_deletion
        )

    @cached_property
    def accounts(self) -> "Accounts":
        """
        People, programs, and how they prove who they are: made at the first use, since most functions need none.

        Raises:
            AccountsNotConfigured: the deployment has none.
        """
        if self._make_accounts is None:
            raise AccountsNotConfigured
        return self._make_accounts()

    @cached_property
    def audit(self) -> "Audit":
        """The list of all changes, made at the first use: it would cost every function a part of its start."""
        from togglebox.journal.audit import Audit

        return Audit(self.store, now=self.now, retention=self._audit_retention)

    def _known(self, headers: Mapping[str, str], client: str) -> Principal | None:
        if headers.get("authorization") is None and headers.get("x-api-key") is None:
            return None
        return self.accounts.authenticate(headers, client)

    def reach_store(self) -> None:
        """
        Ask the database for something small.

        Raises:
            StoreUnavailable: it does not answer.
        """
        self.store.get("manifests", (ROOT, "#"))

    def run_schedule(self) -> Counter[str]:
        """Start and end the experiments whose time has come; return how many."""
        done: Counter[str] = Counter()
        at = iso(self.now())
        for names, head, action in self.experiments.scheduled(at=at, limit=SCHEDULED_AT_ONCE):
            change = Change(self.new_id(), SYSTEM.email, at, action.value, source="schedule")
            try:
                self.experiments.move(names, head.name, action, change)
                done[action.value] += 1
            except (Conflict, IllegalStep, NotFound):
                done["overtaken"] += 1  # somebody pressed the button, or deleted it, since the index was read
            except LimitExceeded:
                done["refused"] += 1  # the others are not to wait until there is room
        return done

    def deliver_mail(self) -> Counter[str]:
        """Send the mails that are due; return what became of them. Without accounts there are none."""
        return Counter() if self._make_accounts is None else self.accounts.deliver(self.log)

    def uptime(self) -> float:
        """Return the seconds since this process began to answer."""
        return self.clock() - self.started
