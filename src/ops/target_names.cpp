#include "ops/target_names.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <memory>

#include "base/hex.hpp"
#include "base/open_below.hpp"
#include "crypto/random.hpp"

namespace valise {
namespace {

constexpr std::string_view kTemporaryStart = ".valise-";
constexpr std::string_view kTemporaryEnd = ".partial";
constexpr std::size_t kTemporaryRandomBytes = 8;

bool is_temporary_name(std::string_view name) {
  if (!name.starts_with(kTemporaryStart) || !name.ends_with(kTemporaryEnd)) return false;
  name.remove_prefix(kTemporaryStart.size());
  return name.size() == 2 * kTemporaryRandomBytes + kTemporaryEnd.size() &&
         name.find_first_not_of("0123456789abcdef") == 2 * kTemporaryRandomBytes;
}

struct CloseTarget {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};

/// Calls `each` with the names in an open folder; false from it ends the walk.
void for_each_name(int folder, const std::function<bool(const char* name)>& each) {
  UniqueFd fd = open_folder_at(folder, ".");
  if (!fd) return;
  const std::unique_ptr<DIR, CloseTarget> stream(fdopendir(fd.get()));
  if (!stream) return;
  fd.release();
  // Each stream has one reader.
  while (const dirent* entry = readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
    const std::string_view name(entry->d_name);
    if (name != "." && name != ".." && !each(entry->d_name)) return;
  }
}

/// The name under which the folder lists what stands at `name`.
std::string listed_name(int folder, const std::string& name) {
  struct stat standing {};
  if (fstatat(folder, name.c_str(), &standing, AT_SYMLINK_NOFOLLOW) != 0) return name;
  std::string listed = name;
  for_each_name(folder, [&](const char* other) {
    struct stat info {};
    if (other == name || fstatat(folder, other, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
        info.st_ino != standing.st_ino || info.st_dev != standing.st_dev) {
      return true;
    }
    listed = other;
    return false;
  });
  return listed;
}

}  // namespace

std::string new_temporary_name() {
  return std::string(kTemporaryStart) + hex(random_array<kTemporaryRandomBytes>()) +
         std::string(kTemporaryEnd);
}

void sweep_temporaries(int folder) {
  for_each_name(folder, [&](const char* name) {
    // A folder of that name is nobody's leftover: it is not removed by this.
    if (is_temporary_name(name)) unlinkat(folder, name, 0);
    return true;
  });
}

bool is_empty_folder(int folder) {
  bool empty = true;
  for_each_name(folder, [&](const char*) { return empty = false; });
  return empty;
}

std::string listed_path(int root, std::string_view path) {
  std::string listed;
  const auto append = [&](int folder, const std::string& name) {
    if (!listed.empty()) listed += '/';
    listed += listed_name(folder, name);
  };
  const UniqueFd folder =
      open_parent_below(root, path, [&](int at, const std::string& name, std::string_view) {
        UniqueFd inner = open_folder_at(at, name.c_str());
        if (inner) append(at, name);
        return inner;
      });
  if (!folder) return std::string(path);
  append(folder.get(), leaf_of(path));
  return listed;
}

}  // namespace valise
