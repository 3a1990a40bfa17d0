#pragma once

#include <string>

#include "state/sqlite_statement.hpp"

namespace valise {

/// A new database with the tables and views of an audit, in one transaction that is under way.
struct AuditSchema {
  explicit AuditSchema(const std::string& path);
  StateConnection db;
};

/// The statements that fill it: its tables are there before them.
struct AuditTables : AuditSchema {
  using AuditSchema::AuditSchema;
  [[nodiscard]] StateStatement insert(const char* table, unsigned columns);

  StateStatement vault = insert("vault", 18);
  StateStatement policy = insert("policy", 11);
  StateStatement agent = insert("agent", 9);
  StateStatement policy_agent = insert("policy_agent", 5);
  StateStatement device = insert("device", 9);
  StateStatement source = insert("source", 11);
  StateStatement backup = insert("backup", 17);
  StateStatement reader = insert("reader", 5);
  StateStatement drill = insert("drill", 4);
  StateStatement code = insert("code", 3);
  StateStatement checkpoint = insert("checkpoint", 4);
  StateStatement unused_line = insert("unused_line", 5);
  StateStatement unproven = insert("unproven", 2);
  StateStatement finding{db,
                         "INSERT INTO finding(vault, backup, code, severity, object, message) "
                         "VALUES (?, (SELECT backup FROM backup WHERE vault = ? AND snapshot = ? "
                         "LIMIT 1), ?, ?, ?, ?)"};
};

}  // namespace valise
