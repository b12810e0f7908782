"""What a test begins with: the shortest way to a platform, an environment, a parameter."""

from typing import Any, Final

from tests.api.client import INTERNAL, NO_HEADERS, PUBLIC, Answer, Client, Headers

PROD: Final = "/platforms/web/environments/prod"

PLATFORMS: Final = f"{PUBLIC}/platforms"
ENVIRONMENTS: Final = f"{PUBLIC}/platforms/web/environments"
CONFIGS: Final = f"{PUBLIC}{PROD}/configs"
EDIT_PLATFORMS: Final = f"{INTERNAL}/platforms"
EDIT_ENVIRONMENTS: Final = f"{INTERNAL}/platforms/web/environments"
EDIT_CONFIGS: Final = f"{INTERNAL}{PROD}/configs"


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
    answer = client.patch(f"{EDIT_CONFIGS}/{key}", {"defaultValue": value}, headers)
    assert answer.status == 200, answer
    return answer


def _created(answer: Answer) -> Answer:
    assert answer.status == 201, answer
    return answer
