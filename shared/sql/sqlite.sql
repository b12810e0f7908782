-- Rendered by infra/render.py from the catalogue of tables: do not edit, run `make render`.

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

CREATE INDEX IF NOT EXISTS togglebox_users_gsi1 ON togglebox_users (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_users_gsi2 ON togglebox_users (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_users_gsi3 ON togglebox_users (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi1 ON togglebox_api_keys (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi2 ON togglebox_api_keys (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_api_keys_gsi3 ON togglebox_api_keys (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi1 ON togglebox_password_resets (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi2 ON togglebox_password_resets (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_gsi3 ON togglebox_password_resets (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_password_resets_expires ON togglebox_password_resets (expires) WHERE expires IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi1 ON togglebox_platforms (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi2 ON togglebox_platforms (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_platforms_gsi3 ON togglebox_platforms (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi1 ON togglebox_environments (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi2 ON togglebox_environments (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_gsi3 ON togglebox_environments (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_environments_expires ON togglebox_environments (expires) WHERE expires IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi1 ON togglebox_configs (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi2 ON togglebox_configs (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_configs_gsi3 ON togglebox_configs (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi1 ON togglebox_remote_configs (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi2 ON togglebox_remote_configs (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_remote_configs_gsi3 ON togglebox_remote_configs (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi1 ON togglebox_flags (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi2 ON togglebox_flags (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_flags_gsi3 ON togglebox_flags (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi1 ON togglebox_experiments (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi2 ON togglebox_experiments (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_experiments_gsi3 ON togglebox_experiments (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

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

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi1 ON togglebox_stats (gsi1pk, gsi1sk, pk, sk) WHERE gsi1pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi2 ON togglebox_stats (gsi2pk, gsi2sk, pk, sk) WHERE gsi2pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_gsi3 ON togglebox_stats (gsi3pk, gsi3sk, pk, sk) WHERE gsi3pk IS NOT NULL;

CREATE INDEX IF NOT EXISTS togglebox_stats_expires ON togglebox_stats (expires) WHERE expires IS NOT NULL;
