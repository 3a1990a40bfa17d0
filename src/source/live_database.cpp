#include "source/live_database.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "base/error.hpp"
#include "source/capture_vfs.hpp"
#include "source/profiles/profile.hpp"
#include "source/read_ahead_vfs.hpp"
#include "source/schema_guard.hpp"
#include "source/source_file.hpp"
#include "source/sqlite_handle.hpp"

namespace valise {

namespace {

using Milliseconds = std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// Pages pass through once: keeping them is of no use.
constexpr int kCacheKib = 512;
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

struct LiveDatabase::State {
  std::filesystem::path path;
  LiveDatabaseOptions options;
  FileStamp stamp;
  bool immutable = false;
  SqliteHandle database;
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;

  void open();
  void begin();
  void measure();
  void require_unchanged() const;

 private:
  [[nodiscard]] int open_handle();
  [[nodiscard]] bool try_immutable(int code);
  [[noreturn]] void fail_to_begin(int code, const std::string& reason);
};

int LiveDatabase::State::open_handle() {
  // An absolute path cannot be taken for a URI, not even by a library that looks for them in every
  // name; only the immutable opening is meant to be one.
  const std::string name =
      immutable ? "file://" + percent_encoded(path.string()) + "?immutable=1" : path.string();
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | (immutable ? SQLITE_OPEN_URI : 0);
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &opened, flags, read_ahead_layer());
  database.reset(opened);
  if (code != SQLITE_OK) return code;
  guard_connection(opened);
  sqlite3_busy_timeout(opened, static_cast<int>(std::min(options.busy_wait_ms, 600'000U)));
  return SQLITE_OK;
}

void LiveDatabase::State::open() {
  if (const int code = open_handle(); code != SQLITE_OK) {
    const int reason = database ? sqlite3_system_errno(database.get()) : 0;
    if (reason == EACCES || reason == EPERM) fail_no_permission(path);
    throw Error(ErrorKind::source, "cannot open " + path.string() + ": " + sqlite3_errstr(code));
  }
  const FileStart start = read_start(database.get(), path);
  if (!parse_header(start.view())) fail_not_a_database(path, start.view());
}

void LiveDatabase::State::begin() {
  const auto start = SteadyClock::now();
  const Milliseconds bound(options.busy_wait_ms);
  for (;;) {
    run_statement(database.get(), "BEGIN");
    // Reading one number of the header starts the read transaction without needing the schema.
    Query query(database.get(), "PRAGMA schema_version");
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
bool LiveDatabase::State::try_immutable(int code) {
  const int primary = code & 0xff;
  if (immutable || (primary != SQLITE_CANTOPEN && primary != SQLITE_READONLY)) return false;
  const auto header = parse_header(read_start(database.get(), path).view());
  if (!header || !header->wal || holds_bytes(beside(path, "-wal"))) return false;
  immutable = true;
  database.reset();
  stamp = require_source_file(path);
  open();
  return true;
}

void LiveDatabase::State::fail_to_begin(int code, const std::string& reason) {
  const auto fail = [&](const std::string& why) {
    throw Error(ErrorKind::source, path.string() + why);
  };
  const int primary = code & 0xff;
  const auto header = parse_header(read_start(database.get(), path).view());
  if (code == SQLITE_READONLY_ROLLBACK) {
    fail(
        " was left in the middle of a change (a journal lies beside it); open the app that owns "
        "it once, so that it is repaired, and try again");
  }
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED || primary == SQLITE_PROTOCOL) {
    fail(" is held by another program for longer than " + std::to_string(options.busy_wait_ms) +
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
    if (const FileStamp now = require_source_file(path); now.bytes < bytes) {
      fail(" is truncated: its header promises " + std::to_string(bytes) + " bytes, the file has " +
           std::to_string(now.bytes) + "; find a whole copy of it");
    }
  }
  if (primary == SQLITE_NOTADB) fail(" is not a SQLite database, or its first page is damaged");
  throw Error(ErrorKind::source, path.string() + " cannot be read: " + reason);
}

void LiveDatabase::State::measure() {
  // Pages are opaque: a schema that cannot be understood is captured all the same.
  static_cast<void>(load_schema(database.get(), kCacheKib));
  const auto header = parse_header(read_start(database.get(), path).view());
  if (!header) fail_not_a_database(path, {});
  page_size = header->page_size;
  Query query(database.get(), "PRAGMA page_count");
  const std::int64_t count = query.next() ? query.integer(0) : 0;
  if (count <= 0 || count > 0xffff'fffe) {
    throw Error(ErrorKind::source, path.string() + " cannot be read: " +
                                       (query.code() == 0 ? "it holds no page" : query.reason()));
  }
  page_count = static_cast<std::uint32_t>(count);
  // In rollback mode the file is all there is. SQLite itself would fill up a last page that was cut
  // with zeros.
  const std::uint64_t bytes = std::uint64_t{page_count} * page_size;
  if (const FileStamp now = require_source_file(path); !header->wal && now.bytes < bytes) {
    throw Error(ErrorKind::source, path.string() + " is truncated: " + std::to_string(now.bytes) +
                                       " of " + std::to_string(bytes) +
                                       " bytes are there; find a whole copy of it");
  }
}

void LiveDatabase::State::require_unchanged() const {
  if (!immutable) return;
  if (require_source_file(path) == stamp && !holds_bytes(beside(path, "-wal"))) return;
  throw Error(ErrorKind::source, path.string() + " changed while it was read; try again");
}

LiveDatabase::LiveDatabase(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveDatabase::LiveDatabase(LiveDatabase&&) noexcept = default;
LiveDatabase& LiveDatabase::operator=(LiveDatabase&&) noexcept = default;
LiveDatabase::~LiveDatabase() = default;

LiveDatabase LiveDatabase::open(const std::filesystem::path& path,
                                const LiveDatabaseOptions& options) {
  auto state = std::make_unique<State>();
  state->path = std::filesystem::absolute(path);
  state->options = options;
  state->stamp = require_source_file(state->path);
  state->open();
  state->begin();
  state->measure();
  return LiveDatabase(std::move(state));
}

std::uint32_t LiveDatabase::page_size() const noexcept { return state_->page_size; }
std::uint32_t LiveDatabase::page_count() const noexcept { return state_->page_count; }

std::string LiveDatabase::profile() {
  const Profile* app = recognise(state_->database.get(), ordinary_tables(state_->database.get()));
  return app == nullptr ? "sqlite" : std::string(app->name);
}

ContentSummary LiveDatabase::summarize() {
  ContentSummary summary =
      summarize_database(state_->database.get(), {}, ErrorKind::source, state_->path.string());
  state_->require_unchanged();
  return summary;
}

AttachmentRows LiveDatabase::attachment_rows(std::size_t bytes_max) {
  AttachmentRows rows =
      read_attachment_rows(state_->database.get(), state_->path.string(), bytes_max);
  state_->require_unchanged();
  return rows;
}

void LiveDatabase::capture(PageSink& sink) {
  CaptureStream stream(sink, state_->page_size, state_->page_count);
  const SqliteHandle destination = open_capture_destination(stream);
  // The same connection: the backup then reads in the transaction that is open already.
  SqliteBackup backup(
      sqlite3_backup_init(destination.get(), "main", state_->database.get(), "main"));
  if (!backup) {
    throw Error(ErrorKind::source,
                "cannot read " + state_->path.string() + ": " + sqlite3_errmsg(destination.get()));
  }
  const int code = sqlite3_backup_step(backup.get(), -1);
  backup.reset();
  stream.rethrow();
  if (code != SQLITE_DONE) {
    throw Error(ErrorKind::source,
                "cannot read " + state_->path.string() + ": " + sqlite3_errstr(code));
  }
  state_->require_unchanged();
  stream.finish();
}

}  // namespace valise
