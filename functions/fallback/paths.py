# Rendered by infra/render.py from functions/routes.py: do not edit, run `make render`.
# ruff: noqa: E501
"""Every route of the API: its method, its path, and the module of its handler."""

PATHS = (
    "GET /health health.get_health",
    "GET /api/v1/health health.get_health",
    "GET /ready health.get_readiness",
    "GET /api/v1/platforms platforms.list_platforms",
    "GET /api/v1/platforms/{platform} platforms.get_platform",
    "POST /api/v1/internal/platforms platforms.create_platform",
    "PATCH /api/v1/internal/platforms/{platform} platforms.update_platform",
    "DELETE /api/v1/internal/platforms/{platform} platforms.delete_platform",
    "GET /api/v1/platforms/{platform}/environments environments.list_environments",
    "GET /api/v1/platforms/{platform}/environments/{environment} environments.get_environment",
    "POST /api/v1/internal/platforms/{platform}/environments environments.create_environment",
    "PATCH /api/v1/internal/platforms/{platform}/environments/{environment} environments.update_environment",
    "DELETE /api/v1/internal/platforms/{platform}/environments/{environment} environments.delete_environment",
    "GET /api/v1/platforms/{platform}/environments/{environment}/configs configs.get_configs",
    "GET /api/v1/platforms/{platform}/environments/{environment}/configs/list configs.list_parameters",
    "GET /api/v1/internal/platforms/{platform}/environments/{environment}/configs/list configs.list_parameters",
    "GET /api/v1/platforms/{platform}/environments/{environment}/configs/count configs.count_parameters",
    "GET /api/v1/internal/platforms/{platform}/environments/{environment}/configs/count configs.count_parameters",
    "GET /api/v1/platforms/{platform}/environments/{environment}/configs/{parameterKey} configs.get_parameter",
    "GET /api/v1/platforms/{platform}/environments/{environment}/configs/{parameterKey}/versions configs.list_versions",
    "GET /api/v1/internal/platforms/{platform}/environments/{environment}/configs/{parameterKey}/versions configs.list_versions",
    "GET /api/v1/platforms/{platform}/environments/{environment}/configs/{parameterKey}/versions/{version} configs.get_version",
    "GET /api/v1/internal/platforms/{platform}/environments/{environment}/configs/{parameterKey}/versions/{version} configs.get_version",
    "GET /api/v1/internal/platforms/{platform}/environments/{environment}/configs/{parameterKey}/history configs.get_history",
    "POST /api/v1/internal/platforms/{platform}/environments/{environment}/configs configs.create_parameter",
    "PATCH /api/v1/internal/platforms/{platform}/environments/{environment}/configs/{parameterKey} configs.update_parameter",
    "POST /api/v1/internal/platforms/{platform}/environments/{environment}/configs/{parameterKey}/rollback configs.rollback_parameter",
    "DELETE /api/v1/internal/platforms/{platform}/environments/{environment}/configs/{parameterKey} configs.delete_parameter",
)
