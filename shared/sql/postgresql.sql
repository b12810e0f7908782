-- Rendered by infra/render.py from the catalogue of tables: do not edit, run `make render`.

CREATE TABLE IF NOT EXISTS togglebox_users (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_api_keys (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_password_resets (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_platforms (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_environments (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_configs (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_remote_configs (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_flags (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_experiments (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE TABLE IF NOT EXISTS togglebox_stats (
  pk TEXT COLLATE "C" NOT NULL,
  sk TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL,
  expires BIGINT,
  gsi1pk TEXT COLLATE "C",
  gsi1sk TEXT COLLATE "C",
  gsi2pk TEXT COLLATE "C",
  gsi2sk TEXT COLLATE "C",
  gsi3pk TEXT COLLATE "C",
  gsi3sk TEXT COLLATE "C",
  PRIMARY KEY (pk, sk)
);

CREATE INDEX IF NOT EXISTS togglebox_users_gsi1 ON togglebox_users (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_users_gsi2 ON togglebox_users (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_users_gsi3 ON togglebox_users (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi1 ON togglebox_api_keys (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi2 ON togglebox_api_keys (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi3 ON togglebox_api_keys (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi1 ON togglebox_password_resets (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi2 ON togglebox_password_resets (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi3 ON togglebox_password_resets (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_expires ON togglebox_password_resets (expires) WHERE expires IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi1 ON togglebox_platforms (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi2 ON togglebox_platforms (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi3 ON togglebox_platforms (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi1 ON togglebox_environments (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi2 ON togglebox_environments (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi3 ON togglebox_environments (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_expires ON togglebox_environments (expires) WHERE expires IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi1 ON togglebox_configs (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi2 ON togglebox_configs (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi3 ON togglebox_configs (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi1 ON togglebox_remote_configs (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi2 ON togglebox_remote_configs (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi3 ON togglebox_remote_configs (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi1 ON togglebox_flags (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi2 ON togglebox_flags (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi3 ON togglebox_flags (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi1 ON togglebox_experiments (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi2 ON togglebox_experiments (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi3 ON togglebox_experiments (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi1 ON togglebox_stats (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi2 ON togglebox_stats (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi3 ON togglebox_stats (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_expires ON togglebox_stats (expires) WHERE expires IS NOT NULL;

DROP VIEW IF EXISTS togglebox_platforms_view;

CREATE VIEW togglebox_platforms_view AS SELECT
  h.sk AS platform,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,description}' AS description,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,createdAt}' AS created_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,at}' AS changed_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,author}' AS changed_by,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,comment}' AS change_comment,
  h.version AS store_version
FROM togglebox_platforms AS h
WHERE h.pk >= 'platforms#' AND h.pk < 'platforms$' AND replace(h.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false';

DROP VIEW IF EXISTS togglebox_environments_view;

CREATE VIEW togglebox_environments_view AS SELECT
  platforms.sk AS platform,
  h.sk AS environment,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,description}' AS description,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,createdAt}' AS created_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,at}' AS changed_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,author}' AS changed_by,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,comment}' AS change_comment,
  h.version AS store_version
FROM togglebox_environments AS h, togglebox_platforms AS platforms
WHERE replace(platforms.body, '\u0000', '\ufffd')::json #>> '{id}' = substr(h.pk, 14)
  AND h.pk >= 'environments#' AND h.pk < 'environments$' AND replace(h.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false'
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND replace(platforms.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false';

DROP VIEW IF EXISTS togglebox_configs_view;

CREATE VIEW togglebox_configs_view AS SELECT
  platforms.sk AS platform,
  environments.sk AS environment,
  h.sk AS parameter_key,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,valueType}' AS value_type,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,defaultValue}' AS default_value,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,description}' AS description,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,parameterGroup}' AS parameter_group,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,createdAt}' AS created_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,at}' AS changed_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,author}' AS changed_by,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,comment}' AS change_comment,
  h.version AS store_version
FROM togglebox_remote_configs AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE replace(environments.body, '\u0000', '\ufffd')::json #>> '{id}' = substr(h.pk, 12)
  AND replace(platforms.body, '\u0000', '\ufffd')::json #>> '{id}' = substr(environments.pk, 14)
  AND h.pk >= 'parameters#' AND h.pk < 'parameters$' AND replace(h.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false'
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND replace(environments.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false'
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND replace(platforms.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false';

DROP VIEW IF EXISTS togglebox_flags_view;

CREATE VIEW togglebox_flags_view AS SELECT
  platforms.sk AS platform,
  environments.sk AS environment,
  h.sk AS flag_key,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,name}' AS name,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,description}' AS description,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,enabled}' AS enabled,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,flagType}' AS flag_type,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,valueA}' AS value_a,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,valueB}' AS value_b,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,defaultValue}' AS default_value,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,rolloutEnabled}' AS rollout_enabled,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,rolloutPercentageA}' AS rollout_percentage_a,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,rolloutPercentageB}' AS rollout_percentage_b,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,createdAt}' AS created_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,at}' AS changed_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,author}' AS changed_by,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,comment}' AS change_comment,
  h.version AS store_version
FROM togglebox_flags AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE replace(environments.body, '\u0000', '\ufffd')::json #>> '{id}' = substr(h.pk, 7)
  AND replace(platforms.body, '\u0000', '\ufffd')::json #>> '{id}' = substr(environments.pk, 14)
  AND h.pk >= 'flags#' AND h.pk < 'flags$' AND replace(h.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false'
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND replace(environments.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false'
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND replace(platforms.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false';

DROP VIEW IF EXISTS togglebox_experiments_view;

CREATE VIEW togglebox_experiments_view AS SELECT
  platforms.sk AS platform,
  environments.sk AS environment,
  h.sk AS experiment_key,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,name}' AS name,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,hypothesis}' AS hypothesis,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,description}' AS description,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,status}' AS status,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,controlVariation}' AS control_variation,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,primaryMetric,id}' AS primary_metric,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,winner}' AS winner,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,scheduledStartAt}' AS scheduled_start_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,scheduledEndAt}' AS scheduled_end_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,startedAt}' AS started_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,completedAt}' AS completed_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{data,createdAt}' AS created_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,at}' AS changed_at,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,author}' AS changed_by,
  replace(h.body, '\u0000', '\ufffd')::json #>> '{change,comment}' AS change_comment,
  h.version AS store_version
FROM togglebox_experiments AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE replace(environments.body, '\u0000', '\ufffd')::json #>> '{id}' = substr(h.pk, 13)
  AND replace(platforms.body, '\u0000', '\ufffd')::json #>> '{id}' = substr(environments.pk, 14)
  AND h.pk >= 'experiments#' AND h.pk < 'experiments$' AND replace(h.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false'
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND replace(environments.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false'
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND replace(platforms.body, '\u0000', '\ufffd')::json #>> '{deleted}' = 'false';
