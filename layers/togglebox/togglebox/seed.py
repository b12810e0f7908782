"""Something to look at: platforms, environments and what lies in them, from a JSON file, stored by the use cases."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field

from togglebox.app import App
from togglebox.auth.principal import SYSTEM
from togglebox.configs.requests import NewParameter
from togglebox.errors import Conflict
from togglebox.experiments.lifecycle import Action
from togglebox.experiments.requests import NewExperiment
from togglebox.flags.requests import NewFlag
from togglebox.journal.kinds import ENVIRONMENTS, EXPERIMENTS, FLAGS, PARAMETERS, PLATFORMS, Kind
from togglebox.journal.record import Change, iso
from togglebox.journal.scopes import ROOT
from togglebox.platforms.requests import NewEnvironment, NewPlatform


class SeedExperiment(NewExperiment):
    started: bool = Field(default=False, exclude=True)


class SeedEnvironment(NewEnvironment):
    parameters: list[NewParameter] = Field(default_factory=list)
    flags: list[NewFlag] = Field(default_factory=list)
    experiments: list[SeedExperiment] = Field(default_factory=list)


class SeedPlatform(NewPlatform):
    environments: list[SeedEnvironment] = Field(default_factory=list)


class Seed(BaseModel):
    """The file: platforms with their environments, and these with what lies in them, each as the API takes it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    platforms: list[SeedPlatform]


@dataclass(frozen=True, slots=True)
class Step:
    """Something of a seed: where it goes, and how it is created."""

    kind: Kind
    name: str
    create: Callable[[Change], object]
    within: "Step | None" = None


def steps(seed: Seed, app: App) -> Iterator[Step]:
    """Yield what is in the *seed*, parents before children."""
    for platform in seed.platforms:
        in_platform = _platform(platform, app)
        yield in_platform
        for environment in platform.environments:
            in_environment = _environment(platform.name, environment, app, in_platform)
            yield in_environment
            names = platform.name, environment.environment
            yield from (_parameter(names, parameter, app, in_environment) for parameter in environment.parameters)
            yield from (_flag(names, flag, app, in_environment) for flag in environment.flags)
            yield from (_experiment(names, experiment, app, in_environment) for experiment in environment.experiments)


def plant(step: Step, app: App) -> bool:
    """
    Create what *step* names, if nothing of that name ever was there; say whether it was created.

    What exists stays as it is. What was deleted stays deleted, with all that would lie in it.
    """
    parent = _living(step.within, app)
    if parent is None or app.store.get(step.kind.heads, (parent, step.name)) is not None:
        return False
    change = Change(app.new_id(), SYSTEM.email, iso(app.now()), "create", source="seed")
    with suppress(Conflict):  # somebody else was faster
        step.create(change)
        return True
    return False


def _living(step: Step | None, app: App) -> str | None:
    """Return the id of what lives where *step* leads."""
    if step is None:
        return ROOT
    parent = _living(step.within, app)
    head = None if parent is None else app.store.get(step.kind.heads, (parent, step.name))
    return None if head is None or head.body["deleted"] else head.body["id"]


def _platform(new: SeedPlatform, app: App) -> Step:
    def create(change: Change) -> object:
        return app.platforms.create(new.name, description=new.description, created_by=None, change=change)

    return Step(PLATFORMS, new.name, create)


def _environment(platform: str, new: SeedEnvironment, app: App, within: Step) -> Step:
    def create(change: Change) -> object:
        return app.environments.create(
            platform, new.environment, description=new.description, created_by=None, change=change
        )

    return Step(ENVIRONMENTS, new.environment, create, within)


def _parameter(names: tuple[str, str], new: NewParameter, app: App, within: Step) -> Step:
    def create(change: Change) -> object:
        return app.configs.create(names, new.parameter_key, new.data(), change)

    return Step(PARAMETERS, new.parameter_key, create, within)


def _flag(names: tuple[str, str], new: NewFlag, app: App, within: Step) -> Step:
    def create(change: Change) -> object:
        return app.flags.create(names, new.flag_key, new.data(), change)

    return Step(FLAGS, new.flag_key, create, within)


def _experiment(names: tuple[str, str], new: SeedExperiment, app: App, within: Step) -> Step:
    def create(change: Change) -> object:
        created = app.experiments.create(names, new.experiment_key, new.data(), change)
        if not new.started:
            return created
        start = replace(change, id=app.new_id(), action=Action.START.value)
        return app.experiments.move(names, new.experiment_key, Action.START, start)

    return Step(EXPERIMENTS, new.experiment_key, create, within)
