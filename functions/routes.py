"""Every endpoint, in the order of the documentation, and every job."""

from configs import (
    count_parameters,
    create_parameter,
    delete_parameter,
    get_configs,
    get_history,
    get_parameter,
    get_version,
    list_parameters,
    list_versions,
    rollback_parameter,
    update_parameter,
)
from environments import (
    create_environment,
    delete_environment,
    get_environment,
    list_environments,
    update_environment,
)
from health import get_health, get_readiness
from jobs import run_upkeep
from platforms import create_platform, delete_platform, get_platform, list_platforms, update_platform

ENDPOINTS = (
    get_health.handler,
    get_readiness.handler,
    list_platforms.handler,
    get_platform.handler,
    create_platform.handler,
    update_platform.handler,
    delete_platform.handler,
    list_environments.handler,
    get_environment.handler,
    create_environment.handler,
    update_environment.handler,
    delete_environment.handler,
    get_configs.handler,
    list_parameters.handler,
    count_parameters.handler,
    get_parameter.handler,
    list_versions.handler,
    get_version.handler,
    get_history.handler,
    create_parameter.handler,
    update_parameter.handler,
    rollback_parameter.handler,
    delete_parameter.handler,
)

JOBS = (run_upkeep.handler,)
