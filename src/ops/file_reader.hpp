#pragma once

#include <functional>
#include <string>

#include "crypto/hash.hpp"
#include "format/media_piece.hpp"
#include "source/file_walk.hpp"
#include "state/catalog_chunk.hpp"

namespace valise {

/// Up to here a file is read whole, in one piece, by one worker.
inline constexpr std::uint64_t kWholeFileBytesMax = std::uint64_t{8} << 20;
/// A file that changes while it is read is read so often.
inline constexpr int kReadAttempts = 3;

/// What reading a file came to.
struct ReadFile {
  StoredFile stored;                ///< Its pieces are not placed yet.
  std::vector<SealedPiece> pieces;  ///< None where the content is known, or empty.
  bool known = false;               ///< The index has its content.
  bool changing = false;            ///< It changed each time it was read; this is the last reading.
  bool too_large = false;           ///< It has grown over kWholeFileBytesMax; nothing was sealed.
  std::string unreadable;           ///< Why not, in the system's words; else empty.
};

/// A row for a file as it was found, without content.
[[nodiscard]] StoredFile stored_from(const WalkedFile& found);
/// Whether the time of a file's last change is old enough, at `now_ns` (Unix nanoseconds), for a
/// later change to show in it. File systems count it in steps of up to two seconds.
[[nodiscard]] bool is_settled(const FileIdentity& identity, std::int64_t now_ns) noexcept;

/// Reads, hashes and seals a file of at most kWholeFileBytesMax. `known` is asked with the hash of
/// its content, from any thread. Thread-safe with a sealer of its own.
[[nodiscard]] ReadFile read_whole(const FileWalk& walk, const WalkedFile& found,
                                  const std::function<bool(const Bytes32&)>& known,
                                  PieceSealer& sealer);

/// Reads a file piece by piece, hashing as it goes. Not thread-safe.
class PieceReader {
 public:
  /// `unreadable` of the result says why when it cannot be opened.
  PieceReader(const FileWalk& walk, const WalkedFile& found);
  [[nodiscard]] const std::string& unreadable() const noexcept { return unreadable_; }
  /// When it was opened; 0 where it was not.
  [[nodiscard]] std::uint64_t size() const noexcept { return before_.size; }
  /// The next piece of up to kMediaPieceBytesMax; empty at the end, or when reading fails.
  [[nodiscard]] Bytes next();
  /// After the last piece: the row. `changing` says whether the file changed meanwhile.
  [[nodiscard]] StoredFile finish(bool& changing);

 private:
  WalkedFile found_;
  UniqueFd fd_;
  FileIdentity before_;
  BulkHasher hasher_;
  std::uint64_t offset_ = 0;
  std::string unreadable_;
};

}  // namespace valise
