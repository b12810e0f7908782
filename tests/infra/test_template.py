"""The AWS stack, as SAM expands it to plain CloudFormation."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import copy
from functools import cache
from typing import Any, Final

import pytest
from samtranslator.translator.transform import transform  # type: ignore[import-untyped]
from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

import routes
from infra.render import ROOT
from infra.rendering.template import function_name, template
from togglebox.edge.aws import is_public
from togglebox.edge.endpoint import Endpoint
from togglebox.store.catalogue import TABLES, TABLES_WITH_TTL

type Resource = Mapping[str, Any]

TEXT: Final = (ROOT / "template.yaml").read_text(encoding="utf-8")
NAMES: Final = {function_name(endpoint.name): endpoint for endpoint in routes.ENDPOINTS}


class NoManagedPolicies:
    """What SAM asks for the account's managed policies: there is no account, and we use none."""

    def load(self) -> Mapping[str, str]:
        return {}


@cache
def expanded(text: str = TEXT) -> Mapping[str, Resource]:
    """Return the resources that SAM makes of the template."""
    uploaded = re.sub(r"(CodeUri|ContentUri): \S+", r"\1: s3://bucket/code", text)
    plain = transform(yaml_parse(uploaded), {}, NoManagedPolicies())
    resources: Mapping[str, Resource] = json.loads(json.dumps(plain))["Resources"]
    return resources


def of_type(kind: str, resources: Mapping[str, Resource] | None = None) -> dict[str, Any]:
    found = expanded() if resources is None else resources
    return {name: resource["Properties"] for name, resource in found.items() if resource["Type"] == kind}


def routes_of_api() -> Iterator[tuple[str, str, str]]:
    """Yield method, path and the function's logical id for each route."""
    for path, methods in expanded()["Api"]["Properties"]["Body"]["paths"].items():
        for method, operation in methods.items():
            uri = operation["x-amazon-apigateway-integration"]["uri"]["Fn::Sub"]
            yield method.upper(), path, re.search(r"\$\{(\w+)\.Arn\}/invocations", uri)[1]  # type: ignore[index]


def test_every_endpoint_has_a_function_that_runs_its_handler() -> None:
    handlers = {name: function["Handler"] for name, function in of_type("AWS::Lambda::Function").items()}

    assert handlers == {
        **{name: f"{endpoint.name}.handler" for name, endpoint in NAMES.items()},
        "RouteNotFound": "fallback.route_not_found.handler",
        "RunUpkeep": "jobs.run_upkeep.handler",
        "RunSchedule": "jobs.run_schedule.handler",
        "DeliverMail": "jobs.deliver_mail.handler",
    }


def test_every_route_leads_to_the_function_of_its_endpoint_and_all_else_to_the_fallback() -> None:
    expected = {(endpoint.method, path, name) for name, endpoint in NAMES.items() for path in endpoint.paths.values()}

    assert set(routes_of_api()) == {*expected, ("X-AMAZON-APIGATEWAY-ANY-METHOD", "$default", "RouteNotFound")}


def test_api_gateway_leaves_preflights_to_the_functions() -> None:
    body = expanded()["Api"]["Properties"]["Body"]

    assert "x-amazon-apigateway-cors" not in body
    assert not [path for method, path, _ in routes_of_api() if method == "OPTIONS"]


def test_api_gateway_sends_payload_2() -> None:
    versions = {
        operation["x-amazon-apigateway-integration"]["payloadFormatVersion"]
        for methods in expanded()["Api"]["Properties"]["Body"]["paths"].values()
        for operation in methods.values()
    }

    assert versions == {"2.0"}


def test_every_function_runs_on_the_architecture_that_the_layers_are_built_for() -> None:
    chosen = [{"Ref": "Architecture"}]

    assert all(function["Architectures"] == chosen for function in of_type("AWS::Lambda::Function").values())
    assert all(layer["CompatibleArchitectures"] == chosen for layer in of_type("AWS::Lambda::LayerVersion").values())


@pytest.mark.parametrize("name", NAMES)
def test_a_function_gets_what_it_needs_and_no_more(name: str) -> None:
    function, public = of_type("AWS::Lambda::Function")[name], is_public(NAMES[name])
    role = "Accounts" if NAMES[name].accounts else "PublicRead" if public else "Manage"

    assert function["Role"] == {"Fn::GetAtt": [f"{role}Role", "Arn"]}
    assert function["MemorySize"] == (1_769 if role == "Accounts" else 512)
    assert function["LoggingConfig"] == {"LogGroup": {"Ref": "PublicLogs" if public else "ManageLogs"}}
    assert function["Environment"]["Variables"]["DYNAMODB_CLIENT"] == ("signed" if public else "boto3")
    assert len(function["Layers"]) == 2


def test_no_alias_holds_a_function_back() -> None:
    """SAM publishes a version when a function's code changes, not when a layer's does: ours is in a layer."""
    assert of_type("AWS::Lambda::Alias") == {}


def test_no_role_allows_more_than_named_actions_on_named_tables() -> None:
    statements = [
        statement
        for role in of_type("AWS::IAM::Role").values()
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    assert not [action for statement in statements for action in statement["Action"] if "*" in action]
    assert {action for statement in statements if statement["Resource"] == "*" for action in statement["Action"]} == {
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    }  # X-Ray has no resources


def test_a_role_may_be_taken_on_by_lambda_only_and_brings_no_managed_policy() -> None:
    for role in of_type("AWS::IAM::Role").values():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert "ManagedPolicyArns" not in role


def allowed(role: str) -> set[tuple[str, str]]:
    """Return the actions that a role allows, each with the logical id of the table or log that it is allowed on."""
    return {
        (action, resource["Fn::GetAtt"][0])
        for policy in of_type("AWS::IAM::Role")[role]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for resource in (statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]])
        if "Fn::GetAtt" in resource
        for action in statement["Action"]
    }


