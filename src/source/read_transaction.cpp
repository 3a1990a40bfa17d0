#include "source/read_transaction.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.hpp"
#include "source/read_ahead_vfs.hpp"
#include "source/schema_guard.hpp"

namespace valise {
namespace {

using Milliseconds = std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr Milliseconds kRetryPause{20};
// Between two looks at a journal its writer may finish one transaction and begin another, which
// for a moment looks like the journal of a crash.
constexpr Milliseconds kJournalGrace{1000};

std::string percent_encoded(const std::string& path) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '_' || c == '-';
    if (plain) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

bool worth_waiting(int code) {
  const int primary = code & 0xff;
  return primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL ||
         code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY;
}

}  // namespace

ReadTransaction::ReadTransaction(const std::filesystem::path& path, std::uint32_t busy_wait_ms)
    : path_(std::filesystem::absolute(path)),
      busy_wait_ms_(busy_wait_ms),
      stamp_(require_source_file(path_)) {
  open();
  begin();
}

int ReadTransaction::open_handle() {
  // An absolute path cannot be taken for a URI, not even by a library that looks for them in every
  // name; only the immutable opening is meant to be one.
  const std::string name =
      immutable_ ? "file://" + percent_encoded(path_.string()) + "?immutable=1" : path_.string();
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | (immutable_ ? SQLITE_OPEN_URI : 0);
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &opened, flags, read_ahead_layer());
  database_.reset(opened);
  if (code != SQLITE_OK) return code;
  guard_connection(opened);
  sqlite3_busy_timeout(opened, static_cast<int>(std::min(busy_wait_ms_, 600'000U)));
  return SQLITE_OK;
}

void ReadTransaction::open() {
  if (const int code = open_handle(); code != SQLITE_OK) {
    const int reason = database_ ? sqlite3_system_errno(database_.get()) : 0;
    if (reason == EACCES || reason == EPERM) fail_no_permission(path_);
    throw Error(ErrorKind::source, "cannot open " + path_.string() + ": " + sqlite3_errstr(code));
  }
  const FileStart start = read_start(database_.get(), path_);
  if (!parse_header(start.view())) fail_not_a_database(path_, start.view());
}

void ReadTransaction::begin() {
  const auto start = SteadyClock::now();
  const Milliseconds bound(busy_wait_ms_);
  for (;;) {
    run_statement(database_.get(), "BEGIN");
    // Reading one number of the header starts the read transaction without needing the schema.
    Query query(database_.get(), "PRAGMA schema_version");
    while (query.next()) {
    }
    if (query.code() == SQLITE_OK) return;
    const int code = query.code();
    const std::string reason = query.reason();
    if (try_immutable(code)) continue;
    const bool journal = code == SQLITE_READONLY_ROLLBACK;
    const auto waited = SteadyClock::now() - start;
    if (!worth_waiting(code) || waited >= (journal ? std::min(bound, kJournalGrace) : bound)) {
      fail_to_begin(code, reason);
    }
    std::this_thread::sleep_for(kRetryPause);
  }
}

/// A database in WAL mode needs a -shm file beside it. Where none can be made and no -wal exists,
/// no app has it open either: its file alone is the database, and is read as one that stands still.
bool ReadTransaction::try_immutable(int code) {
  const int primary = code & 0xff;
  if (immutable_ || (primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY)) return false;
  const auto header = parse_header(read_start(database_.get(), path_).view());
  if (!header || !header->wal || holds_bytes(beside(path_, "-wal"))) return false;
  immutable_ = true;
  database_.reset();
  stamp_ = require_source_file(path_);
  open();
  return true;
}

void ReadTransaction::fail_to_begin(int code, const std::string& reason) {
  const auto fail = [&](const std::string& why) {
    throw Error(ErrorKind::source, path_.string() + why);
  };
  const int primary = code & 0xff;
  const auto header = parse_header(read_start(database_.get(), path_).view());
  if (code == SQLITE_READONLY_ROLLBACK) {
    fail(
        " was left in the middle of a change (a journal lies beside it); open the app that owns "
        "it once, so that it is repaired, and try again");
  }
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL) {
    fail(" is held by another program for longer than " + std::to_string(busy_wait_ms_) +
         " ms; try again when it is idle, or close it");
  }
  if (header && header->wal && (primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY)) {
    fail(
        " has newest messages in a -wal file, which can be read only together with a -shm file, "
        "and none can be made in this folder; let this user write to the folder, or copy the "
        "database and its -wal elsewhere while the app is closed");
  }
  if (primary == SQLITE_CORRUPT && header && header->page_count) {
    const std::uint64_t bytes = std::uint64_t{*header->page_count} * header->page_size;
    if (const FileStamp now = require_source_file(path_); now.bytes < bytes) {
      fail(" is truncated: its header promises " + std::to_string(bytes) + " bytes, the file has " +
           std::to_string(now.bytes) + "; find a whole copy of it");
    }
  }
  if (primary == SQLITE_NOTADB) fail(" is not a SQLite database, or its first page is damaged");
  throw Error(ErrorKind::source, path_.string() + " cannot be read: " + reason);
}

void ReadTransaction::require_unchanged() const {
  if (!immutable_) return;
  if (require_source_file(path_) == stamp_ && !holds_bytes(beside(path_, "-wal"))) return;
  throw Error(ErrorKind::source, path_.string() + " changed while it was read; try again");
}

}  // namespace valise
