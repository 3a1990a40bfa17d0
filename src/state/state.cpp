#include "state/state.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/cursor.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "state/state_parts.hpp"

namespace valise {
namespace {

// Raised with every change of the tables; an older state is replaced, which costs one full backup.
constexpr std::int64_t kSchemaVersion = 6;

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
                  messages INTEGER NOT NULL, captured_at INTEGER NOT NULL, origin_entry BLOB,
                  origin_time INTEGER) WITHOUT ROWID;
CREATE TABLE catalog_chunk(id INTEGER PRIMARY KEY AUTOINCREMENT, source BLOB NOT NULL,
                           salt BLOB NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE catalog_order(source BLOB NOT NULL, position INTEGER NOT NULL, chunk INTEGER NOT NULL,
                           PRIMARY KEY(source, position)) WITHOUT ROWID;
CREATE TABLE pack(number INTEGER PRIMARY KEY AUTOINCREMENT, id BLOB, bytes INTEGER NOT NULL);
CREATE TABLE pack_use(source BLOB NOT NULL, number INTEGER NOT NULL, committed INTEGER NOT NULL,
                      PRIMARY KEY(source, number)) WITHOUT ROWID;
CREATE INDEX pack_user ON pack_use(number);
CREATE TABLE damage(object TEXT PRIMARY KEY) WITHOUT ROWID;
)sql";

// Sets the connection up. False when the database is empty.
bool has_tables(StateConnection& db) {
  db.run(
      "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA; PRAGMA cache_size=-8000;"
      "PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;");
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

std::vector<Bytes16> State::sources() const {
  StateStatement rows(parts_->db, "SELECT source FROM source");
  std::vector<Bytes16> sources;
  while (rows.step()) {
    if (rows.blob(0).size() != 16) {
      throw StateError(parts_->db.path() + ": the id of a source in it is none");
    }
    sources.push_back(array_of<16>(rows.blob(0)));
  }
  return sources;
}

std::optional<Bytes> State::pending_entry() const {
  StateStatement row(parts_->db, "SELECT entry FROM pending");
  if (!row.step()) return std::nullopt;
  const ByteSpan entry = row.blob(0);
  return Bytes(entry.begin(), entry.end());
}

void State::clear_pending() { parts_->db.run("DELETE FROM pending"); }

std::optional<SnapshotNote> State::note(const Bytes16& bid) const {
  StateStatement row(parts_->db,
                     "SELECT name, profile, messages, captured_at, origin_entry, origin_time "
                     "FROM note WHERE bid=?");
  row.bind(1, ByteSpan(bid));
  if (!row.step()) return std::nullopt;
  SnapshotNote note{bid, row.text(0), row.text(1), static_cast<std::uint64_t>(row.integer(2)),
                    static_cast<std::uint64_t>(row.integer(3))};
  if (const ByteSpan entry = row.blob(4); entry.size() == 32) {
    note.origin = OriginInfo{array_of<32>(entry), static_cast<std::uint64_t>(row.integer(5))};
  }
  return note;
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

}  // namespace valise
