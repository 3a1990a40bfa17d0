// Loaded into the program: each name that it looks at, and each that it opens, becomes a line of
// the file LOOK_LOG, if it begins with "counted-".

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

void note(const char* call, const char* path) {
  const char* slash = std::strrchr(path, '/');
  const std::string leaf = slash == nullptr ? path : slash + 1;
  const char* log = std::getenv("LOOK_LOG");
  if (log == nullptr || leaf.rfind("counted-", 0) != 0) return;
  static const auto open_one = real<int (*)(const char*, int, ...)>("open");
  const int fd = open_one(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  const std::string line = std::string(call) + " " + leaf + "\n";
  // One write, so that lines of several threads stay whole.
  if (write(fd, line.data(), line.size()) < 0) std::abort();
  close(fd);
}

}  // namespace

extern "C" {

int fstatat(int folder, const char* path, struct stat* info, int flags) {
  note("look", path);
  return real<int (*)(int, const char*, struct stat*, int)>("fstatat")(folder, path, info, flags);
}

int stat(const char* path, struct stat* info) {
  note("look", path);
  return real<int (*)(const char*, struct stat*)>("stat")(path, info);
}

int lstat(const char* path, struct stat* info) {
  note("look", path);
  return real<int (*)(const char*, struct stat*)>("lstat")(path, info);
}

int openat(int folder, const char* path, int flags, ...) {
  note("open", path);
  // What is read needs no mode, and nothing that begins so is made.
  return real<int (*)(int, const char*, int, ...)>("openat")(folder, path, flags, 0600);
}

}  // extern "C"
