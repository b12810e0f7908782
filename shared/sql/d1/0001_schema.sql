-- Rendered by infra/render.py from the catalogue of tables: databases have run it, so it stays as it is,
-- and `make render` puts what changes in a further file. sha256 of what follows: 033d739e9d1127c5273f8574c1b8a9974112c17063f65c5e44a5e014bfc742f9

CREATE TABLE IF NOT EXISTS togglebox_users (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_api_keys (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_password_resets (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_platforms (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_environments (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_configs (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_remote_configs (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_flags (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_experiments (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE TABLE IF NOT EXISTS togglebox_stats (
  pk TEXT NOT NULL,
  sk TEXT NOT NULL,
  version INTEGER NOT NULL,
  body TEXT NOT NULL,
  expires INTEGER,
  gsi1pk TEXT,
  gsi1sk TEXT,
  gsi2pk TEXT,
  gsi2sk TEXT,
  gsi3pk TEXT,
  gsi3sk TEXT,
  PRIMARY KEY (pk, sk)
) WITHOUT ROWID, STRICT;

CREATE INDEX IF NOT EXISTS togglebox_users_gsi1 ON togglebox_users (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_users_gsi2 ON togglebox_users (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_users_gsi3 ON togglebox_users (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi1 ON togglebox_api_keys (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi2 ON togglebox_api_keys (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi3 ON togglebox_api_keys (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi1 ON togglebox_password_resets (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi2 ON togglebox_password_resets (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi3 ON togglebox_password_resets (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_expires ON togglebox_password_resets (expires) WHERE expires IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi1 ON togglebox_platforms (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi2 ON togglebox_platforms (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi3 ON togglebox_platforms (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi1 ON togglebox_environments (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi2 ON togglebox_environments (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi3 ON togglebox_environments (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_expires ON togglebox_environments (expires) WHERE expires IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi1 ON togglebox_configs (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi2 ON togglebox_configs (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi3 ON togglebox_configs (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi1 ON togglebox_remote_configs (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi2 ON togglebox_remote_configs (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi3 ON togglebox_remote_configs (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi1 ON togglebox_flags (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi2 ON togglebox_flags (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi3 ON togglebox_flags (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi1 ON togglebox_experiments (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi2 ON togglebox_experiments (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi3 ON togglebox_experiments (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi1 ON togglebox_stats (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi2 ON togglebox_stats (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi3 ON togglebox_stats (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_expires ON togglebox_stats (expires) WHERE expires IS NOT NULL;

DROP VIEW IF EXISTS togglebox_platforms_view;

CREATE VIEW togglebox_platforms_view AS SELECT
  h.sk AS platform,
  h.body ->> '$.data.description' AS description,
  h.body ->> '$.data.createdAt' AS created_at,
  h.body ->> '$.change.at' AS changed_at,
  h.body ->> '$.change.author' AS changed_by,
  h.body ->> '$.change.comment' AS change_comment,
  h.version AS store_version
FROM togglebox_platforms AS h
WHERE h.pk >= 'platforms#' AND h.pk < 'platforms$' AND h.body ->> '$.deleted' = 0;

DROP VIEW IF EXISTS togglebox_environments_view;

CREATE VIEW togglebox_environments_view AS SELECT
  platforms.sk AS platform,
  h.sk AS environment,
  h.body ->> '$.data.description' AS description,
  h.body ->> '$.data.createdAt' AS created_at,
  h.body ->> '$.change.at' AS changed_at,
  h.body ->> '$.change.author' AS changed_by,
  h.body ->> '$.change.comment' AS change_comment,
  h.version AS store_version
FROM togglebox_environments AS h, togglebox_platforms AS platforms
WHERE platforms.body ->> '$.id' = substr(h.pk, 14)
  AND h.pk >= 'environments#' AND h.pk < 'environments$' AND h.body ->> '$.deleted' = 0
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND platforms.body ->> '$.deleted' = 0;

DROP VIEW IF EXISTS togglebox_configs_view;

CREATE VIEW togglebox_configs_view AS SELECT
  platforms.sk AS platform,
  environments.sk AS environment,
  h.sk AS parameter_key,
  h.body ->> '$.data.valueType' AS value_type,
  h.body ->> '$.data.defaultValue' AS default_value,
  h.body ->> '$.data.description' AS description,
  h.body ->> '$.data.parameterGroup' AS parameter_group,
  h.body ->> '$.data.createdAt' AS created_at,
  h.body ->> '$.change.at' AS changed_at,
  h.body ->> '$.change.author' AS changed_by,
  h.body ->> '$.change.comment' AS change_comment,
  h.version AS store_version
FROM togglebox_remote_configs AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE environments.body ->> '$.id' = substr(h.pk, 12)
  AND platforms.body ->> '$.id' = substr(environments.pk, 14)
  AND h.pk >= 'parameters#' AND h.pk < 'parameters$' AND h.body ->> '$.deleted' = 0
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND environments.body ->> '$.deleted' = 0
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND platforms.body ->> '$.deleted' = 0;

DROP VIEW IF EXISTS togglebox_flags_view;

CREATE VIEW togglebox_flags_view AS SELECT
  platforms.sk AS platform,
  environments.sk AS environment,
  h.sk AS flag_key,
  h.body ->> '$.data.name' AS name,
  h.body ->> '$.data.description' AS description,
  h.body ->> '$.data.enabled' AS enabled,
  h.body ->> '$.data.flagType' AS flag_type,
  h.body ->> '$.data.valueA' AS value_a,
  h.body ->> '$.data.valueB' AS value_b,
  h.body ->> '$.data.defaultValue' AS default_value,
  h.body ->> '$.data.rolloutEnabled' AS rollout_enabled,
  h.body ->> '$.data.rolloutPercentageA' AS rollout_percentage_a,
  h.body ->> '$.data.rolloutPercentageB' AS rollout_percentage_b,
  h.body ->> '$.data.createdAt' AS created_at,
  h.body ->> '$.change.at' AS changed_at,
  h.body ->> '$.change.author' AS changed_by,
  h.body ->> '$.change.comment' AS change_comment,
  h.version AS store_version
FROM togglebox_flags AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE environments.body ->> '$.id' = substr(h.pk, 7)
  AND platforms.body ->> '$.id' = substr(environments.pk, 14)
  AND h.pk >= 'flags#' AND h.pk < 'flags$' AND h.body ->> '$.deleted' = 0
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND environments.body ->> '$.deleted' = 0
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND platforms.body ->> '$.deleted' = 0;

DROP VIEW IF EXISTS togglebox_experiments_view;

CREATE VIEW togglebox_experiments_view AS SELECT
  platforms.sk AS platform,
  environments.sk AS environment,
  h.sk AS experiment_key,
  h.body ->> '$.data.name' AS name,
  h.body ->> '$.data.hypothesis' AS hypothesis,
  h.body ->> '$.data.description' AS description,
  h.body ->> '$.data.status' AS status,
  h.body ->> '$.data.controlVariation' AS control_variation,
  h.body ->> '$.data.primaryMetric.id' AS primary_metric,
  h.body ->> '$.data.winner' AS winner,
  h.body ->> '$.data.scheduledStartAt' AS scheduled_start_at,
  h.body ->> '$.data.scheduledEndAt' AS scheduled_end_at,
  h.body ->> '$.data.startedAt' AS started_at,
  h.body ->> '$.data.completedAt' AS completed_at,
  h.body ->> '$.data.createdAt' AS created_at,
  h.body ->> '$.change.at' AS changed_at,
  h.body ->> '$.change.author' AS changed_by,
  h.body ->> '$.change.comment' AS change_comment,
  h.version AS store_version
FROM togglebox_experiments AS h, togglebox_environments AS environments, togglebox_platforms AS platforms
WHERE environments.body ->> '$.id' = substr(h.pk, 13)
  AND platforms.body ->> '$.id' = substr(environments.pk, 14)
  AND h.pk >= 'experiments#' AND h.pk < 'experiments$' AND h.body ->> '$.deleted' = 0
  AND environments.pk >= 'environments#' AND environments.pk < 'environments$' AND environments.body ->> '$.deleted' = 0
  AND platforms.pk >= 'platforms#' AND platforms.pk < 'platforms$' AND platforms.body ->> '$.deleted' = 0;
