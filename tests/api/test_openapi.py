"""The API's description, put to the test: schemathesis asks the local server what `shared/openapi.json` says it may."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.api.client import Client, over_http
from tests.api.given import EDIT_PLATFORMS
from tests.api.world import SECRET
from tests.engines import ROOT
from tests.engines.server import local_server

pytestmark = [pytest.mark.engine("openapi"), pytest.mark.engine("server"), pytest.mark.engine("sqlite")]

BEYOND_CODES = frozenset(
    {"PRECONDITION_FAILED", "IDEMPOTENCY_KEY_REUSED", "ILLEGAL_TRANSITION", "LIMIT_EXCEEDED", "REFUSED"}
)
"""Refusals that depend on what is stored, or on sizes that fields have together."""

BEYOND_PATHS = frozenset(
    {
        "",  # what fields say together: the control among the variations, shares that sum to 100
        "defaultValue",
        "jsonSchema",
        "rolloutPercentageB",
        "scheduledEndAt",
        "scheduledStartAt",
        "secondaryMetrics",
        "trafficAllocation",
        "userId",
        "valueA",
        "valueB",
        "variations",
        "variations.value",
    }
)
"""What no JSON Schema can tell: values by their type, sums, order in time, uniqueness by a field, bytes, U+0000."""

BEYOND_FIELDS = frozenset({"email", "name", "newPassword", "password"})
"""The same of accounts: which addresses mail can reach, which letters can be printed, which passwords are common."""

schema: Any = schemathesis.openapi.from_path(ROOT / "shared" / "openapi.json")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    file: Path = tmp_path_factory.mktemp("described") / "togglebox.db"
    mails = {"MAIL_PROVIDER": "file", "MAIL_FILE": str(file.with_name("mail.txt"))}
    accounts = {"JWT_SECRET": SECRET, "BCRYPT_COST": "10", **mails}
    with local_server({"DB_TYPE": "sqlite", "SQLITE_FILE": str(file), **accounts}) as server:
        yield server.url


def valid_data_is_taken(ctx: Any, response: Any, case: Any) -> bool | None:
    """Check that what the description calls valid is not refused, unless for a reason that no JSON Schema can tell."""
    refusal = response.json() if response.status_code in (400, 412, 422) else {}
    beyond = (
        refusal.get("code") in BEYOND_CODES
        or refusal.get("error") == "Invalid pagination token"
        or {_path(detail) for detail in refusal.get("details", ()) if isinstance(detail, str)} & BEYOND_PATHS
        or {detail.get("field") for detail in refusal.get("details", ()) if isinstance(detail, dict)} & BEYOND_FIELDS
    )
    return True if beyond else positive_data_acceptance(ctx, response, case)


def _path(detail: str) -> str:
    """Return what a detail is about, wherever in a list it stands."""
    return re.sub(r"\.[0-9]+", "", detail.partition(":")[0])


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck), phases=set(Phase) - {Phase.explain})
def test_the_server_does_what_its_description_says(case: Any, url: str) -> None:
    client = Client(over_http(int(url.rpartition(":")[2])))
    client.post(EDIT_PLATFORMS, {"name": "web"})
    client.post(f"{EDIT_PLATFORMS}/web/environments", {"environment": "production"})
    client.post(
        f"{EDIT_PLATFORMS}/web/environments/production/configs",
        {"parameterKey": "theme", "valueType": "string", "defaultValue": "dark"},
    )

    # The strict form of one check stands in for its plain one; all others that schemathesis knows are on.
    case.call_and_validate(
        base_url=url, excluded_checks=[positive_data_acceptance], additional_checks=[valid_data_is_taken]
    )
