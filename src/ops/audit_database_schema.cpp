#include "ops/audit_database_schema.hpp"

namespace valise {

// Times stand twice: as RFC 3339 text for people and as Unix seconds for sums. No STRICT: SQLite
// before 3.37 could not open the file.
const char* const kAuditDatabaseSchema = R"sql(
CREATE TABLE vault(
  vault INTEGER PRIMARY KEY, folder TEXT NOT NULL, vault_id TEXT, owner TEXT,
  audited_at TEXT, audited_at_unix INTEGER, pinned INTEGER, deep INTEGER,
  backups INTEGER, escrowed INTEGER, e2ee INTEGER, bytes INTEGER,
  errors INTEGER, warnings INTEGER,
  problem TEXT, pinned_card TEXT, take_more INTEGER, pruned INTEGER);
CREATE TABLE policy(
  policy INTEGER PRIMARY KEY, vault INTEGER NOT NULL REFERENCES vault,
  policy_id TEXT NOT NULL, mode TEXT NOT NULL CHECK (mode IN ('e2ee', 'escrow')),
  k INTEGER NOT NULL, min_keep_days INTEGER NOT NULL,
  since TEXT NOT NULL, since_unix INTEGER NOT NULL, until TEXT, until_unix INTEGER,
  backups INTEGER NOT NULL, UNIQUE (vault, policy_id));
CREATE TABLE agent(
  agent INTEGER PRIMARY KEY, vault INTEGER NOT NULL REFERENCES vault,
  name TEXT NOT NULL, fingerprint TEXT NOT NULL,
  backups INTEGER NOT NULL, alone INTEGER NOT NULL,
  last_drilled TEXT, last_drilled_unix INTEGER, last_drilled_backup TEXT,
  UNIQUE (vault, fingerprint));
CREATE TABLE policy_agent(
  policy INTEGER NOT NULL REFERENCES policy, slot INTEGER NOT NULL,
  agent INTEGER NOT NULL REFERENCES agent,
  last_drilled TEXT, last_drilled_unix INTEGER,
  PRIMARY KEY (policy, slot)) WITHOUT ROWID;
CREATE TABLE device(
  device INTEGER PRIMARY KEY, vault INTEGER NOT NULL REFERENCES vault,
  signer TEXT NOT NULL, name TEXT NOT NULL, since TEXT, since_unix INTEGER,
  revoked INTEGER NOT NULL, backups INTEGER NOT NULL, certified INTEGER NOT NULL, UNIQUE (vault, signer));
CREATE TABLE source(
  source INTEGER PRIMARY KEY, vault INTEGER NOT NULL REFERENCES vault,
  source_id TEXT NOT NULL, device_name TEXT NOT NULL, backups INTEGER NOT NULL,
  first TEXT NOT NULL, first_unix INTEGER NOT NULL, last TEXT NOT NULL, last_unix INTEGER NOT NULL,
  overdue INTEGER NOT NULL, device_signer TEXT NOT NULL,
  UNIQUE (vault, source_id, device_signer));
CREATE TABLE backup(
  backup INTEGER PRIMARY KEY, vault INTEGER NOT NULL REFERENCES vault,
  snapshot TEXT NOT NULL, source INTEGER NOT NULL REFERENCES source,
  device INTEGER NOT NULL REFERENCES device, policy INTEGER REFERENCES policy,
  seq INTEGER NOT NULL, time TEXT NOT NULL, time_unix INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('full', 'increment')), copy INTEGER NOT NULL,
  mode TEXT NOT NULL CHECK (mode IN ('e2ee', 'escrow')), k INTEGER NOT NULL,
  level INTEGER NOT NULL CHECK (level BETWEEN 0 AND 3), present INTEGER NOT NULL,
  bytes INTEGER NOT NULL, own_slot_rebuilt INTEGER NOT NULL);
CREATE INDEX backup_snapshot ON backup(vault, snapshot);
CREATE INDEX backup_source ON backup(source, time_unix);
CREATE INDEX backup_policy ON backup(policy);
CREATE TABLE reader(
  backup INTEGER NOT NULL REFERENCES backup, slot INTEGER NOT NULL,
  agent INTEGER REFERENCES agent, name TEXT NOT NULL, drilled INTEGER NOT NULL,
  PRIMARY KEY (backup, slot)) WITHOUT ROWID;
CREATE INDEX reader_agent ON reader(agent);
CREATE TABLE drill(
  backup INTEGER NOT NULL REFERENCES backup, agent INTEGER NOT NULL REFERENCES agent,
  time TEXT NOT NULL, time_unix INTEGER NOT NULL,
  PRIMARY KEY (backup, agent)) WITHOUT ROWID;
CREATE INDEX drill_agent ON drill(agent, time_unix);
CREATE TABLE code(
  code TEXT PRIMARY KEY, severity TEXT NOT NULL, meaning TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE finding(
  finding INTEGER PRIMARY KEY, vault INTEGER NOT NULL REFERENCES vault,
  backup INTEGER REFERENCES backup, code TEXT NOT NULL REFERENCES code,
  severity TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error')),
  object TEXT NOT NULL, message TEXT NOT NULL);
CREATE INDEX finding_vault ON finding(vault, severity);
CREATE INDEX finding_code ON finding(code);
CREATE TABLE checkpoint(
  vault INTEGER NOT NULL REFERENCES vault, signer TEXT NOT NULL, seq INTEGER NOT NULL,
  entry_id TEXT NOT NULL, PRIMARY KEY (vault, signer)) WITHOUT ROWID;
CREATE TABLE unused_line(
  number INTEGER PRIMARY KEY, signer TEXT NOT NULL, seq INTEGER NOT NULL, entry_id TEXT NOT NULL,
  vault_id TEXT);
CREATE TABLE unproven(number INTEGER PRIMARY KEY, sentence TEXT NOT NULL);
CREATE VIEW escrowed_backups AS
  SELECT vault.folder, vault.vault_id, backup.snapshot, backup.time, backup.k,
    (SELECT count(*) FROM reader WHERE reader.backup = backup.backup AND agent IS NOT NULL) AS n,
    (SELECT group_concat(name, ', ') FROM (SELECT name FROM reader
       WHERE reader.backup = backup.backup AND agent IS NOT NULL ORDER BY slot)) AS agents,
    policy.since AS policy_since, 'L' || backup.level AS level, backup.present
  FROM backup JOIN vault USING (vault) LEFT JOIN policy USING (policy)
  WHERE backup.mode = 'escrow';
CREATE VIEW undrilled_agents AS
  SELECT vault.folder, vault.vault_id, agent.name, agent.fingerprint, policy.policy_id,
    policy.since AS policy_since, policy.backups
  FROM policy_agent JOIN policy USING (policy) JOIN agent USING (agent)
    JOIN vault ON vault.vault = policy.vault
  WHERE policy.backups > 0 AND policy_agent.last_drilled IS NULL;
CREATE VIEW overdue AS
  SELECT vault.folder, vault.vault_id, finding.object, finding.message
  FROM finding JOIN vault USING (vault) WHERE finding.code = 'overdue';
CREATE VIEW unreadable AS
  SELECT folder, problem FROM vault WHERE problem IS NOT NULL;
)sql";

}  // namespace valise
