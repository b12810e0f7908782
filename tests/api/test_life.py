"""Any order of changes, beside a model that a page of Python holds: two processes always show what the model says."""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.api.client import Answer, Client
from tests.api.given import (
    CONFIGS,
    EDIT_CONFIGS,
    EDIT_ENVIRONMENTS,
    EDIT_PLATFORMS,
    ENVIRONMENTS,
    PLATFORMS,
    a_platform,
    an_environment,
)
from tests.api.world import World

pytestmark = pytest.mark.engine("memory")

keys = st.sampled_from(["a", "b", "list"])
values = st.sampled_from(["red", "blue", ""])


class Life(RuleBasedStateMachine):
    """
    Platforms, environments and parameters as they come, change and go.

    *versions* maps the keys of living parameters to their values by version; ``None``: there is no environment.
    """

    @initialize()
    def begin(self) -> None:
        self.world = World()
        self.processes = [self.world.client, self.world.process()]
        self.versions: dict[str, list[str]] | None = {}
        self.platform = True
        self.tags: dict[str, str] = {}
        a_platform(self.world.client)
        an_environment(self.world.client)

    @rule(key=keys, value=values, by=st.integers(0, 1))
    def create(self, key: str, value: str, by: int) -> None:
        body = {"parameterKey": key, "valueType": "string", "defaultValue": value}
        answer = self.processes[by].post(EDIT_CONFIGS, body)

        if self.versions is None:
            assert answer.status == 404
        elif key in self.versions:
            assert answer.status == 409
        else:
            self.versions[key] = [value]
            self.made(answer, key, 201)

    @rule(key=keys, value=values, by=st.integers(0, 1))
    def change(self, key: str, value: str, by: int) -> None:
        answer = self.processes[by].patch(f"{EDIT_CONFIGS}/{key}", {"defaultValue": value})

        if self.versions is None or key not in self.versions:
            assert answer.status == 404
        else:
            self.versions[key].append(value)
            self.made(answer, key, 200)

    @rule(key=keys, value=values, by=st.integers(0, 1))
    def change_what_was_seen(self, key: str, value: str, by: int) -> None:
        """Change under the tag that was seen last, which deletions and new lives make stale."""
        if key not in self.tags:
            return
        headers = {"If-Match": self.tags[key]}
        answer = self.processes[by].patch(f"{EDIT_CONFIGS}/{key}", {"defaultValue": value}, headers)

        if self.versions is None:
            assert answer.status == 404
        elif answer.status == 412:
            assert key not in self.versions
        else:
            self.versions[key].append(value)
            self.made(answer, key, 200)

    @rule(key=keys, number=st.integers(1, 4), by=st.integers(0, 1))
    def roll_back(self, key: str, number: int, by: int) -> None:
        answer = self.processes[by].post(f"{EDIT_CONFIGS}/{key}/rollback", {"version": str(number)})

        versions = [] if self.versions is None else self.versions.get(key, [])
        if number > len(versions):
            assert answer.status == 404
        else:
            if number < len(versions):
                versions.append(versions[number - 1])
            self.made(answer, key, 200)

    @rule(key=keys, by=st.integers(0, 1))
    def delete(self, key: str, by: int) -> None:
        answer = self.processes[by].delete(f"{EDIT_CONFIGS}/{key}")

        if self.versions is None or key not in self.versions:
            assert answer.status == 404
        else:
            assert answer.status == 204
            del self.versions[key]

    @rule(by=st.integers(0, 1))
    def delete_environment(self, by: int) -> None:
        answer = self.processes[by].delete(f"{EDIT_ENVIRONMENTS}/prod")

        assert answer.status == (404 if self.versions is None else 204)
        self.versions = None

    @rule(by=st.integers(0, 1))
    def delete_platform(self, by: int) -> None:
        answer = self.processes[by].delete(f"{EDIT_PLATFORMS}/web")

        assert answer.status == (204 if self.platform else 404)
        self.platform, self.versions = False, None

    @rule(by=st.integers(0, 1))
    def create_what_holds_them(self, by: int) -> None:
        client = self.processes[by]

        assert client.post(EDIT_PLATFORMS, {"name": "web"}).status == (409 if self.platform else 201)
        assert client.post(EDIT_ENVIRONMENTS, {"environment": "prod"}).status == (201 if self.versions is None else 409)
        self.platform = True
        self.versions = self.versions or {}

    @rule(minutes=st.sampled_from([0.5, 2, 60, 60 * 24 * 31]))
    def wait(self, minutes: float) -> None:
        """Let time pass, and upkeep do its work."""
        self.world.clock.advance(minutes=minutes)
        self.world.app.upkeep.run()

    @rule()
    def restart(self) -> None:
        self.processes[1] = self.world.process()

    @invariant()
    def every_process_shows_what_there_is(self) -> None:
        for client in getattr(self, "processes", ()):
            self.shows(client)

    def shows(self, client: Client) -> None:
        living = self.versions or {}
        assert [entry["name"] for entry in client.get(PLATFORMS).data] == ["web"] * self.platform
        assert len(client.get(ENVIRONMENTS).data) == (self.versions is not None)
        assert client.get(CONFIGS).data == {key: versions[-1] for key, versions in living.items()}
        assert client.get(f"{CONFIGS}/count").data == {"count": len(living)}
        listed = client.get(f"{CONFIGS}/list").data
        assert [(entry["parameterKey"], entry["version"]) for entry in listed] == [
            (key, str(len(living[key]))) for key in sorted(living)
        ]
        for key in ("a", "b", "list"):
            told: list[Any] = client.get(f"{CONFIGS}/{key}/versions").data
            assert [entry["defaultValue"] for entry in told] == living.get(key, [])[::-1]

    def made(self, answer: Answer, key: str, status: int) -> None:
        assert self.versions is not None
        assert answer.status == status
        assert answer.data["version"] == str(len(self.versions[key]))
        assert answer.data["defaultValue"] == self.versions[key][-1]
        self.tags[key] = answer.etag


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
