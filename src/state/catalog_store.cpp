// The catalogs of the sources: the part of State that attachments are reused from.

#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "crypto/random.hpp"
#include "crypto/wipe_guard.hpp"
#include "state/catalog_chunk.hpp"
#include "state/state.hpp"
#include "state/state_parts.hpp"

namespace valise {
namespace {

Secret chunk_key(ByteSpan state_key, const Bytes16& source, const Bytes16& salt) {
  return derive("VL1.state.cat", state_key, {source, salt});
}

}  // namespace

std::vector<std::int64_t> State::catalog(const Bytes16& source) const {
  StateStatement rows(parts_->db,
                      "SELECT chunk FROM catalog_order WHERE source=? ORDER BY position");
  rows.bind(1, ByteSpan(source));
  std::vector<std::int64_t> chunks;
  while (rows.step()) chunks.push_back(rows.integer(0));
  return chunks;
}

std::vector<std::int64_t> State::catalog_chunks() const {
  StateStatement rows(parts_->db, "SELECT id FROM catalog_chunk ORDER BY id");
  std::vector<std::int64_t> chunks;
  while (rows.step()) chunks.push_back(rows.integer(0));
  return chunks;
}

std::vector<StoredFile> State::catalog_files(std::int64_t chunk) const {
  const std::string object = parts_->db.path() + ": its list of attachments";
  StateStatement row(parts_->db, "SELECT source, salt, sealed FROM catalog_chunk WHERE id=?");
  row.bind(1, chunk);
  if (!row.step() || row.blob(0).size() != 16 || row.blob(1).size() != 16 ||
      row.blob(2).size() > kCatalogChunkBytesMax + kAeadTagBytes) {
    throw StateError(object + " has a hole");
  }
  const Secret key =
      chunk_key(parts_->key.view(), array_of<16>(row.blob(0)), array_of<16>(row.blob(1)));
  std::optional<Bytes> plain = valise::open(key.view(), row.blob(2));
  if (!plain) throw StateError(object + " is damaged");
  const WipeGuard guard(*plain);
  try {
    return decode_catalog_chunk(*plain, object);
  } catch (const Error& error) {
    // Damaged, but not a backup: the state can be made anew.
    throw StateError(error.what());
  }
}

std::int64_t State::put_catalog_files(const Bytes16& source, const std::vector<StoredFile>& files) {
  const auto salt = random_array<16>();
  Bytes plain = encode_catalog_chunk(files);
  const WipeGuard guard(plain);
  const Bytes sealed = seal(chunk_key(parts_->key.view(), source, salt).view(), plain);
  StateStatement(parts_->db, "INSERT INTO catalog_chunk(source, salt, sealed) VALUES(?,?,?)")
      .bind(1, ByteSpan(source))
      .bind(2, ByteSpan(salt))
      .bind(3, sealed)
      .run();
  StateStatement row(parts_->db, "SELECT last_insert_rowid()");
  row.step();
  return row.integer(0);
}

void State::set_catalog(const Bytes16& source, const std::vector<std::int64_t>& chunks,
                        const std::set<std::uint32_t>& packs) {
  StateConnection& db = parts_->db;
  StateStatement(db, "DELETE FROM catalog_order WHERE source=?").bind(1, ByteSpan(source)).run();
  StateStatement insert(db, "INSERT INTO catalog_order(source, position, chunk) VALUES(?,?,?)");
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    insert.bind(1, ByteSpan(source)).bind(2, static_cast<std::int64_t>(i)).bind(3, chunks[i]).run();
  }
  // Keys of files that are gone go with the rows: secure_delete overwrites them.
  StateStatement(db,
                 "DELETE FROM catalog_chunk WHERE source=? AND id NOT IN "
                 "(SELECT chunk FROM catalog_order WHERE source=?)")
      .bind(1, ByteSpan(source))
      .bind(2, ByteSpan(source))
      .run();
  set_packs(source, packs);
}

std::set<std::uint32_t> State::catalog_packs(const Bytes16& source) const {
  StateStatement rows(parts_->db, "SELECT number FROM pack_use WHERE source=? AND committed=1");
  rows.bind(1, ByteSpan(source));
  std::set<std::uint32_t> packs;
  while (rows.step()) packs.insert(static_cast<std::uint32_t>(rows.integer(0)));
  return packs;
}

// Only what differs is written: in most nights nothing, of thousands of packs.
void State::set_packs(const Bytes16& source, const std::set<std::uint32_t>& packs) {
  StateConnection& db = parts_->db;
  std::set<std::uint32_t> settled;
  std::vector<std::int64_t> unused;
  {
    StateStatement rows(db, "SELECT number, committed FROM pack_use WHERE source=?");
    rows.bind(1, ByteSpan(source));
    while (rows.step()) {
      const auto number = static_cast<std::uint32_t>(rows.integer(0));
      if (!packs.contains(number)) {
        unused.push_back(rows.integer(0));
      } else if (rows.integer(1) == 1) {
        settled.insert(number);
      }
    }
  }
  StateStatement use(db,
                     "INSERT OR REPLACE INTO pack_use(source, number, committed) VALUES(?,?,1)");
  for (const std::uint32_t number : packs) {
    if (settled.contains(number)) continue;
    use.bind(1, ByteSpan(source)).bind(2, static_cast<std::int64_t>(number)).run();
  }
  StateStatement leave(db, "DELETE FROM pack_use WHERE source=? AND number=?");
  StateStatement drop(db,
                      "DELETE FROM pack WHERE number=? AND NOT EXISTS "
                      "(SELECT 1 FROM pack_use WHERE pack_use.number = pack.number)");
  for (const std::int64_t number : unused) {
    leave.bind(1, ByteSpan(source)).bind(2, number).run();
    drop.bind(1, number).run();
  }
}

std::uint32_t State::new_pack(const Bytes16& source) {
  parts_->db.run("INSERT INTO pack(id, bytes) VALUES(NULL, 0)");
  StateStatement row(parts_->db, "SELECT last_insert_rowid()");
  row.step();
  const std::int64_t number = row.integer(0);
  if (number <= 0 || number > UINT32_MAX) {
    throw StateError(parts_->db.path() + ": its number of media packs is none");
  }
  StateStatement(parts_->db, "INSERT INTO pack_use(source, number, committed) VALUES(?,?,0)")
      .bind(1, ByteSpan(source))
      .bind(2, number)
      .run();
  return static_cast<std::uint32_t>(number);
}

void State::note_pack(std::uint32_t number, const PackAt& pack) {
  StateStatement(parts_->db, "UPDATE pack SET id=?, bytes=? WHERE number=?")
      .bind(1, ByteSpan(pack.id))
      .bind(2, static_cast<std::int64_t>(pack.bytes))
      .bind(3, static_cast<std::int64_t>(number))
      .run();
}

std::map<std::uint32_t, PackAt> State::packs() const {
  StateStatement rows(parts_->db, "SELECT number, id, bytes FROM pack WHERE id IS NOT NULL");
  std::map<std::uint32_t, PackAt> packs;
  while (rows.step()) {
    if (rows.blob(1).size() != 32) {
      throw StateError(parts_->db.path() + ": the id of a media pack in it is none");
    }
    packs[static_cast<std::uint32_t>(rows.integer(0))] = {
        array_of<32>(rows.blob(1)), static_cast<std::uint64_t>(rows.integer(2))};
  }
  return packs;
}

void State::begin_catalog() {
  parts_->db.run("BEGIN IMMEDIATE");
  parts_->in_transaction = true;
}

void State::commit_catalog() {
  parts_->db.run("COMMIT");
  parts_->in_transaction = false;
}

}  // namespace valise
