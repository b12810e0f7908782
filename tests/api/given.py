"""What a test begins with: the shortest way to a platform, an environment, a parameter, a flag, an experiment."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tests.api.client import INTERNAL, NO_HEADERS, PUBLIC, Answer, Client, Headers

PROD: Final = "/platforms/web/environments/prod"

PLATFORMS: Final = f"{PUBLIC}/platforms"
ENVIRONMENTS: Final = f"{PUBLIC}/platforms/web/environments"
CONFIGS: Final = f"{PUBLIC}{PROD}/configs"
EDIT_PLATFORMS: Final = f"{INTERNAL}/platforms"
EDIT_ENVIRONMENTS: Final = f"{INTERNAL}/platforms/web/environments"
EDIT_CONFIGS: Final = f"{INTERNAL}{PROD}/configs"
FLAGS: Final = f"{PUBLIC}{PROD}/flags"
EDIT_FLAGS: Final = f"{INTERNAL}{PROD}/flags"
EXPERIMENTS: Final = f"{PUBLIC}{PROD}/experiments"
EDIT_EXPERIMENTS: Final = f"{INTERNAL}{PROD}/experiments"

EXPERIMENT: Final[Mapping[str, Any]] = {
    "experimentKey": "checkout",
    "name": "Checkout",
    "hypothesis": "Fewer steps, more orders",
    "variations": [
        {"key": "control", "name": "Three steps", "value": {"steps": 3}},
        {"key": "green", "name": "One green step", "value": {"steps": 1}},
    ],
    "controlVariation": "control",
    "trafficAllocation": [
        {"variationKey": "control", "percentage": 50},
        {"variationKey": "green", "percentage": 50},
    ],
    "primaryMetric": {
        "id": "orders",
        "name": "Orders",
        "eventName": "order_placed",
        "metricType": "conversion",
        "successDirection": "increase",
    },
}
"""What an experiment needs, and no more."""

ROADS: Final[Mapping[str, Sequence[str]]] = {
    "draft": (),
    "running": ("start",),
    "paused": ("start", "pause"),
    "completed": ("start", "complete"),
    "archived": ("start", "complete", "archive"),
}
"""What to do with a draft so that it comes to each status."""


def a_platform(client: Client, name: str = "web", **fields: Any) -> Answer:
    return _created(client.post(EDIT_PLATFORMS, {"name": name, **fields}))


def an_environment(client: Client, name: str = "prod", **fields: Any) -> Answer:
    """Create an environment of the platform ``web``."""
    return _created(client.post(EDIT_ENVIRONMENTS, {"environment": name, **fields}))


def a_parameter(
    client: Client, key: str = "color", value: str = "red", value_type: str = "string", **fields: Any
) -> Answer:
    """Create a parameter in `PROD`."""
    body = {"parameterKey": key, "valueType": value_type, "defaultValue": value, **fields}
    return _created(client.post(EDIT_CONFIGS, body))


def a_change(client: Client, key: str = "color", value: str = "blue", *, headers: Headers = NO_HEADERS) -> Answer:
    """Change the value of a parameter in `PROD`."""
    return _done(client.patch(f"{EDIT_CONFIGS}/{key}", {"defaultValue": value}, headers))


def a_flag(client: Client, key: str = "dark", **fields: Any) -> Answer:
    """Create a flag in `PROD`."""
    return _created(client.post(EDIT_FLAGS, {"flagKey": key, "name": key.title(), **fields}))


def a_flag_change(client: Client, key: str = "dark", *, headers: Headers = NO_HEADERS, **changes: Any) -> Answer:
    """Make a new version of a flag in `PROD`."""
    return _done(client.put(f"{EDIT_FLAGS}/{key}", changes, headers))


def an_experiment(client: Client, key: str = "checkout", status: str = "draft", **fields: Any) -> Answer:
    """Create an experiment in `PROD` and move it on to *status*; return the last answer."""
    answer = _created(client.post(EDIT_EXPERIMENTS, {**EXPERIMENT, "experimentKey": key, **fields}))
    for action in ROADS[status]:
        answer = an_action(client, action, key)
    return answer


def an_action(client: Client, action: str, key: str = "checkout", body: object = None) -> Answer:
    """Press one of an experiment's buttons."""
    return _done(client.post(f"{EDIT_EXPERIMENTS}/{key}/{action}", body))


def _done(answer: Answer) -> Answer:
    assert answer.status == 200, answer
    return answer


def _created(answer: Answer) -> Answer:
    assert answer.status == 201, answer
    return answer
