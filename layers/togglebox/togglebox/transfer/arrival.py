"""How a platform from elsewhere enters the list of platforms: as a change is published, under the version it had."""

from datetime import datetime

from togglebox.journal.kinds import PLATFORMS
from togglebox.journal.manifest import Mark
from togglebox.journal.publish import PUT_WITHIN, Journal
from togglebox.journal.record import Head, iso, size_of
from togglebox.store.port import ABSENT, Document, StaleWrite, StoreUnavailable


class Arrivals(Journal):
    """
    Publishes heads that have a history already.

    The steps are those of `Journal.publish`: mark, head, settle. Only the head is restored, not put, so that it keeps
    its version; nothing has to be copied to the journal, which is there. The mark names the change that made the
    version, so whoever finds it later resolves it as any other: by looking whether that version stands.
    """

    def arrive(self, platform: Document) -> bool:
        """
        Bring the head of a platform in; say whether this call did.

        Raises:
            StaleWrite: another head is there.
            LimitExceeded: there are too many platforms.
            ScopeBusy: too many changes are under way.
            StoreUnavailable: the database is away. Repeat it; what was begun is finished.
        """
        head = Head.of(platform)
        mark = Mark(
            kind=PLATFORMS.tier,
            key=head.key,
            entity=head.id,
            expect=head.version - 1,
            change=head.change["id"],
            at=iso(self._now()),
            count=1,
            size=size_of(head.data),
            attempt=head.attempt,
        )
        manifest = self._scopes.open(())
        stored = self._store.get(PLATFORMS.heads, head.key)
        if stored is not None and stored != platform:
            raise StaleWrite
        if stored is not None and manifest.version != ABSENT:
            if manifest.has(mark):  # an import was cut short here
                self._settle(manifest, mark, head)
            return False

        manifest = self._announce(manifest, mark)
        if datetime.fromisoformat(mark.at) + PUT_WITHIN < self._now():
            raise StoreUnavailable("The import was held up for too long; repeat it")
        new = self._store.restore(PLATFORMS.heads, [platform])[0]
        if not new and self._store.get(PLATFORMS.heads, head.key) != platform:
            self._settle(manifest, mark, None)
            raise StaleWrite
        self._settle(manifest, mark, head)
        return new
