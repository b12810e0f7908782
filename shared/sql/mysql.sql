-- Rendered by infra/render.py from the catalogue of tables: do not edit, run `make render`.

CREATE TABLE IF NOT EXISTS togglebox_users (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_api_keys (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_password_resets (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_platforms (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_environments (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_configs (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_remote_configs (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_flags (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_experiments (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS togglebox_stats (
  pk VARBINARY(1088) NOT NULL,
  sk VARBINARY(1024) NOT NULL,
  version BIGINT NOT NULL,
  body MEDIUMTEXT NOT NULL,
  expires BIGINT,
  gsi1pk VARBINARY(1088),
  gsi1sk VARBINARY(1024),
  gsi2pk VARBINARY(1088),
  gsi2sk VARBINARY(1024),
  gsi3pk VARBINARY(1088),
  gsi3sk VARBINARY(1024),
  PRIMARY KEY (pk, sk)
) ENGINE = InnoDB, ROW_FORMAT = DYNAMIC, CHARACTER SET utf8mb4, COLLATE utf8mb4_bin;

CREATE INDEX togglebox_users_gsi1 ON togglebox_users (gsi1pk, gsi1sk);

CREATE INDEX togglebox_users_gsi2 ON togglebox_users (gsi2pk, gsi2sk);

CREATE INDEX togglebox_users_gsi3 ON togglebox_users (gsi3pk, gsi3sk);

CREATE INDEX togglebox_api_keys_gsi1 ON togglebox_api_keys (gsi1pk, gsi1sk);

CREATE INDEX togglebox_api_keys_gsi2 ON togglebox_api_keys (gsi2pk, gsi2sk);

CREATE INDEX togglebox_api_keys_gsi3 ON togglebox_api_keys (gsi3pk, gsi3sk);

CREATE INDEX togglebox_password_resets_gsi1 ON togglebox_password_resets (gsi1pk, gsi1sk);

CREATE INDEX togglebox_password_resets_gsi2 ON togglebox_password_resets (gsi2pk, gsi2sk);

CREATE INDEX togglebox_password_resets_gsi3 ON togglebox_password_resets (gsi3pk, gsi3sk);

CREATE INDEX togglebox_password_resets_expires ON togglebox_password_resets (expires);

CREATE INDEX togglebox_platforms_gsi1 ON togglebox_platforms (gsi1pk, gsi1sk);

CREATE INDEX togglebox_platforms_gsi2 ON togglebox_platforms (gsi2pk, gsi2sk);

CREATE INDEX togglebox_platforms_gsi3 ON togglebox_platforms (gsi3pk, gsi3sk);

CREATE INDEX togglebox_environments_gsi1 ON togglebox_environments (gsi1pk, gsi1sk);

CREATE INDEX togglebox_environments_gsi2 ON togglebox_environments (gsi2pk, gsi2sk);

CREATE INDEX togglebox_environments_gsi3 ON togglebox_environments (gsi3pk, gsi3sk);

CREATE INDEX togglebox_environments_expires ON togglebox_environments (expires);

CREATE INDEX togglebox_configs_gsi1 ON togglebox_configs (gsi1pk, gsi1sk);

CREATE INDEX togglebox_configs_gsi2 ON togglebox_configs (gsi2pk, gsi2sk);

CREATE INDEX togglebox_configs_gsi3 ON togglebox_configs (gsi3pk, gsi3sk);

CREATE INDEX togglebox_remote_configs_gsi1 ON togglebox_remote_configs (gsi1pk, gsi1sk);

CREATE INDEX togglebox_remote_configs_gsi2 ON togglebox_remote_configs (gsi2pk, gsi2sk);

CREATE INDEX togglebox_remote_configs_gsi3 ON togglebox_remote_configs (gsi3pk, gsi3sk);

CREATE INDEX togglebox_flags_gsi1 ON togglebox_flags (gsi1pk, gsi1sk);

CREATE INDEX togglebox_flags_gsi2 ON togglebox_flags (gsi2pk, gsi2sk);

CREATE INDEX togglebox_flags_gsi3 ON togglebox_flags (gsi3pk, gsi3sk);

CREATE INDEX togglebox_experiments_gsi1 ON togglebox_experiments (gsi1pk, gsi1sk);

CREATE INDEX togglebox_experiments_gsi2 ON togglebox_experiments (gsi2pk, gsi2sk);

CREATE INDEX togglebox_experiments_gsi3 ON togglebox_experiments (gsi3pk, gsi3sk);

CREATE INDEX togglebox_stats_gsi1 ON togglebox_stats (gsi1pk, gsi1sk);

CREATE INDEX togglebox_stats_gsi2 ON togglebox_stats (gsi2pk, gsi2sk);

CREATE INDEX togglebox_stats_gsi3 ON togglebox_stats (gsi3pk, gsi3sk);

CREATE INDEX togglebox_stats_expires ON togglebox_stats (expires);

DROP VIEW IF EXISTS togglebox_platforms_view;

CREATE VIEW togglebox_platforms_view AS SELECT
  CONVERT(h.sk USING utf8mb4) COLLATE utf8mb4_bin AS platform,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.description')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.description'), JSON_EXTRACT(h.body, '$.data.description')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) */ END AS description,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.createdAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.createdAt'), JSON_EXTRACT(h.body, '$.data.createdAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) */ END AS created_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.at')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.at'), JSON_EXTRACT(h.body, '$.change.at')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) */ END AS changed_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.author')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.author'), JSON_EXTRACT(h.body, '$.change.author')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) */ END AS changed_by,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.comment')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.comment'), JSON_EXTRACT(h.body, '$.change.comment')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) */ END AS change_comment,
  h.version AS store_version
