#include "base/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/retry.hpp"

namespace valise {
namespace {

[[noreturn]] void fail_existing(const std::filesystem::path& path) {
  throw Error(ErrorKind::usage,
              path.string() + ": it exists and is never overwritten; give another name or folder");
}

}  // namespace

void refuse_existing_file(const std::filesystem::path& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0) fail_existing(path);
}

void write_new_file(const std::filesystem::path& path, ByteSpan content, unsigned mode) {
  if (!write_file(path, content, mode, Existing::refuse)) fail_existing(path);
}

NewFile::NewFile(std::filesystem::path path)
    : path_(std::move(path)),
      temporary_((path_.parent_path() / ("." + path_.filename().string())).string() + ".XXXXXX") {
  refuse_existing_file(path_);
  // mkostemp gives mode 0600.
  fd_ = UniqueFd(retry_interrupted([&] { return mkostemp(temporary_.data(), O_CLOEXEC); }));
  if (!fd_) {
    const int error = errno;
    temporary_.clear();
    fail_file(ErrorKind::storage, "cannot make a file in", path_.parent_path(), error);
  }
}

NewFile::~NewFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void NewFile::commit() {
  sync_file(fd_.get(), path_);
  if (!rename_if_absent(temporary_, path_)) fail_existing(path_);
  temporary_.clear();
  sync_folder(path_.parent_path());
}

}  // namespace valise
