// Last night's pages and their hashes: the part of State that a delta is made against.

#include <algorithm>
#include <limits>

#include "base/cursor.hpp"
#include "crypto/aead.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/hash.hpp"
#include "state/state.hpp"
#include "state/state_parts.hpp"

namespace valise {
namespace {

// A frame and a row of hashes are sealed once: a snapshot's bid is never used again, and each
// number and chunk is written once under it.
Secret row_key(std::string_view label, ByteSpan state_key, const Bytes16& generation,
               std::uint64_t number) {
  ByteWriter at;
  at.bytes(generation).u64(number);
  return derive(label, state_key, {at.view()});
}

PageList decode_list(ByteSpan pages, const std::string& path) {
  try {
    return decode_page_list(pages, 0xfffffffeU, kRecordPlainBytesMax / kPageSizeMin, path);
  } catch (const Error& error) {
    // Damaged, but not a backup: the state can be made anew.
    throw StateError(error.what());
  }
}

// Of a row of: row, generation, number, plain_bytes, pages, offset, sealed_bytes.
FrameAt frame_at(const StateStatement& row) {
  return {row.integer(0),
          array_of<16>(row.blob(1)),
          static_cast<std::uint64_t>(row.integer(2)),
          static_cast<std::uint32_t>(row.integer(3)),
          static_cast<std::uint64_t>(row.integer(5)),
          static_cast<std::uint32_t>(row.integer(6))};
}

}  // namespace

std::optional<Bytes> State::hashes(const Bytes16& source, std::uint32_t chunk) const {
  StateStatement row(parts_->db,
                     "SELECT generation, sealed FROM hashes WHERE source=? AND chunk=?");
  row.bind(1, ByteSpan(source)).bind(2, static_cast<std::int64_t>(chunk));
  if (!row.step() || row.blob(0).size() != 16) return std::nullopt;
  const Secret key =
      row_key("VL1.state.hash", parts_->key.view(), array_of<16>(row.blob(0)), chunk);
  return valise::open(key.view(), row.blob(1));
}

void State::put_hashes(const Bytes16& source, const Bytes16& generation, std::uint32_t chunk,
                       ByteSpan hashes) {
  const Secret key = row_key("VL1.state.hash", parts_->key.view(), generation, chunk);
  const Bytes sealed = seal(key.view(), hashes);
  StateStatement(parts_->db,
                 "INSERT INTO hashes(source, chunk, generation, sealed) VALUES(?,?,?,?) "
                 "ON CONFLICT(source, chunk) DO UPDATE SET generation=excluded.generation, "
                 "sealed=excluded.sealed")
      .bind(1, ByteSpan(source))
      .bind(2, static_cast<std::int64_t>(chunk))
      .bind(3, ByteSpan(generation))
      .bind(4, sealed)
      .run();
}

Bytes State::seal_frame(const Bytes16& generation, std::uint64_t number, ByteSpan payload) const {
  return seal_aes_gcm(row_key("VL1.state.frame", parts_->key.view(), generation, number).view(),
                      payload);
}

std::optional<Bytes> State::open_frame(const FrameAt& frame, ByteSpan sealed) const {
  return open_aes_gcm(
      row_key("VL1.state.frame", parts_->key.view(), frame.generation, frame.number).view(),
      sealed);
}

void State::put_frame(const Bytes16& source, const FrameAt& frame, const PageList& pages,
                      ByteSpan sealed) {
  const Bytes list = encode_page_list(pages);
  const std::uint64_t offset = parts_->writing->put_group(sealed);
  StateStatement(parts_->db,
                 "INSERT INTO frame_list(source, generation, number, plain_bytes, offset, "
                 "sealed_bytes, pages) VALUES(?,?,?,?,?,?,?)")
      .bind(1, ByteSpan(source))
      .bind(2, ByteSpan(frame.generation))
      .bind(3, static_cast<std::int64_t>(frame.number))
      .bind(4, static_cast<std::int64_t>(frame.plain_bytes))
      .bind(5, static_cast<std::int64_t>(offset))
      .bind(6, static_cast<std::int64_t>(sealed.size()))
      .bind(7, list)
      .run();
}

Bytes State::read_frame(const Bytes16& source, const FrameAt& frame) const {
  const PageFile* file = parts_->page_file(source);
  if (file == nullptr || frame.sealed_bytes > kRecordSealedBytesMax ||
      frame.offset > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return {};
  }
  try {
    return file->read(frame.offset, frame.sealed_bytes);
  } catch (const Error&) {
    // A sector that does not read any more costs a full at most, and never a night.
    return {};
  }
}

bool State::find_frames(
    const Bytes16& source, const PageList& wanted,
    const std::function<void(const FrameAt& frame, PageList pages)>& each) const {
  std::vector<bool> found(wanted.size(), false);
  std::size_t left = wanted.size();
  StateStatement rows(parts_->db,
                      "SELECT row, generation, number, plain_bytes, pages, offset, sealed_bytes "
                      "FROM frame_list WHERE source=? ORDER BY row DESC");
  rows.bind(1, ByteSpan(source));
  while (left > 0 && rows.step()) {
    PageList hits;
    const PageList pages = decode_list(rows.blob(4), parts_->db.path());
    std::size_t at = 0;
    for (const std::uint32_t page : pages) {
      while (at < wanted.size() && wanted[at] < page) ++at;
      if (at == wanted.size()) break;
      if (wanted[at] == page && !found[at]) {
        found[at] = true;
        hits.push_back(page);
      }
    }
    if (hits.empty()) continue;
    left -= hits.size();
    each(frame_at(rows), std::move(hits));
  }
  return left == 0;
}

// From the newest frame to the oldest, each with those of its pages that no newer frame holds.
void State::walk_frames(const Bytes16& source, std::uint32_t page_count,
                        const EachFrame& each) const {
  std::vector<bool> newer(std::size_t{page_count} + 1, false);
  StateStatement rows(parts_->db,
                      "SELECT row, generation, number, plain_bytes, pages, offset, sealed_bytes "
                      "FROM frame_list WHERE source=? ORDER BY row DESC");
  rows.bind(1, ByteSpan(source));
  while (rows.step()) {
    const PageList pages = decode_list(rows.blob(4), parts_->db.path());
    PageList live;
    for (const std::uint32_t page : pages) {
      if (page > page_count || newer[page]) continue;
      newer[page] = true;
      live.push_back(page);
    }
    each(frame_at(rows), std::move(live), pages.size());
  }
}

void State::find_sparse_frames(
    const Bytes16& source, std::uint32_t page_count,
    const std::function<void(const FrameAt& frame, PageList live)>& each) const {
  walk_frames(source, page_count, [&](const FrameAt& frame, PageList live, std::size_t pages) {
    if (!live.empty() && live.size() * kSparseShare <= pages) each(frame, std::move(live));
  });
}

void State::drop_dead_frames(const SourceState& state) {
  std::vector<std::int64_t> dead;
  walk_frames(state.source, state.page_count,
              [&](const FrameAt& frame, const PageList& live, std::size_t) {
                if (live.empty()) dead.push_back(frame.row);
              });
  for (const std::int64_t row : dead) {
    StateStatement(parts_->db, "DELETE FROM frame_list WHERE row=?").bind(1, row).run();
  }
  StateStatement(parts_->db, "DELETE FROM hashes WHERE source=? AND chunk>?")
      .bind(1, ByteSpan(state.source))
      .bind(2, static_cast<std::int64_t>((state.page_count - 1) / kHashChunkPages))
      .run();
}

}  // namespace valise