FROM togglebox_platforms AS h
WHERE h.pk >= 'platforms#' AND h.pk < 'platforms$' AND JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.deleted')) = 'false';

DROP VIEW IF EXISTS togglebox_environments_view;

CREATE VIEW togglebox_environments_view AS SELECT
  CONVERT(platforms.sk USING utf8mb4) COLLATE utf8mb4_bin AS platform,
  CONVERT(h.sk USING utf8mb4) COLLATE utf8mb4_bin AS environment,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.description')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.description'), JSON_EXTRACT(h.body, '$.data.description')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) */ END AS description,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.createdAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.createdAt'), JSON_EXTRACT(h.body, '$.data.createdAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) */ END AS created_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.at')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.at'), JSON_EXTRACT(h.body, '$.change.at')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) */ END AS changed_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.author')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.author'), JSON_EXTRACT(h.body, '$.change.author')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) */ END AS changed_by,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.comment')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.comment'), JSON_EXTRACT(h.body, '$.change.comment')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) */ END AS change_comment,
  h.version AS store_version
FROM togglebox_environments AS h, togglebox_platforms AS platforms
WHERE CASE JSON_TYPE(JSON_EXTRACT(platforms.body, '$.id')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.id')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(platforms.body, '$.id'), JSON_EXTRACT(platforms.body, '$.id')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.id')) */ END = CONVERT(substr(h.pk, 14) USING utf8mb4) COLLATE utf8mb4_bin
  AND h.pk >= 'environments#' AND h.pk < 'environments$' AND JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.deleted')) = 'false'
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.deleted')) = 'false';

DROP VIEW IF EXISTS togglebox_configs_view;

CREATE VIEW togglebox_configs_view AS SELECT
  CONVERT(platforms.sk USING utf8mb4) COLLATE utf8mb4_bin AS platform,
  CONVERT(environments.sk USING utf8mb4) COLLATE utf8mb4_bin AS environment,
  CONVERT(h.sk USING utf8mb4) COLLATE utf8mb4_bin AS parameter_key,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.valueType')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.valueType')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.valueType'), JSON_EXTRACT(h.body, '$.data.valueType')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.valueType')) */ END AS value_type,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.defaultValue')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.defaultValue')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.defaultValue'), JSON_EXTRACT(h.body, '$.data.defaultValue')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.defaultValue')) */ END AS default_value,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.description')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.description'), JSON_EXTRACT(h.body, '$.data.description')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) */ END AS description,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.parameterGroup')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.parameterGroup')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.parameterGroup'), JSON_EXTRACT(h.body, '$.data.parameterGroup')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.parameterGroup')) */ END AS parameter_group,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.createdAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.createdAt'), JSON_EXTRACT(h.body, '$.data.createdAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) */ END AS created_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.at')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.at'), JSON_EXTRACT(h.body, '$.change.at')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) */ END AS changed_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.author')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.author'), JSON_EXTRACT(h.body, '$.change.author')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) */ END AS changed_by,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.comment')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.comment'), JSON_EXTRACT(h.body, '$.change.comment')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) */ END AS change_comment,
  h.version AS store_version
