// Tonight's part of State: one transaction from begin to commit, and the page files beside it.

#include <algorithm>
#include <filesystem>
#include <limits>
#include <set>

#include "base/hex.hpp"
#include "crypto/random.hpp"
#include "state/state.hpp"
#include "state/state_parts.hpp"

namespace valise {
namespace {

constexpr std::string_view kPageFilePrefix = "pages-";

void delete_rows(StateConnection& db, const Bytes16& source) {
  for (const std::string_view sql :
       {"DELETE FROM frame_list WHERE source=?", "DELETE FROM hashes WHERE source=?",
        "DELETE FROM chain WHERE source=?", "DELETE FROM source WHERE source=?"}) {
    StateStatement(db, sql).bind(1, ByteSpan(source)).run();
  }
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

void State::begin_anew(const Bytes16& source) {
  StateConnection& db = parts_->db;
  db.run("BEGIN IMMEDIATE");
  parts_->in_transaction = true;
  delete_rows(db, source);
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

void State::forget(const Bytes16& source) {
  StateConnection& db = parts_->db;
  db.run("BEGIN IMMEDIATE");
  parts_->in_transaction = true;
  delete_rows(db, source);
  set_catalog(source, {}, {});
  db.run("COMMIT");
  parts_->in_transaction = false;
  parts_->reading.clear();
  parts_->sweep_page_files();
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
  StateStatement remembered(db,
                            "INSERT OR REPLACE INTO note(bid, name, profile, messages, "
                            "captured_at, origin_entry, origin_time) VALUES(?,?,?,?,?,?,?)");
  remembered.bind(1, ByteSpan(note.bid))
      .bind(2, note.name)
      .bind(3, note.profile)
      .bind(4, static_cast<std::int64_t>(note.messages))
      .bind(5, static_cast<std::int64_t>(note.captured_at));
  if (note.origin) {
    remembered.bind(6, ByteSpan(note.origin->entry_id))
        .bind(7, static_cast<std::int64_t>(note.origin->time));
  }
  remembered.run();
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
