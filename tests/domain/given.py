"""A deployment in this process, below its use cases: journals, snapshots and upkeep, with all that a test controls."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Final

from tests.api.world import FixedClock, ListeningCdn, WatchedStore
from tests.domain.publishing import PROD, WEB, Desk
from togglebox.adapters.memory import MemoryStore
from togglebox.journal.kinds import ENVIRONMENTS, PLATFORMS, Kind
from togglebox.journal.manifest import Manifest
from togglebox.journal.record import Head
from togglebox.journal.scopes import Names

ROOT: Final[Names] = ()


class Deployment:
    """A store that holds the environment ``prod`` of the platform ``web``, and a process, `desk`, that works on it."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.store = WatchedStore(MemoryStore(self.clock.epoch))
        self.cdn = ListeningCdn()
        self._processes = count(1)
        self._changes = count(1)
        self.desk = self.process()
        self.create("web", ROOT, PLATFORMS)
        self.create("prod", WEB, ENVIRONMENTS)
        self.cdn.purged.clear()

    def process(self) -> Desk:
        """Start a further process on the same store, which remembers nothing."""
        name = f"process{next(self._processes)}"
        return Desk(name, self.store, now=self.clock.now, clock=self.clock.seconds, cdn=self.cdn)

    # -- changes by one process or another -----------------------------------------------------------------------

    def create(self, name: str, names: Names = PROD, kind: Kind | None = None, *, desk: Desk | None = None) -> Head:
        desk = desk or self.desk
        change = desk.change("create", next(self._changes))
        return desk.create(names, name, change, *([kind] if kind else []))

    def update(self, name: str, names: Names = PROD, kind: Kind | None = None, *, desk: Desk | None = None) -> Head:
        desk = desk or self.desk
        change = desk.change("update", next(self._changes))
        return desk.update(names, name, change, *([kind] if kind else []))

    def delete(self, name: str, names: Names = PROD, kind: Kind | None = None, *, desk: Desk | None = None) -> Head:
        desk = desk or self.desk
        change = desk.change("delete", next(self._changes))
        return desk.delete(names, name, change, *([kind] if kind else []))

    # -- what is stored ------------------------------------------------------------------------------------------

    def manifest(self, names: Names = PROD) -> Manifest:
        manifest = self.process().scopes.find(names)
        assert manifest is not None
        return manifest

    def seen(self, desk: Desk, names: Names = PROD, *, max_age: float = 0.0) -> dict[str, Sequence[str]]:
        """Return what a process shows: for each parameter the changes that made it."""
        from togglebox.journal.kinds import PARAMETERS

        view = desk.snapshots.view(names, PARAMETERS, max_age=max_age)
        return {head.name: head.data["by"] for head in view.living}

    @contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Give the calls that the store gets while the block runs."""
        before = len(self.store.calls)
        calls: list[str] = []
        yield calls
        calls += self.store.calls[before:]
