#include "ops/audit_tables.hpp"

#include "ops/audit_database_schema.hpp"

namespace valise {

AuditSchema::AuditSchema(const std::string& path) : db(path) {
  // The file counts only once it is whole and synced: a journal would be work for nothing.
  db.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA user_version = 1; BEGIN;");
  db.run(kAuditDatabaseSchema);
}

StateStatement AuditTables::insert(const char* table, unsigned columns) {
  std::string sql = std::string("INSERT INTO ") + table + " VALUES (?";
  for (unsigned i = 1; i < columns; ++i) sql += ", ?";
  return {db, sql + ")"};
}

}  // namespace valise
