#include "source/schema_guard.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.hpp"

namespace valise {

namespace {

struct Limit {
  int id;
  int value;
};

// Messengers' databases stay far below all of these: the largest schema measured (WhatsApp for
// Android) has 144 tables, no statement over 3,000 bytes, and a full check of 9,000 instructions.
constexpr std::array kLimits = {
    Limit{SQLITE_LIMIT_LENGTH, 256 << 20},        Limit{SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
    Limit{SQLITE_LIMIT_EXPR_DEPTH, 200},          Limit{SQLITE_LIMIT_COMPOUND_SELECT, 20},
    Limit{SQLITE_LIMIT_VDBE_OP, 2'000'000},       Limit{SQLITE_LIMIT_ATTACHED, 0},
    Limit{SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100}, Limit{SQLITE_LIMIT_VARIABLE_NUMBER, 16},
    Limit{SQLITE_LIMIT_TRIGGER_DEPTH, 1},         Limit{SQLITE_LIMIT_WORKER_THREADS, 0},
};

struct Switch {
  int id;
  int on;
};

constexpr std::array kSwitches = {
    Switch{SQLITE_DBCONFIG_DEFENSIVE, 1},
    Switch{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    Switch{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    Switch{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
    Switch{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    Switch{SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
    // The last connection that closes would otherwise checkpoint, and so write the database.
    Switch{SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
};

constexpr std::array<std::string_view, 11> kPragmas = {
    "quick_check",     "integrity_check", "user_version", "schema_version",
    "page_count",      "page_size",       "cache_size",   "temp_store",
    "writable_schema", "index_list",      "index_info"};

constexpr std::array<std::string_view, 3> kFunctions = {"count", "min", "max"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, const char* name) {
  return name != nullptr && std::find(names.begin(), names.end(), name) != names.end();
}

extern "C" int authorize_for_valise(void*, int action, const char* first, const char* second,
                                    const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_TRANSACTION:
      return SQLITE_OK;
    case SQLITE_PRAGMA:
      return contains(kPragmas, first) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
      return contains(kFunctions, second) ? SQLITE_OK : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

}  // namespace

void guard_connection(sqlite3* database) {
  sqlite3_extended_result_codes(database, 1);
  for (const Limit& limit : kLimits) sqlite3_limit(database, limit.id, limit.value);
  int code = SQLITE_OK;
  for (const Switch& option : kSwitches) {
    const int result = sqlite3_db_config(database, option.id, option.on, nullptr);
    // A library built without extension loading or FTS3 does not know their switches.
    const bool optional = option.id == SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION ||
                          option.id == SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER;
    if (result != SQLITE_OK && !optional) code = result;
  }
  // A mapped file can end the process with SIGBUS when its owner shortens it.
  sqlite3_int64 mapped = 0;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_MMAP_SIZE, &mapped);
  if (code == SQLITE_OK) code = sqlite3_set_authorizer(database, authorize_for_valise, nullptr);
  if (code != SQLITE_OK) {
    throw Error(ErrorKind::internal,
                std::string("SQLite refuses to guard a connection: ") + sqlite3_errstr(code));
  }
}

std::string load_schema(sqlite3* database, int cache_kib) {
  Query query(database, "SELECT count(*) FROM sqlite_master");
  while (query.next()) {
  }
  if (query.code() != SQLITE_OK) {
    // The flag makes SQLite keep the part of a schema that it understood. Nothing is written: the
    // connection is read-only, and defensive mode keeps the schema from being edited anyway.
    run_statement(database, "PRAGMA writable_schema=ON");
  }
  run_statement(database, "PRAGMA cache_size=-" + std::to_string(cache_kib));
  run_statement(database, "PRAGMA temp_store=MEMORY");
  return query.reason();
}

}  // namespace valise
