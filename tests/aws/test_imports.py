"""What a function imports before its first call: the public ones nothing that starts slowly."""

import os
import subprocess
import sys

import pytest

import routes
from tests.engines import ROOT
from togglebox.edge.aws import is_public
from togglebox.edge.endpoint import Endpoint

SLOW = frozenset({"aws_lambda_powertools", "boto3", "botocore", "httpx", "jsonschema", "jwt", "pydantic", "ssl"})
BODIES = frozenset({"pydantic"})
"""What a function that reads a body imports besides."""
PUBLIC = [endpoint for endpoint in routes.ENDPOINTS if is_public(endpoint)]


READING = {endpoint.name: endpoint.body is not None for endpoint in PUBLIC}


@pytest.mark.parametrize("module", ["fallback.route_not_found", *READING])
def test_a_public_function_imports_nothing_that_starts_slowly(module: str) -> None:
    needed = BODIES if READING.get(module) else frozenset()
    assert imported_by(module, DYNAMODB_ENDPOINT="http://127.0.0.1:1") & SLOW == needed


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in PUBLIC if endpoint.body is None], ids=repr)
def test_a_function_imports_everything_before_its_first_call(endpoint: Endpoint) -> None:
    assert "togglebox.edge.aws" in imported_by(endpoint.name, DYNAMODB_ENDPOINT="http://127.0.0.1:1")


def test_a_management_function_has_its_client_and_powertools_before_its_first_call() -> None:
    assert imported_by("configs.create_parameter", DYNAMODB_CLIENT="boto3") >= {
        "aws_lambda_powertools",
        "boto3",
        "pydantic",
    }


def test_what_takes_api_keys_waits_for_no_token() -> None:
    assert "jwt" not in imported_by("togglebox.auth.accounts")


def imported_by(module: str, **variables: str) -> set[str]:
    """Return what a process on Lambda has imported once it has the handler in *module*."""
    told = subprocess.run(
        [sys.executable, "-c", f"import {module}, sys; print(*sys.modules)"],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join((str(ROOT / "functions"), str(ROOT / "layers" / "togglebox"))),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_LAMBDA_FUNCTION_NAME": "Function",
            "DB_TYPE": "dynamodb",
            "DYNAMODB_CLIENT": "signed",
            "TRUSTED_NETWORKS": "0.0.0.0/0",
            **variables,
        },
        capture_output=True,
        check=True,
        text=True,
    )
    return set(told.stdout.split())
