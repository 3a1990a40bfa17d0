#include "ops/new_file.hpp"

#include "base/error.hpp"
#include "base/files.hpp"

namespace valise {
namespace {

[[noreturn]] void fail_existing(const std::filesystem::path& path) {
  throw Error(ErrorKind::usage,
              path.string() + ": it exists and is never overwritten; give another name or folder");
}

}  // namespace

void refuse_existing_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) fail_existing(path);
}

void write_new_file(const std::filesystem::path& path, ByteSpan content, unsigned mode) {
  if (!write_file(path, content, mode, Existing::refuse)) fail_existing(path);
}

}  // namespace valise
