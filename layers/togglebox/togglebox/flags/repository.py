"""The flags of the environments, as they are stored and as the public reads them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from togglebox.errors import Conflict, NotFound
from togglebox.evaluation.environment import CompiledEnvironment, compile_environment
from togglebox.evaluation.flags import CompiledFlag, compile_flag
from togglebox.flags import versions
from togglebox.flags.values import check, complete
from togglebox.journal.history import ChangeView, change_between
from togglebox.journal.kinds import FLAGS
from togglebox.journal.publish import Edit, Journal
from togglebox.journal.record import Change, Head
from togglebox.snapshot import NOWHERE, Shown, Snapshots, View
from togglebox.store.port import Body, StaleWrite

type Names = tuple[str, str]
"""(platform, environment)"""

WHOLE: Final = ""
"""Where a view keeps the rules of all its flags together: no flag has this key."""

FIELDS: Final = (
    "name",
    "description",
    "enabled",
    "flagType",
    "valueA",
    "valueB",
    "targeting",
    "defaultValue",
    "rolloutEnabled",
    "rolloutPercentageA",
    "rolloutPercentageB",
)
SWITCHES: Final[Mapping[str, Sequence[str]]] = {
    "enabled": ("enabled",),
    "rollout": ("rolloutEnabled", "rolloutPercentageA", "rolloutPercentageB"),
}
"""What a rollback leaves as it is unless told otherwise, so that none revives a flag that was switched off."""


class FlagExists(Conflict):
    def __init__(self, key: str, names: Names) -> None:
        super().__init__(f"Flag {key} already exists in {names[0]}/{names[1]}")


class FlagNotFound(NotFound):
    def __init__(self, key: str) -> None:
        super().__init__(f"Feature flag not found: {key}")


class Flags:
    """The flags. Every change raises what `Journal.publish` raises, and `NotFound` for an unknown environment."""

    def __init__(self, journal: Journal, snapshots: Snapshots) -> None:
        self._journal = journal
        self._snapshots = snapshots

    def view(self, names: Names, *, max_age: float = 0.0) -> View:
        """Return the snapshot of an environment's flags; empty if there is no such environment."""
        return self._snapshots.view(names, FLAGS, max_age=max_age)

    def shown(self, names: Names, key: str, *, max_age: float = 0.0) -> Shown:
        """
        Return a flag as the snapshot shows it.

        Raises:
            NotFound: there is none.
        """
        shown = self._snapshots.item(names, FLAGS, key, max_age=max_age)
        if shown is None:
            raise NotFound("Feature flag not found")
        return shown

    def compiled(self, names: Names, key: str, *, max_age: float = 0.0) -> CompiledFlag:
        """
        Return a flag, ready to decide; compiled once while the snapshot lasts.

        Raises:
            NotFound: there is none.
        """
        view, head = self.shown(names, key, max_age=max_age)
        made = view.rules.get(key)
        if not isinstance(made, CompiledFlag):
            made = view.rules[key] = compile_flag({**head.data, "flagKey": key})
        return made

    def compiled_all(self, names: Names, *, max_age: float = 0.0) -> CompiledEnvironment:
        """Return all flags of an environment, ready to decide together; none if there is no such environment."""
        view = self.view(names, max_age=max_age)
        made = view.rules.get(WHOLE)
        if not isinstance(made, CompiledEnvironment):
            made = compile_environment([{**head.data, "flagKey": head.name} for head in view.living])
            if view is not NOWHERE:
                view.rules[WHOLE] = made
        return made

    def find(self, names: Names, key: str) -> Head | None:
        """Return what lives under *key*, to read its versions from."""
        shown = self._snapshots.item(names, FLAGS, key)
        return None if shown is None else shown.head

    def last(self, names: Names, key: str) -> Head:
        """
        Return what was last published under *key*, also the tombstone of a deleted flag.

        Raises:
            NotFound: nothing was.
        """
        head = self._journal.last(names, FLAGS, key)
        if head is None:
            raise NotFound("Feature flag not found")
        return head

    def version(self, names: Names, key: str, patch: int) -> tuple[Head, bool]:
        """
        Return the last state of one public version, and whether it is the active one.

        Raises:
            NotFound: there is no such flag, or it never had that version.
        """
        head = self.shown(names, key).head
        return self._state(head, patch), patch == head.data["patch"]

    def versions(self, head: Head, *, skip: int, limit: int) -> list[Head]:
        """Return the last states of up to *limit* public versions, newest first, leaving out *skip*."""
        newest = head.data["patch"] - skip
        return versions.last_states(self._journal, head, range(newest, max(newest - limit, -1), -1))

    def history(self, head: Head, *, skip: int, limit: int) -> list[ChangeView]:
        """Return up to *limit* changes of the life that *head* is the last of, newest first, leaving out *skip*."""
        states = self._journal.walk(FLAGS, head, skip=skip, limit=limit + 1)
        return [
            change_between(previous, state, fields=FIELDS, version=versions.text_of(state.data["patch"]))
            for state, previous in zip(states, [*states[1:], None], strict=True)
        ][:limit]

    def create(self, names: Names, key: str, data: Body, change: Change) -> Head:
        """
        Create a flag as version 1.0.0.

        Raises:
            Invalid, LimitExceeded: see `check`.
            FlagExists: the key is taken.
        """
        check(key, data)
        edit = self._journal.begin(names, FLAGS, key, change)
        if edit.earlier is not None:
            return edit.earlier
        if edit.living is not None:
            raise FlagExists(key, names)
        data = {**data, "bucketing": {"hash": 1, "salt": key, "unit": "userId"}}
        try:
            return self._journal.publish(edit, versions.first(data, at=change.at, store_version=edit.next_version))
        except StaleWrite:
            raise FlagExists(key, names) from None

    def update(self, names: Names, key: str, changes: Mapping[str, Any], change: Change) -> Head:
        """
        Make a new public version with *changes*; what they do not name stays.

        Raises:
            FlagNotFound: there is no such flag.
            Invalid, LimitExceeded: see `check`.
        """
        edit = self._begin(names, key, change)
        if edit.earlier is not None:
            return edit.earlier
        data = versions.following(
            self._living(edit).data, {**changes, **complete(changes)}, store_version=edit.next_version
        )
        check(key, data)
        return self._journal.publish(edit, data)

    def switch(self, names: Names, key: str, changes: Mapping[str, Any], change: Change) -> Head:
        """
        Change the switch or the rollout in place: the public version stays, the journal tells.

        Raises:
            FlagNotFound: there is no such flag.
            Invalid: the percentages do not sum to 100.
        """
        edit = self._begin(names, key, change)
        if edit.earlier is not None:
            return edit.earlier
        data = versions.in_place(
            self._living(edit).data, {**changes, **complete(changes)}, store_version=edit.next_version
        )
        check(key, data)
        return self._journal.publish(edit, data)

    def rollback(self, names: Names, key: str, patch: int, include: Sequence[str], change: Change) -> Head:
        """
        Make a new public version with the last state of version *patch*, except the switches not named in *include*.

        If that version is active, leave it so.

        Raises:
            FlagNotFound: there is no such flag.
            NotFound: it never had that version.
        """
        edit = self._begin(names, key, change)
        if edit.earlier is not None:
            return edit.earlier
        head = self._living(edit)
        if patch == head.data["patch"]:
            return head
        state = self._state(head, patch)
        kept = {name for switch, fields in SWITCHES.items() if switch not in include for name in fields}
        content = {name: state.data[name] for name in FIELDS if name not in kept}
        return self._journal.publish(edit, versions.following(head.data, content, store_version=edit.next_version))

    def delete(self, names: Names, key: str, change: Change) -> None:
        """
        Delete a flag with all its versions.

        Raises:
            FlagNotFound: there is no such flag.
        """
        edit = self._begin(names, key, change)
        if edit.earlier is None:
            self._journal.publish(edit, self._living(edit).data, deleted=True)

    def _begin(self, names: Names, key: str, change: Change) -> Edit:
        edit = self._journal.begin(names, FLAGS, key, change)
        if edit.earlier is None and edit.living is None:
            raise FlagNotFound(key)
        return edit

    def _living(self, edit: Edit) -> Head:
        assert edit.living is not None, "`_begin` has looked"
        return edit.living

    def _state(self, head: Head, patch: int) -> Head:
        states = versions.last_states(self._journal, head, [patch])
        if not states:
            raise NotFound(f"Feature flag version {versions.text_of(patch)} not found")
        return states[0]
