#include "ops/file_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "base/retry.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "format/media_pack.hpp"

namespace valise {
namespace {

constexpr std::string_view kFileHashLabel = "VL1.file";
constexpr std::int64_t kSettledNs = 2'100'000'000;

std::int64_t wall_clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Reads until `out` is full or the file ends, and makes it as long as what was read. False, and
// errno says why, when that fails.
bool read_some(int fd, std::uint64_t offset, Bytes& out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = retry_interrupted([&] {
      return pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    });
    if (got < 0) return false;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  out.resize(done);
  return true;
}

// It was a regular file when its folder was listed.
std::string open_reason(int error_number) {
  if (error_number == ENOENT) return "it went away while the backup ran";
  if (error_number == ELOOP || error_number == EISDIR) {
    return "it was replaced by a link or something else while the backup ran";
  }
  return system_reason(error_number);
}

}  // namespace

StoredFile stored_from(const WalkedFile& found) {
  StoredFile stored;
  stored.file.path = found.path;
  stored.file.state = found.is_symlink ? FileState::symlink : FileState::present;
  stored.file.mode = found.mode;
  stored.file.mtime_ns = found.identity.mtime_ns;
  stored.file.link = found.link;
  stored.inode = found.identity.inode;
  stored.ctime_ns = found.identity.ctime_ns;
  return stored;
}

bool is_settled(const FileIdentity& identity, std::int64_t now_ns) noexcept {
  return identity.ctime_ns < now_ns - kSettledNs && identity.mtime_ns < now_ns - kSettledNs;
}

PieceReader::PieceReader(const FileWalk& walk, const WalkedFile& found)
    : found_(found), hasher_(kFileHashLabel) {
  OpenedFile file = walk.open_file(found.path);
  if (!file.fd) {
    unreadable_ = open_reason(errno);
    return;
  }
  fd_ = std::move(file.fd);
  before_ = file.identity;
  found_.mode = file.mode;
  found_.identity = before_;
}

Bytes PieceReader::next() {
  // Not behind the end that it had when it was opened: a file that something keeps appending to
  // would never end, and up to there it is as it was.
  const std::uint64_t left = before_.size - offset_;
  const auto length = static_cast<std::size_t>(std::min(left, kMediaPieceBytesMax));
  Bytes piece;
  piece.reserve(length + kAeadTagBytes);  // It is sealed where it is.
  piece.resize(length);
  if (!read_some(fd_.get(), offset_, piece)) {
    unreadable_ = system_reason(errno);
    piece.clear();
  }
  offset_ += piece.size();
  hasher_.update(piece);
  return piece;
}

StoredFile PieceReader::finish(bool& changing) {
  struct stat info {};
  changing =
      fstat(fd_.get(), &info) != 0 || identity_of(info) != before_ || offset_ != before_.size;
  StoredFile stored = stored_from(found_);
  stored.file.size = offset_;
  stored.file.content_hash = hasher_.finish();
  // Looked at again next night, if a change could hide.
  if (changing || !is_settled(before_, wall_clock_ns())) stored.ctime_ns = 0;
  return stored;
}

ReadFile read_whole(const FileWalk& walk, const WalkedFile& found,
                    const std::function<bool(const Bytes32&)>& known, PieceSealer& sealer) {
  for (int attempt = 1;; ++attempt) {
    ReadFile result;
    PieceReader reader(walk, found);
    result.too_large = reader.size() > kWholeFileBytesMax;
    if (result.too_large) return result;
    Bytes content;
    if (reader.unreadable().empty()) content = reader.next();
    result.unreadable = reader.unreadable();
    if (!result.unreadable.empty()) return result;
    result.stored = reader.finish(result.changing);
    if (result.changing && attempt < kReadAttempts) continue;
    result.known = !content.empty() && known(result.stored.file.content_hash);
    if (!content.empty() && !result.known) result.pieces.push_back(sealer.seal(std::move(content)));
    return result;
  }
}

}  // namespace valise