FROM togglebox_remote_configs AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE CASE JSON_TYPE(JSON_EXTRACT(environments.body, '$.id')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.id')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(environments.body, '$.id'), JSON_EXTRACT(environments.body, '$.id')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.id')) */ END = CONVERT(substr(h.pk, 12) USING utf8mb4) COLLATE utf8mb4_bin
  AND CASE JSON_TYPE(JSON_EXTRACT(platforms.body, '$.id')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.id')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(platforms.body, '$.id'), JSON_EXTRACT(platforms.body, '$.id')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.id')) */ END = CONVERT(substr(environments.pk, 14) USING utf8mb4) COLLATE utf8mb4_bin
  AND h.pk >= 'parameters#' AND h.pk < 'parameters$' AND JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.deleted')) = 'false'
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.deleted')) = 'false'
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.deleted')) = 'false';

DROP VIEW IF EXISTS togglebox_flags_view;

CREATE VIEW togglebox_flags_view AS SELECT
  CONVERT(platforms.sk USING utf8mb4) COLLATE utf8mb4_bin AS platform,
  CONVERT(environments.sk USING utf8mb4) COLLATE utf8mb4_bin AS environment,
  CONVERT(h.sk USING utf8mb4) COLLATE utf8mb4_bin AS flag_key,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.name')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.name')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.name'), JSON_EXTRACT(h.body, '$.data.name')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.name')) */ END AS name,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.description')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.description'), JSON_EXTRACT(h.body, '$.data.description')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) */ END AS description,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.enabled')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.enabled')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.enabled'), JSON_EXTRACT(h.body, '$.data.enabled')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.enabled')) */ END AS enabled,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.flagType')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.flagType')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.flagType'), JSON_EXTRACT(h.body, '$.data.flagType')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.flagType')) */ END AS flag_type,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.valueA')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.valueA')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.valueA'), JSON_EXTRACT(h.body, '$.data.valueA')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.valueA')) */ END AS value_a,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.valueB')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.valueB')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.valueB'), JSON_EXTRACT(h.body, '$.data.valueB')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.valueB')) */ END AS value_b,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.defaultValue')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.defaultValue')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.defaultValue'), JSON_EXTRACT(h.body, '$.data.defaultValue')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.defaultValue')) */ END AS default_value,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.rolloutEnabled')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.rolloutEnabled')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.rolloutEnabled'), JSON_EXTRACT(h.body, '$.data.rolloutEnabled')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.rolloutEnabled')) */ END AS rollout_enabled,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.rolloutPercentageA')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.rolloutPercentageA')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.rolloutPercentageA'), JSON_EXTRACT(h.body, '$.data.rolloutPercentageA')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.rolloutPercentageA')) */ END AS rollout_percentage_a,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.rolloutPercentageB')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.rolloutPercentageB')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.rolloutPercentageB'), JSON_EXTRACT(h.body, '$.data.rolloutPercentageB')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.rolloutPercentageB')) */ END AS rollout_percentage_b,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.createdAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.createdAt'), JSON_EXTRACT(h.body, '$.data.createdAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) */ END AS created_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.at')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.at'), JSON_EXTRACT(h.body, '$.change.at')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) */ END AS changed_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.author')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.author'), JSON_EXTRACT(h.body, '$.change.author')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) */ END AS changed_by,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.comment')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.comment'), JSON_EXTRACT(h.body, '$.change.comment')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) */ END AS change_comment,
  h.version AS store_version
FROM togglebox_flags AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE CASE JSON_TYPE(JSON_EXTRACT(environments.body, '$.id')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.id')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(environments.body, '$.id'), JSON_EXTRACT(environments.body, '$.id')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.id')) */ END = CONVERT(substr(h.pk, 7) USING utf8mb4) COLLATE utf8mb4_bin
  AND CASE JSON_TYPE(JSON_EXTRACT(platforms.body, '$.id')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.id')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(platforms.body, '$.id'), JSON_EXTRACT(platforms.body, '$.id')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.id')) */ END = CONVERT(substr(environments.pk, 14) USING utf8mb4) COLLATE utf8mb4_bin
  AND h.pk >= 'flags#' AND h.pk < 'flags$' AND JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.deleted')) = 'false'
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.deleted')) = 'false'
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.deleted')) = 'false';

