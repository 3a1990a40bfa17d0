#include "source/live_database.hpp"

#include <sqlite3.h>

#include "base/error.hpp"
#include "source/capture_vfs.hpp"
#include "source/profiles/profile.hpp"
#include "source/read_transaction.hpp"
#include "source/schema_guard.hpp"

namespace valise {

namespace {

// Pages pass through once: keeping them is of no use.
constexpr int kCacheKib = 512;

}  // namespace

struct LiveDatabase::State {
  ReadTransaction transaction;
  std::uint32_t page_size = 0;
  std::uint32_t page_count = 0;

  State(const std::filesystem::path& path, const LiveDatabaseOptions& options)
      : transaction(path, options.busy_wait_ms) {
    measure();
  }
  void measure();
  [[nodiscard]] sqlite3* database() const noexcept { return transaction.database(); }
  [[nodiscard]] std::string name() const { return transaction.path().string(); }
};

void LiveDatabase::State::measure() {
  const std::filesystem::path& path = transaction.path();
  // Pages are opaque: a schema that cannot be understood is captured all the same.
  static_cast<void>(load_schema(database(), kCacheKib));
  const auto header = parse_header(read_start(database(), path).view());
  if (!header) fail_not_a_database(path, {});
  page_size = header->page_size;
  Query query(database(), "PRAGMA page_count");
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

LiveDatabase::LiveDatabase(std::unique_ptr<State> state) : state_(std::move(state)) {}
LiveDatabase::LiveDatabase(LiveDatabase&&) noexcept = default;
LiveDatabase& LiveDatabase::operator=(LiveDatabase&&) noexcept = default;
LiveDatabase::~LiveDatabase() = default;

LiveDatabase LiveDatabase::open(const std::filesystem::path& path,
                                const LiveDatabaseOptions& options) {
  return LiveDatabase(std::make_unique<State>(path, options));
}

std::uint32_t LiveDatabase::page_size() const noexcept { return state_->page_size; }
std::uint32_t LiveDatabase::page_count() const noexcept { return state_->page_count; }

std::string LiveDatabase::profile() {
  const Profile* app = recognise(state_->database(), ordinary_tables(state_->database()));
  return app == nullptr ? "sqlite" : std::string(app->name);
}

ContentSummary LiveDatabase::summarize() {
  ContentSummary summary =
      summarize_database(state_->database(), {}, ErrorKind::source, state_->name());
  state_->transaction.require_unchanged();
  return summary;
}

AttachmentRows LiveDatabase::attachment_rows(std::size_t bytes_max) {
  AttachmentRows rows = read_attachment_rows(state_->database(), state_->name(), bytes_max);
  state_->transaction.require_unchanged();
  return rows;
}

void LiveDatabase::capture(PageSink& sink) {
  CaptureStream stream(sink, state_->page_size, state_->page_count);
  const SqliteHandle destination = open_capture_destination(stream);
  // The same connection: the backup then reads in the transaction that is open already.
  SqliteBackup backup(sqlite3_backup_init(destination.get(), "main", state_->database(), "main"));
  if (!backup) {
    throw Error(ErrorKind::source,
                "cannot read " + state_->name() + ": " + sqlite3_errmsg(destination.get()));
  }
  const int code = sqlite3_backup_step(backup.get(), -1);
  backup.reset();
  stream.rethrow();
  if (code != SQLITE_DONE) {
    throw Error(ErrorKind::source, "cannot read " + state_->name() + ": " + sqlite3_errstr(code));
  }
  state_->transaction.require_unchanged();
  stream.finish();
}

}  // namespace valise
