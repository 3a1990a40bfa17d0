#include "state/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

#include "base/cursor.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "crypto/random.hpp"
#include "state/state_parts.hpp"

namespace valise {
namespace {

// Raised with every change of the tables; an older state is replaced, which costs one full backup.
constexpr std::int64_t kSchemaVersion = 3;

constexpr std::string_view kPageFilePrefix = "pages-";

constexpr std::string_view kSchema = R"sql(
CREATE TABLE source(source BLOB PRIMARY KEY, page_size INTEGER NOT NULL, page_count INTEGER NOT NULL,
                    page_root BLOB NOT NULL, policy BLOB NOT NULL, page_file TEXT NOT NULL);
CREATE TABLE chain(source BLOB NOT NULL, position INTEGER NOT NULL, bid BLOB NOT NULL,
                   entry_id BLOB NOT NULL, seq INTEGER NOT NULL, bytes INTEGER NOT NULL,
                   PRIMARY KEY(source, position)) WITHOUT ROWID;
CREATE TABLE hashes(source BLOB NOT NULL, chunk INTEGER NOT NULL, generation BLOB NOT NULL,
                    sealed BLOB NOT NULL, UNIQUE(source, chunk));
CREATE TABLE frame_list(row INTEGER PRIMARY KEY AUTOINCREMENT, source BLOB NOT NULL,
                        generation BLOB NOT NULL, number INTEGER NOT NULL,
                        plain_bytes INTEGER NOT NULL, offset INTEGER NOT NULL,
                        sealed_bytes INTEGER NOT NULL, pages BLOB NOT NULL);
CREATE INDEX frame_source ON frame_list(source);
CREATE TABLE pending(one INTEGER PRIMARY KEY CHECK (one = 1), entry BLOB NOT NULL);
CREATE TABLE note(bid BLOB PRIMARY KEY, name TEXT NOT NULL, profile TEXT NOT NULL,
                  messages INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE damage(object TEXT PRIMARY KEY) WITHOUT ROWID;
)sql";

// Sets the connection up. False when the database is empty.
bool has_tables(StateConnection& db) {
  db.run(
      "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA cache_size=-8000;"
      "PRAGMA temp_store=MEMORY;");
  StateStatement version(db, "PRAGMA user_version");
  version.step();
  const std::int64_t found = version.integer(0);
  version.reset();
  if (found == kSchemaVersion) return true;
  StateStatement tables(db, "SELECT count(*) FROM sqlite_schema");
  tables.step();
  if (tables.integer(0) != 0) throw StateError(db.path() + ": it is of another version of valise");
  return false;
}

void make_tables(StateConnection& db) {
  db.run(
      fmt::format("BEGIN IMMEDIATE; {} PRAGMA user_version={}; COMMIT;", kSchema, kSchemaVersion));
}

// A name out of the database leads to no other folder.
std::filesystem::path page_file_path(const std::filesystem::path& folder, const std::string& name) {
  if (!name.starts_with(kPageFilePrefix) || name.find('/') != std::string::npos ||
      name.find('\0') != std::string::npos || name.size() > 100) {
    throw StateError((folder / "state.db").string() + ": the name of a page file in it is none");
  }
  return folder / name;
}

}  // namespace

std::filesystem::path state_folder(const std::filesystem::path& state_dir,
                                   const Bytes16& vault_id) {
  return state_dir / hex(vault_id);
}

void discard_state(const std::filesystem::path& state_dir, const Bytes16& vault_id) {
  // The page files go with the next State::open: no source names them then.
  for (const char* name : {"state.db", "state.db-journal", "state.db-wal", "state.db-shm"}) {
    std::error_code error;
    const std::filesystem::path path = state_folder(state_dir, vault_id) / name;
    std::filesystem::remove(path, error);
    if (error) {
      throw Error(ErrorKind::storage, path.string() + ": cannot be deleted: " + error.message());
    }
  }
}

State::Parts::Parts(const std::filesystem::path& state_folder, const std::string& database,
                    ByteSpan credential_secret)
    : folder(state_folder), db(database), key(derive("VL1.state", credential_secret, {})) {}

State::State(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
State::State(State&&) noexcept = default;
State& State::operator=(State&&) noexcept = default;
State::~State() = default;

State State::open(const std::filesystem::path& state_dir, const Bytes16& vault_id,
                  ByteSpan credential_secret) {
  const std::filesystem::path folder = state_folder(state_dir, vault_id);
  make_folders(folder);
  for (int attempt = 0;; ++attempt) {
    try {
      auto parts =
          std::make_unique<Parts>(folder, (folder / "state.db").string(), credential_secret);
      if (!has_tables(parts->db)) make_tables(parts->db);
      parts->sweep_page_files();
      return State(std::move(parts));
    } catch (const StateError&) {
      if (attempt > 0) throw;
      discard_state(state_dir, vault_id);
    }
  }
}

std::optional<State> State::look(const std::filesystem::path& state_dir, const Bytes16& vault_id,
                                 ByteSpan credential_secret) {
  const std::filesystem::path file = state_folder(state_dir, vault_id) / "state.db";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::nullopt;
  try {
    auto parts = std::make_unique<Parts>(file.parent_path(), file.string(), credential_secret);
    if (!has_tables(parts->db)) return std::nullopt;
    return State(std::move(parts));
  } catch (const Error&) {
    return std::nullopt;
  }
}

State State::in_memory(ByteSpan credential_secret) {
  auto parts =
      std::make_unique<Parts>(std::filesystem::path(), std::string(kInMemory), credential_secret);
  if (!has_tables(parts->db)) make_tables(parts->db);
  return State(std::move(parts));
}

std::optional<SourceState> State::source(const Bytes16& source) const {
  StateStatement row(parts_->db,
                     "SELECT page_size, page_count, page_root, policy FROM source WHERE source=?");
  row.bind(1, ByteSpan(source));
  if (!row.step()) return std::nullopt;
  SourceState state;
  state.source = source;
  state.page_size = static_cast<std::uint32_t>(row.integer(0));
  state.page_count = static_cast<std::uint32_t>(row.integer(1));
  state.page_root = array_of<32>(row.blob(2));
  state.policy = array_of<32>(row.blob(3));
  StateStatement chain(
      parts_->db, "SELECT bid, entry_id, seq, bytes FROM chain WHERE source=? ORDER BY position");
  chain.bind(1, ByteSpan(source));
  while (chain.step()) {
    state.chain.push_back({array_of<16>(chain.blob(0)), array_of<32>(chain.blob(1)),
                           static_cast<std::uint64_t>(chain.integer(2)),
                           static_cast<std::uint64_t>(chain.integer(3))});
  }
  if (state.chain.empty()) return std::nullopt;
  return state;
}

std::optional<Bytes> State::pending_entry() const {
  StateStatement row(parts_->db, "SELECT entry FROM pending");
  if (!row.step()) return std::nullopt;
  const ByteSpan entry = row.blob(0);
  return Bytes(entry.begin(), entry.end());
}

void State::clear_pending() { parts_->db.run("DELETE FROM pending"); }

std::optional<SnapshotNote> State::note(const Bytes16& bid) const {
  StateStatement row(parts_->db, "SELECT name, profile, messages FROM note WHERE bid=?");
  row.bind(1, ByteSpan(bid));
  if (!row.step()) return std::nullopt;
  return SnapshotNote{bid, row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2))};
}

