// Loaded into the program: every folder takes names that differ in the case of letters alone for
// the same, and keeps the one that came first, as file systems of other systems do. Only names
// asked for from an open folder, one part at a time: that is how a restore asks.

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdarg>
#include <cstring>
#include <string>

namespace {

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

/// The name that stands in the folder for `name`; itself where there is none.
std::string standing(int folder, const char* name) {
  std::string found = name;
  if (folder == AT_FDCWD || std::strchr(name, '/') != nullptr || name[0] == '\0' ||
      faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
    return found;
  }
  static const auto open_one = real<int (*)(int, const char*, int, ...)>("openat");
  const int fd = open_one(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return found;
  DIR* const names = fdopendir(fd);
  while (const dirent* entry = readdir(names)) {
    if (strcasecmp(entry->d_name, name) == 0) found = entry->d_name;
  }
  closedir(names);
  return found;
}

}  // namespace

extern "C" {

int openat(int folder, const char* name, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, mode_t);
    va_end(rest);
  }
  static const auto next = real<int (*)(int, const char*, int, ...)>("openat");
  return next(folder, standing(folder, name).c_str(), flags, mode);
}

int mkdirat(int folder, const char* name, mode_t mode) {
  static const auto next = real<int (*)(int, const char*, mode_t)>("mkdirat");
  return next(folder, standing(folder, name).c_str(), mode);
}

int fstatat(int folder, const char* name, struct stat* info, int flags) noexcept {
  static const auto next = real<int (*)(int, const char*, struct stat*, int)>("fstatat");
  return next(folder, standing(folder, name).c_str(), info, flags);
}

int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  static const auto next = real<int (*)(int, const char*, int, const char*, int)>("linkat");
  return next(from_folder, from, to_folder, standing(to_folder, to).c_str(), flags);
}

int renameat(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  static const auto next = real<int (*)(int, const char*, int, const char*)>("renameat");
  return next(from_folder, from, to_folder, standing(to_folder, to).c_str());
}

}  // extern "C"
