#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"

namespace valise {

class Cancellation;

/// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) noexcept : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept;
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept;
  void reset() noexcept;

 private:
  int fd_ = -1;
};

// Every failure below is an Error that names the path and the system's reason; `kind` is storage
// unless said otherwise. A full disk and a missing permission say so in words. Thread-safe.

/// A whole file of at most `bytes_max` bytes; nothing when there is none; Error(limit) when larger;
/// Error(usage) when it is a folder, a pipe or a device, which is found without waiting for
/// anybody.
[[nodiscard]] std::optional<Bytes> read_file(const std::filesystem::path& path,
                                             std::uint64_t bytes_max);

enum class Existing { refuse, replace };

/// Writes a whole file so that at every moment either the old or the new one stands there, whole:
/// temporary file beside it, fsync, link (or rename), fsync of the folder. Returns false, and
/// leaves everything alone, when the file exists and `existing` is refuse. A symbolic link counts
/// as a file: it is replaced, never followed.
[[nodiscard]] bool write_file(const std::filesystem::path& path, ByteSpan content, unsigned mode,
                              Existing existing);

/// Creates the folder and its parents (mode 0700) and syncs the parent of each new one.
void make_folders(const std::filesystem::path& path);

/// fsync, or F_FULLFSYNC where there is one (macOS: fsync alone stops at the drive's cache).
void sync_file(int fd, const std::filesystem::path& path);
void sync_folder(const std::filesystem::path& path);
/// The same for a folder that is open already; `path` is for messages.
void sync_folder(int fd, const std::filesystem::path& path);

/// Gives `from` the name `to`, if nothing stands there yet: link and unlink, else renameat2
/// NOREPLACE, else renamex_np. False when `to` exists. Throws Error(storage) that says "this file
/// system cannot rename without replacing" when it has none of them.
[[nodiscard]] bool rename_if_absent(const std::filesystem::path& from,
                                    const std::filesystem::path& to);

void write_all(int fd, ByteSpan bytes, const std::filesystem::path& path);
void write_all_at(int fd, ByteSpan bytes, std::uint64_t offset, const std::filesystem::path& path);
/// Fills `out` from `offset`; returns the bytes read, fewer only at the end of the file.
[[nodiscard]] std::size_t read_at(int fd, MutableByteSpan out, std::uint64_t offset,
                                  const std::filesystem::path& path);

/// Asks the system to begin moving these bytes of the file to the disk while we go on working: else
/// all of a large file waits for the sync at its end. Only a hint.
void begin_write_back(int fd, std::uint64_t offset, std::uint64_t size) noexcept;
/// How much is written before that is asked for.
inline constexpr std::uint64_t kWriteBackBytes = std::uint64_t{8} << 20;

/// A new file of mode 0600 without a name in `folder` (O_TMPFILE, else created and unlinked):
/// what is in it goes with the descriptor.
[[nodiscard]] UniqueFd unnamed_file(const std::filesystem::path& folder);

/// An exclusive lock on a file (created if absent, never removed), held until destruction or death
/// of the process. Waits up to `wait_seconds`; throws Error(locked) naming `what`, or
/// Error(cancelled) when `cancellation`, which may be null, is requested meanwhile.
class FileLock {
 public:
  FileLock(const std::filesystem::path& path, std::uint64_t wait_seconds, const std::string& what,
           const Cancellation* cancellation = nullptr);

 private:
  UniqueFd fd_;
};

/// "No space left on device; the disk is full: ..." : the system's words, with what to do for the
/// failures that people meet.
[[nodiscard]] std::string system_reason(int error_number);
/// Throws Error(kind) "<what> <path>: <reason>".
[[noreturn]] void fail_file(ErrorKind kind, const std::string& what,
                            const std::filesystem::path& path, int error_number);

}  // namespace valise