void State::note_damage(const std::vector<std::string>& objects) {
  parts_->db.run("BEGIN IMMEDIATE; DELETE FROM damage;");
  for (const std::string& object : objects) {
    StateStatement(parts_->db, "INSERT OR IGNORE INTO damage(object) VALUES(?)")
        .bind(1, object)
        .run();
  }
  parts_->db.run("COMMIT");
}

bool State::is_damaged(const std::string& object) const {
  StateStatement row(parts_->db, "SELECT 1 FROM damage WHERE object=?");
  row.bind(1, object);
  return row.step();
}

void State::begin_anew(const Bytes16& source) {
  StateConnection& db = parts_->db;
  db.run("BEGIN IMMEDIATE");
  parts_->in_transaction = true;
  for (const std::string_view sql :
       {"DELETE FROM frame_list WHERE source=?", "DELETE FROM hashes WHERE source=?",
        "DELETE FROM chain WHERE source=?", "DELETE FROM source WHERE source=?"}) {
    StateStatement(db, sql).bind(1, ByteSpan(source)).run();
  }
  parts_->writing = std::make_unique<PageFile>(
      parts_->folder / (std::string(kPageFilePrefix) + hex(random_array<16>())), 0);
}

void State::begin(const Bytes16& source) {
  StateConnection& db = parts_->db;
  db.run("BEGIN IMMEDIATE");
  parts_->in_transaction = true;
  StateStatement row(db, "SELECT page_file FROM source WHERE source=?");
  row.bind(1, ByteSpan(source));
  if (!row.step()) throw Error(ErrorKind::internal, "an increment of a source without a state");
  const std::filesystem::path path = page_file_path(parts_->folder, row.text(0));
  PageFileUse use = parts_->page_file_use(source);
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (error || use.end > bytes) {
    throw StateError(path.string() + ": it is gone or shorter than it was");
  }
  parts_->writing = std::make_unique<PageFile>(path, use.end, std::move(use.free));
}

