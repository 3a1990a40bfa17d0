#include "ops/target_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/error.hpp"
#include "base/open_below.hpp"
#include "base/rename.hpp"
#include "base/retry.hpp"
#include "ops/target_names.hpp"

namespace valise {
namespace {

constexpr std::uint32_t kRestoredModeBits = 0777;  // Nothing comes back as set-user-id.

/// Tells the files of one run apart.
std::uint64_t inode_of(const struct stat& info) noexcept {
  return static_cast<std::uint64_t>(info.st_ino) ^
         static_cast<std::uint64_t>(info.st_dev) * 0x9e3779b97f4a7c15U;
}

[[noreturn]] void fail_target(const std::filesystem::path& shown, const char* what, int error) {
  if (is_fault_of_name(error)) {
    throw FileRefused{std::string(what) + " " + shown.string() + ": " + system_reason(error)};
  }
  fail_file(ErrorKind::storage, what, shown, error);
}

timespec time_of(std::int64_t ns) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t seconds = ns / kSecond;
  std::int64_t rest = ns % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return {.tv_sec = static_cast<time_t>(seconds), .tv_nsec = static_cast<long>(rest)};
}

}  // namespace

/// A file, or a symlink, under its temporary name.
class TargetFolder::Sink final : public FileSink {
 public:
  Sink(TargetFolder& target, int folder, const CatalogFile& file)
      : target_(target),
        folder_(folder),
        leaf_(leaf_of(file.path)),
        shown_(target.path_ / file.path),
        file_(file) {
    if (file.state == FileState::symlink) {
      if (symlinkat(file.link.c_str(), folder_, temporary_.c_str()) != 0) {
        fail_target(shown_, "cannot write", errno);
      }
      made_ = true;
      return;
    }
    fd_ = UniqueFd(retry_interrupted([&] {
      return openat(folder_, temporary_.c_str(),
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    }));
    if (!fd_) fail_target(shown_, "cannot write", errno);
    made_ = true;
  }
  ~Sink() override {
    if (made_) unlinkat(folder_, temporary_.c_str(), 0);
  }
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  void write(ByteSpan piece) override {
    write_all(fd_.get(), piece, shown_);
    written_ += piece.size();
    if (written_ - handed_on_ >= kWriteBackBytes) {
      begin_write_back(fd_.get(), handed_on_, written_ - handed_on_);
      handed_on_ = written_;
    }
  }

  void finish() override {
    set_mode_and_time();
    struct stat info {};
    if (fstatat(folder_, temporary_.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      fail_target(shown_, "cannot write", errno);
    }
#ifndef __linux__
    // Elsewhere there is no call that syncs all of one file system and tells of failures.
    if (fd_) sync_file(fd_.get(), shown_);
#endif
    target_.place(folder_, temporary_, leaf_, inode_of(info), file_.path);
    made_ = false;
  }

 private:
  void set_mode_and_time() {
    const timespec time = time_of(file_.mtime_ns);
    const std::array<timespec, 2> times{time, time};
    const bool kept =
        fd_ ? fchmod(fd_.get(), file_.mode & kRestoredModeBits) == 0 &&
                  futimens(fd_.get(), times.data()) == 0
            : utimensat(folder_, temporary_.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) == 0;
    if (!kept) target_.lost_ = true;
  }

  TargetFolder& target_;
  int folder_;
  std::string leaf_;
  std::filesystem::path shown_;
  const CatalogFile& file_;  // Outlives its sink.
  std::string temporary_ = new_temporary_name();
  bool made_ = false;
  UniqueFd fd_;
  std::uint64_t written_ = 0;
  std::uint64_t handed_on_ = 0;
};

TargetFolder::TargetFolder(const std::filesystem::path& path, bool overwrite)
    : path_(path), overwrite_(overwrite), root_(retry_interrupted([&] {
        return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      })) {
  if (!root_) fail_file(ErrorKind::storage, "cannot open the folder", path_, errno);
  // Where the file system has no locks, nothing holds another run back.
  if (flock(root_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw Error(ErrorKind::locked,
                path_.string() +
                    ": another restore writes into it; wait for its end, or restore "
                    "to another folder");
  }
  was_empty_ = is_empty_folder(root_.get());
  if (was_empty_) return;
  sweep_temporaries(root_.get());
  look_ = std::make_unique<FolderWalk>(root_.get(), path_, sweep_temporaries);
}

bool TargetFolder::stands(std::string_view path) {
  if (was_empty_) return false;
  try {
    const int folder = look_->find_folder_of(path);
    struct stat info {};
    return folder >= 0 && fstatat(folder, leaf_of(path).c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
  } catch (const FileRefused&) {
    return false;  // Nothing stands there; open() will say what is in the way.
  }
}

void TargetFolder::begin(std::size_t workers) {
  look_.reset();
  for (std::size_t i = 0; i < workers; ++i) {
    walks_.push_back(std::make_unique<FolderWalk>(root_.get(), path_));
  }
}

std::unique_ptr<FileSink> TargetFolder::open(std::size_t worker, const CatalogFile& file) {
  return std::make_unique<Sink>(*this, walks_[worker]->make_folder_of(file.path), file);
}

/// Why the name is taken, though nothing stood there before or it may be replaced.
std::string TargetFolder::what_stands(const std::string& path) {
  const std::string shown = (path_ / path).string();
  if (collisions_++ >= kNamedCollisionsMax) {
    return shown +
           ": something stands there already: another file of the snapshot, whose name this file "
           "system takes for the same, or one that came meanwhile";
  }
  const std::string listed = listed_path(root_.get(), path);
  if (listed == path) return shown + ": something came to stand there meanwhile";
  return shown + ": this file system takes its name for that of " + (path_ / listed).string() +
         ", which stands there; restore it alone, to another folder: --files";
}

void TargetFolder::place(int folder, const std::string& temporary, const std::string& leaf,
                         std::uint64_t identity, const std::string& path) {
  const std::filesystem::path shown = path_ / path;
  if (overwrite_) {
    // Before it has its name: another worker may look for it at once.
    const std::lock_guard lock(mutex_);
    placed_.insert(identity);
  }
  int error = rename_if_absent_at(folder, temporary.c_str(), folder, leaf.c_str());
  if (error == 0) return;
  if (overwrite_ && (error == EEXIST || error == ENOTSUP)) {
    const std::lock_guard lock(mutex_);
    struct stat old {};
    const bool is_ours = fstatat(folder, leaf.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0 &&
                         placed_.contains(inode_of(old));
    if (!is_ours) {
      if (renameat(folder, temporary.c_str(), folder, leaf.c_str()) == 0) return;
      error = errno;
    } else {
      error = EEXIST;
    }
  }
  if (error == EEXIST) throw FileRefused{what_stands(path)};
  if (error == ENOTSUP) {
    throw Error(ErrorKind::storage, "cannot make " + shown.string() + ": " + kNoRenameReason);
  }
  fail_target(shown, "cannot make", error);
}

void TargetFolder::sync() {
#ifdef __linux__
  if (syncfs(root_.get()) != 0) fail_file(ErrorKind::storage, "cannot write to", path_, errno);
#else
  sync_folder(root_.get(), path_);
#endif
}

}  // namespace valise
