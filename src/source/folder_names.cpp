#include "source/folder_names.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>

namespace valise {
namespace {

constexpr char kFolderKind = 'd';
constexpr char kOtherKind = 'f';

struct CloseNames {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};

bool names_folder(int folder, const dirent& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
  struct stat info {};
  return fstatat(folder, entry.d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
}

}  // namespace

bool FolderNames::is_folder(std::size_t index) const {
  return names_[starts_[index] - 1] == kFolderKind;
}

std::optional<FolderNames> FolderNames::read(int folder) {
  // The stream owns a descriptor of its own; the other stays for openat.
  const int listed = fcntl(folder, F_DUPFD_CLOEXEC, 0);
  if (listed < 0) return std::nullopt;
  const std::unique_ptr<DIR, CloseNames> stream(fdopendir(listed));
  if (!stream) {
    const int error = errno;
    close(listed);
    errno = error;
    return std::nullopt;
  }
  rewinddir(stream.get());  // The two descriptors share one position.
  FolderNames found;
  for (;;) {
    errno = 0;
    // Each stream has one reader.
    const dirent* entry = readdir(stream.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    found.names_.push_back(names_folder(folder, *entry) ? kFolderKind : kOtherKind);
    found.starts_.push_back(static_cast<std::uint32_t>(found.names_.size()));
    found.names_.append(name).push_back('\0');
    if (found.names_.size() > kFolderNamesBytesMax) {
      errno = E2BIG;
      break;
    }
  }
  if (errno != 0) return std::nullopt;
  found.sort();
  return found;
}

void FolderNames::sort() {
  const auto* bytes = reinterpret_cast<const unsigned char*>(names_.data());
  std::sort(starts_.begin(), starts_.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto end_of = [&](std::uint32_t at) {
      return names_[at - 1] == kFolderKind ? unsigned{'/'} : 0U;
    };
    std::size_t i = 0;
    while (bytes[a + i] == bytes[b + i] && bytes[a + i] != 0) ++i;
    const unsigned left = bytes[a + i] == 0 ? end_of(a) : bytes[a + i];
    const unsigned right = bytes[b + i] == 0 ? end_of(b) : bytes[b + i];
    return left < right;
  });
}

}  // namespace valise
