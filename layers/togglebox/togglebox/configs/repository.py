"""The parameters of the environments, as they are stored and as the public reads them."""

from collections.abc import Mapping
from typing import Any, Final

from togglebox.configs.model import Parameter, check
from togglebox.errors import Conflict, NotFound
from togglebox.journal.history import ChangeView, change_between
from togglebox.journal.kinds import PARAMETERS
from togglebox.journal.publish import Journal
from togglebox.journal.record import Change, Head
from togglebox.snapshot import Shown, Snapshots, View
from togglebox.store.port import Body, StaleWrite

type Names = tuple[str, str]
"""(platform, environment)"""

FIELDS: Final = ("valueType", "defaultValue", "description", "parameterGroup", "jsonSchema")
"""What a history compares."""


class ParameterExists(Conflict):
    def __init__(self, key: str, names: Names) -> None:
        super().__init__(f"Parameter {key} already exists in {names[0]}/{names[1]}")


class ParameterNotFound(NotFound):
    def __init__(self, key: str, names: Names) -> None:
        super().__init__(f"Parameter {key} not found in {names[0]}/{names[1]}")


class Parameters:
    """
    The parameters. Every change raises what `Journal.publish` raises, and `NotFound` for an unknown environment.

    A change makes a version; public version numbers of one life of a key only grow, a rollback too makes a new one.
    """

    def __init__(self, journal: Journal, snapshots: Snapshots) -> None:
        self._journal = journal
        self._snapshots = snapshots

    def view(self, names: Names, *, max_age: float = 0.0) -> View:
        """Return the snapshot of an environment's parameters; empty if there is no such environment."""
        return self._snapshots.view(names, PARAMETERS, max_age=max_age)

    def shown(self, names: Names, key: str, *, max_age: float = 0.0) -> Shown:
        """
        Return a parameter's active version as the snapshot shows it.

        Raises:
            NotFound: there is none.
        """
        shown = self._snapshots.item(names, PARAMETERS, key, max_age=max_age)
        if shown is None:
            raise NotFound("Parameter not found")
        return shown

    def find(self, names: Names, key: str, *, max_age: float = 0.0) -> Head | None:
        """Return what lives under *key*, to read its versions from."""
        shown = self._snapshots.item(names, PARAMETERS, key, max_age=max_age)
        return None if shown is None else shown.head

    def last(self, names: Names, key: str) -> Head:
        """
        Return what was last published under *key*, also the tombstone of a deleted parameter.

        Raises:
            NotFound: nothing was.
        """
        head = self._journal.last(names, PARAMETERS, key)
        if head is None:
            raise NotFound("Parameter not found")
        return head

    def version(self, names: Names, key: str, number: int) -> Parameter:
        """
        Return one version of a parameter.

        Raises:
            NotFound: there is no such parameter, or it never had that version.
        """
        head = self.shown(names, key).head
        found = self._numbered(head, number)
        return Parameter.of(found, names, active=found.version == head.version)

    def versions(self, names: Names, head: Head, *, skip: int, limit: int) -> list[Parameter]:
        """Return up to *limit* versions of the life that *head* is the last of, newest first, leaving out *skip*."""
        return [
            Parameter.of(version, names, active=version.version == head.version)
            for version in self._journal.walk(PARAMETERS, head, skip=skip, limit=limit)
        ]

    def history(self, head: Head, *, skip: int, limit: int) -> list[ChangeView]:
        """Return up to *limit* changes of the life that *head* is the last of, newest first, leaving out *skip*."""
        versions = self._journal.walk(PARAMETERS, head, skip=skip, limit=limit + 1)
        return [
            change_between(previous, version, fields=FIELDS, version=str(version.number))
            for version, previous in zip(versions, [*versions[1:], None], strict=True)
        ][:limit]

    def _numbered(self, head: Head, number: int) -> Head:
        found = self._journal.version(PARAMETERS, head, head.born + number - 1) if number >= 1 else None
        if found is None:
            raise NotFound(f"Version {number} not found for parameter {head.name}")
        return found

    def create(self, names: Names, key: str, data: Body, change: Change) -> Parameter:
        """
        Create a parameter as version 1.

        Raises:
            Invalid: its value breaks its type or its schema.
            ParameterExists: the key is taken.
            LimitExceeded: there are 2,000 already.
        """
        check(data)
        edit = self._journal.begin(names, PARAMETERS, key, change)
        if edit.earlier is not None:
            return Parameter.of(edit.earlier, names)
        if edit.living is not None:
            raise ParameterExists(key, names)
        try:
            return Parameter.of(self._journal.publish(edit, data), names)
        except StaleWrite:
            raise ParameterExists(key, names) from None

    def update(self, names: Names, key: str, changes: Mapping[str, Any], change: Change) -> Parameter:
        """
        Make a new version with *changes*; what they do not name stays.

        Raises:
            ParameterNotFound: there is no such parameter.
            Invalid: the value that would result breaks its type or its schema.
        """
        edit = self._journal.begin(names, PARAMETERS, key, change)
        if edit.earlier is not None:
            return Parameter.of(edit.earlier, names)
        if edit.living is None:
            raise ParameterNotFound(key, names)
        data = {**edit.living.data, **changes}
        check(data)
        return Parameter.of(self._journal.publish(edit, data), names)

    def rollback(self, names: Names, key: str, number: int, change: Change) -> Parameter:
        """
        Make a new version with the content of version *number*; if that one is active, leave it so.

        Raises:
            ParameterNotFound: there is no such parameter.
            NotFound: it never had that version.
        """
        edit = self._journal.begin(names, PARAMETERS, key, change)
        if edit.earlier is not None:
            return Parameter.of(edit.earlier, names)
        if edit.living is None:
            raise ParameterNotFound(key, names)
        head = edit.living
        found = self._numbered(head, number)
        if found.version == head.version:
            return Parameter.of(head, names)
        return Parameter.of(self._journal.publish(edit, found.data), names)

    def delete(self, names: Names, key: str, change: Change) -> None:
        """
        Delete a parameter with all its versions.

        Raises:
            ParameterNotFound: there is no such parameter.
        """
        edit = self._journal.begin(names, PARAMETERS, key, change)
        if edit.earlier is not None:
            return
        if edit.living is None:
            raise ParameterNotFound(key, names)
        self._journal.publish(edit, edit.living.data, deleted=True)
