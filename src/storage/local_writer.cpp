#include "storage/local_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/hex.hpp"
#include "base/rename.hpp"
#include "base/retry.hpp"
#include "crypto/random.hpp"

namespace valise {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} << 10;
constexpr std::size_t kTemporaryNameBytes = 16;

ObjectPlace new_temporary(const LocalFolder& folder) {
  return folder.make("tmp/" + hex(random_array<kTemporaryNameBytes>()));
}

/// A new file there, or empty with errno set.
UniqueFd make_temporary(const ObjectPlace& temporary) {
  return UniqueFd(retry_interrupted([&] {
    return openat(temporary.folder.get(), temporary.leaf.c_str(),
                  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  }));
}

class LocalWriter final : public ObjectWriter {
 public:
  LocalWriter(const LocalFolder& folder, ObjectName name)
      : folder_(folder),
        name_(std::move(name)),
        // Made before the first byte, so that a place that cannot be written to fails early.
        temporary_(new_temporary(folder)),
        fd_(make_temporary(temporary_)) {
    if (!fd_) fail_file(ErrorKind::storage, "cannot make", path(), errno);
    buffer_.reserve(kBufferBytes);
  }

  ~LocalWriter() override {
    if (!settled_) unlinkat(temporary_.folder.get(), temporary_.leaf.c_str(), 0);
  }
  LocalWriter(const LocalWriter&) = delete;
  LocalWriter& operator=(const LocalWriter&) = delete;
  LocalWriter(LocalWriter&&) = delete;
  LocalWriter& operator=(LocalWriter&&) = delete;

  void write(ByteSpan bytes) override {
    if (buffer_.size() + bytes.size() < kBufferBytes) {
      append(buffer_, bytes);
      return;
    }
    flush();
    write_through(bytes);
  }

  void flush() override {
    write_through(buffer_);
    buffer_.clear();
  }

  void read(std::uint64_t offset, MutableByteSpan out) const override {
    if (read_at(fd_.get(), out, offset, path()) != out.size()) {
      throw Error(ErrorKind::storage, path().string() + ": it reads back shorter than written");
    }
  }

  [[nodiscard]] bool commit() override {
    if (committed_) throw Error(ErrorKind::internal, name_ + " was committed twice");
    committed_ = true;
    flush();
    sync_file(fd_.get(), path());
    const ObjectPlace place = folder_.make(name_);
    const int error = rename_if_absent_at(temporary_.folder.get(), temporary_.leaf.c_str(),
                                          place.folder.get(), place.leaf.c_str());
    if (error == EEXIST) {
      require_file(place);
      return false;
    }
    if (error == ENOTSUP) {
      throw Error(ErrorKind::storage, "cannot make " + path().string() + ": " + kNoRenameReason);
    }
    if (error != 0) fail_file(ErrorKind::storage, "cannot make", path(), error);
    settled_ = true;
    sync_folder(place.folder.get(), path().parent_path());
    return true;
  }

 private:
  /// The final path, for messages.
  [[nodiscard]] std::filesystem::path path() const { return folder_.path_of(name_); }

  void write_through(ByteSpan bytes) {
    write_all(fd_.get(), bytes, path());
    written_ += bytes.size();
    if (written_ - written_back_ >= kWriteBackBytes) {
      begin_write_back(fd_.get(), written_back_, written_ - written_back_);
      written_back_ = written_;
    }
  }

  /// "An object of that name exists" would be untrue of a folder or a symbolic link.
  void require_file(const ObjectPlace& place) const {
    struct stat info {};
    if (fstatat(place.folder.get(), place.leaf.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISREG(info.st_mode)) {
      throw Error(ErrorKind::corrupt,
                  path().string() + " is in the way: it is not a regular file; move it away");
    }
  }

  const LocalFolder& folder_;
  ObjectName name_;
  ObjectPlace temporary_;
  UniqueFd fd_;
  Bytes buffer_;
  std::uint64_t written_ = 0;
  std::uint64_t written_back_ = 0;
  bool committed_ = false;
  bool settled_ = false;
};

}  // namespace

std::unique_ptr<ObjectWriter> write_local_object(const LocalFolder& folder,
                                                 const ObjectName& name) {
  return std::make_unique<LocalWriter>(folder, name);
}

std::optional<std::int64_t> storage_time(const LocalFolder& folder) {
  try {
    const ObjectPlace place = new_temporary(folder);
    const UniqueFd fd = make_temporary(place);
    if (!fd) return std::nullopt;
    struct stat info {};
    const std::filesystem::path path = folder.path_of("tmp") / place.leaf;
    bool known = false;
    try {
      // Written and synced: a network folder's server sets the time then.
      const std::uint8_t byte = 0;
      write_all(fd.get(), {&byte, 1}, path);
      sync_file(fd.get(), path);
      known = fstat(fd.get(), &info) == 0;
    } catch (const Error&) {
      // The file goes again all the same.
    }
    unlinkat(place.folder.get(), place.leaf.c_str(), 0);
    if (known) return info.st_mtime;
  } catch (const Error&) {
    // Whoever writes next will say why.
  }
  return std::nullopt;
}

bool is_leftover_name(const std::string& leaf) noexcept {
  return leaf.size() == 2 * kTemporaryNameBytes &&
         leaf.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace valise
