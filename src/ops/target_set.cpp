#include "ops/target_set.hpp"

#include <cerrno>
#include <cstdio>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "crypto/random.hpp"

namespace valise {

namespace {

std::vector<std::filesystem::path> existing_set(const std::filesystem::path& target) {
  std::vector<std::filesystem::path> found;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
    std::filesystem::path path = target;
    path += suffix;
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
      found.push_back(std::move(path));
    }
  }
  return found;
}

std::filesystem::path checked_target(std::filesystem::path target, bool overwrite) {
  const std::vector<std::filesystem::path> found = existing_set(target);
  if (!found.empty() && !overwrite) {
    throw Error(ErrorKind::usage, found.front().string() +
                                      ": it exists; restore to another folder, or add "
                                      "--overwrite");
  }
  return target;
}

[[noreturn]] void fail_appeared(const std::filesystem::path& path) {
  throw Error(ErrorKind::storage, path.string() + ": it appeared during the restore");
}

}  // namespace

TargetSet::TargetSet(std::filesystem::path target, bool overwrite)
    : target_(checked_target(std::move(target), overwrite)),
      overwrite_(overwrite),
      partial_(target_) {}

void TargetSet::keep() {
  std::vector<Moved> aside;
  try {
    if (overwrite_) move_aside(aside);
    // Who opens the database would read a newcomer's -wal or -journal into it.
    for (const std::filesystem::path& newcomer : existing_set(target_)) fail_appeared(newcomer);
    if (!partial_.rename_to(target_)) fail_appeared(target_);
  } catch (...) {
    // The old set is put back; what stands in its place by now is somebody else's and stays.
    for (const Moved& moved : aside) {
      std::error_code ignored;
      if (!std::filesystem::exists(std::filesystem::symlink_status(moved.old, ignored))) {
        std::filesystem::rename(moved.now, moved.old, ignored);
      }
    }
    throw;
  }
  sync_folder(target_.parent_path());
  for (const Moved& moved : aside) {
    std::error_code ignored;
    std::filesystem::remove(moved.now, ignored);
  }
}

void TargetSet::move_aside(std::vector<Moved>& aside) const {
  const std::string suffix = ".replaced-" + hex(random_array<4>());
  for (const std::filesystem::path& old : existing_set(target_)) {
    std::filesystem::path now = old;
    now += suffix;
    if (std::rename(old.c_str(), now.c_str()) != 0) {
      fail_file(ErrorKind::storage, "cannot move aside", old, errno);
    }
    aside.push_back({old, std::move(now)});
  }
}

}  // namespace valise