DROP VIEW IF EXISTS togglebox_experiments_view;

CREATE VIEW togglebox_experiments_view AS SELECT
  CONVERT(platforms.sk USING utf8mb4) COLLATE utf8mb4_bin AS platform,
  CONVERT(environments.sk USING utf8mb4) COLLATE utf8mb4_bin AS environment,
  CONVERT(h.sk USING utf8mb4) COLLATE utf8mb4_bin AS experiment_key,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.name')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.name')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.name'), JSON_EXTRACT(h.body, '$.data.name')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.name')) */ END AS name,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.hypothesis')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.hypothesis')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.hypothesis'), JSON_EXTRACT(h.body, '$.data.hypothesis')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.hypothesis')) */ END AS hypothesis,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.description')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.description'), JSON_EXTRACT(h.body, '$.data.description')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.description')) */ END AS description,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.status')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.status')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.status'), JSON_EXTRACT(h.body, '$.data.status')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.status')) */ END AS status,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.controlVariation')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.controlVariation')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.controlVariation'), JSON_EXTRACT(h.body, '$.data.controlVariation')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.controlVariation')) */ END AS control_variation,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.primaryMetric.id')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.primaryMetric.id')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.primaryMetric.id'), JSON_EXTRACT(h.body, '$.data.primaryMetric.id')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.primaryMetric.id')) */ END AS primary_metric,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.winner')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.winner')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.winner'), JSON_EXTRACT(h.body, '$.data.winner')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.winner')) */ END AS winner,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.scheduledStartAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.scheduledStartAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.scheduledStartAt'), JSON_EXTRACT(h.body, '$.data.scheduledStartAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.scheduledStartAt')) */ END AS scheduled_start_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.scheduledEndAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.scheduledEndAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.scheduledEndAt'), JSON_EXTRACT(h.body, '$.data.scheduledEndAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.scheduledEndAt')) */ END AS scheduled_end_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.startedAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.startedAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.startedAt'), JSON_EXTRACT(h.body, '$.data.startedAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.startedAt')) */ END AS started_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.completedAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.completedAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.completedAt'), JSON_EXTRACT(h.body, '$.data.completedAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.completedAt')) */ END AS completed_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.data.createdAt')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.data.createdAt'), JSON_EXTRACT(h.body, '$.data.createdAt')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.data.createdAt')) */ END AS created_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.at')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.at'), JSON_EXTRACT(h.body, '$.change.at')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.at')) */ END AS changed_at,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.author')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.author'), JSON_EXTRACT(h.body, '$.change.author')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.author')) */ END AS changed_by,
  CASE JSON_TYPE(JSON_EXTRACT(h.body, '$.change.comment')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(h.body, '$.change.comment'), JSON_EXTRACT(h.body, '$.change.comment')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.change.comment')) */ END AS change_comment,
  h.version AS store_version
FROM togglebox_experiments AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE CASE JSON_TYPE(JSON_EXTRACT(environments.body, '$.id')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.id')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(environments.body, '$.id'), JSON_EXTRACT(environments.body, '$.id')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.id')) */ END = CONVERT(substr(h.pk, 13) USING utf8mb4) COLLATE utf8mb4_bin
  AND CASE JSON_TYPE(JSON_EXTRACT(platforms.body, '$.id')) WHEN 'NULL' THEN NULL WHEN 'BOOLEAN' THEN IF(JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.id')) = 'true', '1', '0') ELSE /*M! COALESCE(JSON_VALUE(platforms.body, '$.id'), JSON_EXTRACT(platforms.body, '$.id')) */ /*!80000 JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.id')) */ END = CONVERT(substr(environments.pk, 14) USING utf8mb4) COLLATE utf8mb4_bin
  AND h.pk >= 'experiments#' AND h.pk < 'experiments$' AND JSON_UNQUOTE(JSON_EXTRACT(h.body, '$.deleted')) = 'false'
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND JSON_UNQUOTE(JSON_EXTRACT(environments.body, '$.deleted')) = 'false'
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND JSON_UNQUOTE(JSON_EXTRACT(platforms.body, '$.deleted')) = 'false';