def test_the_role_of_public_functions_reads_and_writes_only_who_called() -> None:
    writing = {
        (action, table)
        for action, table in allowed("PublicReadRole")
        if action not in ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query") and "logs:" not in action
    }

    assert writing == {("dynamodb:PutItem", "ApiKeysTable"), ("dynamodb:PutItem", "PasswordResetsTable")}


def test_no_role_but_that_of_accounts_writes_users() -> None:
    """Upkeep removes old entries of their journal, and whoever sends a reset stores what its token is compared with."""
    writing = {
        (role, action)
        for role in of_type("AWS::IAM::Role")
        for action, table in allowed(role)
        if table == "UsersTable" and action not in ("dynamodb:GetItem", "dynamodb:Query")
    }

    assert {role for role, _ in writing} == {"AccountsRole", "MailRole", "UpkeepRole"}
    assert {(role, action) for role, action in writing if role != "AccountsRole"} == {
        ("MailRole", "dynamodb:PutItem"),
        ("UpkeepRole", "dynamodb:BatchWriteItem"),
    }


def test_only_the_job_that_mails_may_send_and_only_as_the_verified_identity() -> None:
    sending = {
        (role, action, json.dumps(statement["Resource"]))
        for role, properties in of_type("AWS::IAM::Role").items()
        for policy in properties["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        for action in statement["Action"]
        if action.startswith("ses:")
    }

    identity = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailIdentity}"
    assert sending == {("MailRole", "ses:SendEmail", json.dumps({"Fn::Sub": identity}))}
    assert of_type("AWS::Lambda::Function")["DeliverMail"]["Role"] == {"Fn::GetAtt": ["MailRole", "Arn"]}


def test_a_stack_that_mails_must_name_who_does() -> None:
    rule = yaml_parse(TEXT)["Rules"]["MailsComeFromSomebody"]

    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "MailProvider"}, "ses"]}
    assert [assertion["Assert"]["Fn::Not"][0]["Fn::Equals"] for assertion in rule["Assertions"]] == [
        [{"Ref": "MailIdentity"}, ""],
        [{"Ref": "FromEmail"}, "noreply@localhost"],
    ]


def test_the_secret_before_signs_nothing_and_is_read_only_where_it_was_replaced() -> None:
    variables = of_type("AWS::Lambda::Function")["Login"]["Environment"]["Variables"]

    condition, before, otherwise = variables["JWT_SECRET_PREVIOUS"]["Fn::If"]
    assert (condition, otherwise) == ("SecretWasReplaced", "")
    assert before["Fn::Sub"].endswith(":SecretString::AWSPREVIOUS}}")


def test_the_ten_tables_are_those_of_the_catalogue() -> None:
    tables = of_type("AWS::DynamoDB::Table")

    assert [table["TableName"] for table in tables.values()] == [
        {"Fn::Sub": f"${{TablePrefix}}togglebox-{base}"} for base in TABLES
    ]
    assert [
        base
        for base, table in zip(TABLES, tables.values(), strict=True)
        if table.get("TimeToLiveSpecification") == {"AttributeName": "ttl", "Enabled": True}
    ] == [base for base in TABLES if base in TABLES_WITH_TTL]


@pytest.mark.parametrize("name", of_type("AWS::DynamoDB::Table"))
def test_a_table_is_paid_by_use_encrypted_recoverable_and_outlives_the_stack(name: str) -> None:
    resource = expanded()[name]
    table = resource["Properties"]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_every_log_is_forgotten_after_a_while() -> None:
    assert {str(logs["RetentionInDays"]) for logs in of_type("AWS::Logs::LogGroup").values()} == {
        "{'Ref': 'LogRetention'}"
    }


def test_every_job_runs_every_minute() -> None:
    rules = of_type("AWS::Events::Rule").values()

    assert {rule["Targets"][0]["Arn"]["Fn::GetAtt"][0]: rule["ScheduleExpression"] for rule in rules} == {
        "RunUpkeep": "rate(1 minute)",
        "RunSchedule": "rate(1 minute)",
        "DeliverMail": "rate(1 minute)",
    }


def test_a_stack_without_authentication_must_name_who_may_call() -> None:
    rule = yaml_parse(TEXT)["Rules"]["SomethingDecidesWhoMayCall"]

    assert rule["RuleCondition"] == {"Fn::Equals": [{"Ref": "EnableAuthentication"}, "false"]}
    assert rule["Assertions"][0]["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "TrustedNetworks"}, ""]}]}


def test_ninety_functions_stay_below_four_hundred_resources() -> None:
    """CloudFormation takes 500; there must be room for what comes beside the functions."""
    many = [renamed(endpoint, copies) for copies in range(5) for endpoint in routes.ENDPOINTS][:90]

    resources = expanded(template(TEXT, many, routes.JOBS))

    assert Counter(resource["Type"] for resource in resources.values())["AWS::Lambda::Function"] == 94
    assert len(resources) < 400


def renamed(endpoint: Endpoint, number: int) -> Endpoint:
    """Return an endpoint like *endpoint*, under another name and path."""
    other = copy(endpoint)
    other.name = f"{endpoint.name}_{'abcde'[number]}"
    other.path = f"/{number}{endpoint.path}"
    return other