void State::sync_pages() {
  parts_->writing->flush();
  parts_->writing->sync();
}

PageFileUse State::Parts::page_file_use(const Bytes16& source) {
  PageFileUse use;
  StateStatement rows(db,
                      "SELECT offset, sealed_bytes FROM frame_list WHERE source=? ORDER BY offset");
  rows.bind(1, ByteSpan(source));
  while (rows.step()) {
    const std::int64_t offset = rows.integer(0);
    const std::int64_t size = rows.integer(1);
    if (offset < 0 || size < 0 || size > kRecordSealedBytesMax ||
        offset > std::numeric_limits<std::int64_t>::max() - size) {
      throw StateError(db.path() + ": a group's place in it is none");
    }
    const auto from = static_cast<std::uint64_t>(offset);
    if (from > use.end) use.free.push_back({use.end, from - use.end});
    use.end = std::max(use.end, from + static_cast<std::uint64_t>(size));
  }
  return use;
}

PageFile* State::Parts::page_file(const Bytes16& source) {
  std::unique_ptr<PageFile>& file = reading[source];
  if (!file) {
    StateStatement row(db, "SELECT page_file FROM source WHERE source=?");
    row.bind(1, ByteSpan(source));
    if (!row.step()) return nullptr;
    file = std::make_unique<PageFile>(page_file_path(folder, row.text(0)), 0);
  }
  return file.get();
}

void State::Parts::sweep_page_files() {
  std::set<std::string> named;
  StateStatement rows(db, "SELECT page_file FROM source");
  while (rows.step()) named.insert(rows.text(0));
  std::error_code error;
  for (auto at = std::filesystem::directory_iterator(folder, error);
       !error && at != std::filesystem::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(kPageFilePrefix) && !named.contains(name)) {
      std::filesystem::remove(at->path(), ignored);
    }
  }
}

void State::roll_back() noexcept {
  if (!parts_->in_transaction) return;
  parts_->in_transaction = false;
  try {
    parts_->writing.reset();
    parts_->db.run("ROLLBACK");
    parts_->sweep_page_files();
  } catch (const Error&) {
    // SQLite has rolled back by itself already, or will when the connection closes.
  }
}

void State::commit(const SourceState& state, const SnapshotNote& note, ByteSpan pending_entry) {
  StateConnection& db = parts_->db;
  drop_dead_frames(state);
  StateStatement(db,
                 "INSERT OR REPLACE INTO source(source, page_size, page_count, page_root, policy, "
                 "page_file) VALUES(?,?,?,?,?,?)")
      .bind(1, ByteSpan(state.source))
      .bind(2, static_cast<std::int64_t>(state.page_size))
      .bind(3, static_cast<std::int64_t>(state.page_count))
      .bind(4, ByteSpan(state.page_root))
      .bind(5, ByteSpan(state.policy))
      .bind(6, parts_->writing->path().filename().string())
      .run();
  StateStatement(db, "DELETE FROM chain WHERE source=?").bind(1, ByteSpan(state.source)).run();
  StateStatement member(
      db, "INSERT INTO chain(source, position, bid, entry_id, seq, bytes) VALUES(?,?,?,?,?,?)");
  for (std::size_t i = 0; i < state.chain.size(); ++i) {
    member.bind(1, ByteSpan(state.source))
        .bind(2, static_cast<std::int64_t>(i))
        .bind(3, ByteSpan(state.chain[i].bid))
        .bind(4, ByteSpan(state.chain[i].entry_id))
        .bind(5, static_cast<std::int64_t>(state.chain[i].seq))
        .bind(6, static_cast<std::int64_t>(state.chain[i].bytes))
        .run();
  }
  StateStatement(db, "INSERT OR REPLACE INTO note(bid, name, profile, messages) VALUES(?,?,?,?)")
      .bind(1, ByteSpan(note.bid))
      .bind(2, note.name)
      .bind(3, note.profile)
      .bind(4, static_cast<std::int64_t>(note.messages))
      .run();
  StateStatement(db, "INSERT OR REPLACE INTO pending(one, entry) VALUES(1,?)")
      .bind(1, pending_entry)
      .run();
  // What the rows name must be on the disk before the rows are.
  sync_pages();
  const std::uint64_t end = parts_->page_file_use(state.source).end;
  db.run("COMMIT");
  parts_->in_transaction = false;
  parts_->reading.clear();
  try {
    parts_->writing->cut(end);
    parts_->sweep_page_files();
  } catch (const Error&) {
    // The night is committed. What is left over goes with the next one.
  }
  parts_->writing.reset();
}

}  // namespace valise
