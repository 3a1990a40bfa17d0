#pragma once

#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#ifdef __linux__
#include <sys/fsuid.h>
#endif

namespace valise::test {

/// Root may look into every folder: as long as this lives, this thread and those that it starts go
/// by the rights of nobody, to whom all below `folder` is given. Other users are what they are.
class NoPrivilege {
 public:
  explicit NoPrivilege(const std::filesystem::path& folder) {
    if (geteuid() != 0) return;
#ifdef __linux__
    give_away(folder);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      give_away(entry.path());
    }
    setfsuid(kNobody);
#else
    throw std::runtime_error("not as root: nothing is closed to it");
#endif
  }
  ~NoPrivilege() {
#ifdef __linux__
    setfsuid(geteuid());
#endif
  }
  NoPrivilege(const NoPrivilege&) = delete;
  NoPrivilege& operator=(const NoPrivilege&) = delete;

 private:
#ifdef __linux__
  static void give_away(const std::filesystem::path& path) {
    if (lchown(path.c_str(), kNobody, kNobody) != 0) throw std::runtime_error("lchown");
  }
  static constexpr uid_t kNobody = 65534;
#endif
};

}  // namespace valise::test
