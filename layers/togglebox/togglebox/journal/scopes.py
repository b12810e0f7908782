"""The scopes (all platforms, a platform, an environment): from their names to their manifests."""

from typing import Final

from togglebox.errors import NotFound
from togglebox.journal.kinds import ENVIRONMENTS, PLATFORMS
from togglebox.journal.manifest import Manifest
from togglebox.journal.record import Head
from togglebox.store.port import ABSENT, Key, Store

type Names = tuple[str, ...]
"""Where something lies: ``()``, ``(platform,)`` or ``(platform, environment)``."""

ROOT: Final = "root"


class PlatformNotFound(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"Platform '{name}' not found")


class EnvironmentNotFound(NotFound):
    def __init__(self, platform: str, name: str) -> None:
        super().__init__(f"Environment '{name}' not found in platform '{platform}'")


class Scopes:
    """
    Finds manifests, at the price of one read where the platform's id is known.

    An id that this process remembers is a guess that the manifest confirms: deleting a platform first closes the
    manifests of its environments and its own, so an open manifest under the remembered id is the living one's.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ids: dict[str, str] = {}
        self._decoded: dict[Key, tuple[str, Manifest]] = {}

    def find(self, names: Names) -> Manifest | None:
        """Return the open manifest of the scope, or ``None`` if nothing was ever written there, or it is gone."""
        manifest = self._look(names)
        return manifest if manifest is not None and self._is_open(manifest) else None

    def open(self, names: Names) -> Manifest:
        """
        Return the scope's manifest for a change; not stored yet (version 0, or that of a dead life) where it is new.

        Raises:
            PlatformNotFound, EnvironmentNotFound: there is no such scope.
        """
        stored = self._look(names)
        if stored is not None and self._is_open(stored):
            return stored
        if not names:
            return Manifest(_key(ROOT, names), ABSENT, id=ROOT, names=names)

        platform = self._ids.get(names[0])
        if platform is None:
            raise PlatformNotFound(names[0])
        life = platform if len(names) == 1 else self._environment(platform, names)
        if stored is None:
            return Manifest(_key(platform, names), ABSENT, id=life, names=names)
        if stored.id == life:
            raise EnvironmentNotFound(names[0], names[-1]) if len(names) > 1 else PlatformNotFound(names[0])
        return stored.reopened(life)

    def _is_open(self, manifest: Manifest) -> bool:
        """Tell whether the scope lives: while a deletion is under way, only its head knows."""
        return manifest.closed is None and (manifest.closing is None or self.owner(manifest) is not None)

    def _look(self, names: Names) -> Manifest | None:
        """Return the manifest under the platform's living id, open or closed."""
        if not names:
            return self.manifest(_key(ROOT, names))
        guess = self._ids.get(names[0])
        guessed = None
        if guess is not None:
            guessed = self.manifest(_key(guess, names))
            if guessed is not None and guessed.closed is None:
                return guessed
        platform = self._living(PLATFORMS.heads, (ROOT, names[0]))
        if platform is None:
            self._ids.pop(names[0], None)
            return None
        if platform.id == guess:
            return guessed
        self._ids[names[0]] = platform.id
        return self.manifest(_key(platform.id, names))

    def manifest(self, key: Key) -> Manifest | None:
        """Return the stored manifest, open or closed; decoded only if it is another one than last time."""
        document = self._store.get("manifests", key)
        if document is None:
            return None
        known = self._decoded.get(key)
        if known is None or known[1].version != document.version or known[0] != document.text:
            known = self._decoded[key] = (document.text, Manifest.of(document))
        return known[1]

    def owner(self, manifest: Manifest) -> Head | None:
        """Return the head of the platform or environment whose manifest this is, if it lives and is the same life."""
        if not manifest.names:
            return None
        if len(manifest.names) == 1:
            head = self._living(PLATFORMS.heads, (ROOT, manifest.names[0]))
        else:
            head = self._living(ENVIRONMENTS.heads, manifest.key)
        return head if head is not None and head.id == manifest.id else None

    def _environment(self, platform: str, names: Names) -> str:
        head = self._living(ENVIRONMENTS.heads, (platform, names[1]))
        if head is None:
            raise EnvironmentNotFound(names[0], names[1])
        return head.id

    def _living(self, heads: str, key: Key) -> Head | None:
        document = self._store.get(heads, key)
        return None if document is None or document.body["deleted"] else Head.of(document)


def _key(platform: str, names: Names) -> Key:
    """Return the manifest's key; a platform's own cannot meet an environment's, whose names hold no ``#``."""
    return (platform, names[1]) if len(names) > 1 else (platform, "#")
