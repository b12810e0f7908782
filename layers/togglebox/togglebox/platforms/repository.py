"""The platforms and their environments, as they are stored."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from togglebox.errors import Conflict, NotFound, ToggleBoxError
from togglebox.journal.kinds import ENVIRONMENTS, PLATFORMS
from togglebox.journal.manifest import Manifest, Mark
from togglebox.journal.publish import Edit, Journal
from togglebox.journal.record import Change, Head
from togglebox.journal.scopes import EnvironmentNotFound
from togglebox.platforms.model import Environment, Platform
from togglebox.snapshot import Shown, Snapshots, View
from togglebox.store.port import NoAnswer, StaleWrite


class PlatformExists(Conflict):
    def __init__(self, name: str) -> None:
        super().__init__(f"Platform {name} already exists")


class EnvironmentExists(Conflict):
    def __init__(self, platform: str, name: str) -> None:
        super().__init__(f"Environment {name} already exists in platform {platform}")


class Platforms:
    """The platforms. Every change raises what `Journal.publish` raises."""

    def __init__(self, journal: Journal, snapshots: Snapshots) -> None:
        self._journal = journal
        self._snapshots = snapshots

    def view(self, *, max_age: float = 0.0) -> View:
        """Return the snapshot of all platforms."""
        return self._snapshots.view((), PLATFORMS, max_age=max_age)

    def shown(self, name: str, *, max_age: float = 0.0) -> Shown:
        """
        Return a platform as the snapshot shows it.

        Raises:
            NotFound: there is none of that name.
        """
        shown = self._snapshots.item((), PLATFORMS, name, max_age=max_age)
        if shown is None:
            raise NotFound("Platform not found")
        return shown

    def create(self, name: str, *, description: str | None, created_by: str | None, change: Change) -> Platform:
        """
        Create a platform.

        Raises:
            PlatformExists: the name is taken.
        """
        edit = self._journal.begin((), PLATFORMS, name, change)
        if edit.earlier is not None:
            return Platform.of(edit.earlier)
        if edit.living is not None:
            raise PlatformExists(name)
        data = {"description": description, "createdBy": created_by, "createdAt": change.at}
        try:
            return Platform.of(self._journal.publish(edit, data))
        except StaleWrite:
            raise PlatformExists(name) from None

    def update(self, name: str, changes: Mapping[str, Any], change: Change) -> Platform:
        """
        Make *changes* (of the description); with none, nothing is published.

        Raises:
            NotFound: there is none of that name.
        """
        edit = self._journal.begin((), PLATFORMS, name, change)
        if edit.earlier is not None:
            return Platform.of(edit.earlier)
        if edit.living is None:
            raise NotFound("Platform not found")
        if not changes:
            return Platform.of(edit.living)
        return Platform.of(self._journal.publish(edit, {**edit.living.data, **changes}))

    def delete(self, name: str, change: Change) -> None:
        """
        Delete a platform and, first, all its environments; after a crash in between, upkeep goes on.

        Raises:
            NotFound: there is none of that name.
            ScopeBusy: an environment is being created, changed or deleted there.
            NoAnswer: it has begun, and something came in between.
        """
        edit = self._journal.begin((), PLATFORMS, name, change)
        if edit.earlier is not None:
            return
        if edit.living is None:
            raise NotFound("Platform not found")
        closing = self._journal.close(edit, (name,), alone=True)
        try:
            self._delete(edit, edit.living, closing)
        except ToggleBoxError as error:
            raise NoAnswer("The deletion has begun; what is left of it is done within two minutes") from error

    def finish_deletion(self, manifest: Manifest, mark: Mark) -> None:
        """
        Go on with a deletion whose writer died: *mark* announced it in the platform's *manifest*.

        Raises:
            StaleWrite: somebody else goes on with it.
        """
        closing, change = self._journal.resume(manifest, mark)
        edit = self._journal.begin((), PLATFORMS, manifest.names[0], change)
        if edit.living is not None:
            self._delete(edit, edit.living, closing)

    def _delete(self, edit: Edit, platform: Head, closing: Manifest) -> None:
        for environment in self._snapshots.view((platform.name,), ENVIRONMENTS).living:
            part = f"{edit.change.id}/{environment.id}"
            change = replace(edit.change, id=part, change_set=edit.change.id, claim=None, if_match=None)
            with suppress(NotFound):  # somebody else goes on with this, too
                _delete_environment(self._journal, platform.name, environment.name, change)
        self._journal.publish(edit, platform.data, deleted=True, closing=closing)


class Environments:
    """The environments of the platforms. Every change raises what `Journal.publish` raises."""

    def __init__(self, journal: Journal, snapshots: Snapshots) -> None:
        self._journal = journal
        self._snapshots = snapshots

    def view(self, platform: str, *, max_age: float = 0.0) -> View:
        """Return the snapshot of a platform's environments; empty if there is no such platform."""
        return self._snapshots.view((platform,), ENVIRONMENTS, max_age=max_age)

    def shown(self, platform: str, name: str, *, max_age: float = 0.0) -> Shown:
        """
        Return an environment as the snapshot shows it.

        Raises:
            NotFound: there is none of that name.
        """
        shown = self._snapshots.item((platform,), ENVIRONMENTS, name, max_age=max_age)
        if shown is None:
            raise NotFound("Environment not found")
        return shown

    def create(
        self, platform: str, name: str, *, description: str | None, created_by: str | None, change: Change
    ) -> Environment:
        """
        Create an environment.

        Raises:
            PlatformNotFound: there is no such platform.
            EnvironmentExists: the name is taken.
        """
        edit = self._journal.begin((platform,), ENVIRONMENTS, name, change)
        if edit.earlier is not None:
            return Environment.of(edit.earlier, platform=platform)
        if edit.living is not None:
            raise EnvironmentExists(platform, name)
        data = {"description": description, "createdBy": created_by, "createdAt": change.at}
        try:
            return Environment.of(self._journal.publish(edit, data), platform=platform)
        except StaleWrite:
            raise EnvironmentExists(platform, name) from None

    def update(self, platform: str, name: str, changes: Mapping[str, Any], change: Change) -> Environment:
        """
        Make *changes* (of the description); with none, nothing is published.

        Raises:
            PlatformNotFound, EnvironmentNotFound: there is none of that name.
        """
        edit = self._journal.begin((platform,), ENVIRONMENTS, name, change)
        if edit.earlier is not None:
            return Environment.of(edit.earlier, platform=platform)
        if edit.living is None:
            raise EnvironmentNotFound(platform, name)
        if not changes:
            return Environment.of(edit.living, platform=platform)
        return Environment.of(self._journal.publish(edit, {**edit.living.data, **changes}), platform=platform)

    def delete(self, platform: str, name: str, change: Change) -> None:
        """
        Delete an environment with all that lies in it.

        Raises:
            PlatformNotFound, EnvironmentNotFound: there is none of that name.
        """
        _delete_environment(self._journal, platform, name, change)


def _delete_environment(journal: Journal, platform: str, name: str, change: Change) -> None:
    edit = journal.begin((platform,), ENVIRONMENTS, name, change)
    if edit.earlier is not None:
        return
    if edit.living is None:
        raise EnvironmentNotFound(platform, name)
    closing = journal.close(edit, (platform, name))
    journal.publish(edit, edit.living.data, deleted=True, closing=closing)
