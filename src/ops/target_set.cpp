#include "ops/target_set.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "crypto/random.hpp"

namespace valise {

std::vector<std::filesystem::path> TargetSet::existing() const {
  std::vector<std::filesystem::path> found;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::path path = target_;
    path += suffix;
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
      found.push_back(std::move(path));
    }
  }
  return found;
}

TargetSet::TargetSet(std::filesystem::path target, bool overwrite)
    : target_(std::move(target)), partial_(target_), overwrite_(overwrite) {
  const std::vector<std::filesystem::path> found = existing();
  if (!found.empty() && !overwrite) {
    throw Error(ErrorKind::usage, found.front().string() +
                                      ": it exists; restore to another folder, or add "
                                      "--overwrite");
  }
  partial_ += ".partial";
  // What an interrupted restore left is of no use.
  ::unlink(partial_.c_str());
  fd_ =
      UniqueFd(::open(partial_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd_) fail_file(ErrorKind::storage, "cannot write", partial_, errno);
}

TargetSet::~TargetSet() {
  if (fd_) ::unlink(partial_.c_str());
}

void TargetSet::keep() {
  std::vector<Moved> aside;
  try {
    if (overwrite_) move_aside(aside);
    if (!rename_if_absent(partial_, target_)) {
      throw Error(ErrorKind::storage, target_.string() + ": it appeared during the restore");
    }
  } catch (const Error&) {
    // The old set is put back; what stands in its place by now is somebody else's and stays.
    for (const Moved& moved : aside) {
      std::error_code ignored;
      if (!std::filesystem::exists(std::filesystem::symlink_status(moved.old, ignored))) {
        std::filesystem::rename(moved.now, moved.old, ignored);
      }
    }
    throw;
  }
  fd_.reset();
  sync_folder(target_.parent_path());
  for (const Moved& moved : aside) {
    std::error_code ignored;
    std::filesystem::remove(moved.now, ignored);
  }
}

void TargetSet::move_aside(std::vector<Moved>& aside) const {
  const std::string suffix = ".replaced-" + hex(random_array<4>());
  for (const std::filesystem::path& old : existing()) {
    std::filesystem::path now = old;
    now += suffix;
    if (std::rename(old.c_str(), now.c_str()) != 0) {
      fail_file(ErrorKind::storage, "cannot move aside", old, errno);
    }
    aside.push_back({old, std::move(now)});
  }
}

}  // namespace valise
