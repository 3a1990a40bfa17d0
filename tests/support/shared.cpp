#include "support/shared.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace valise::test {

std::optional<std::filesystem::path> shared_folder() {
  std::filesystem::path folder = std::filesystem::path(VALISE_SOURCE_DIR).parent_path() / "shared";
  if (const char* named = std::getenv("VALISE_SHARED")) folder = named;
  if (!std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

std::filesystem::path vectors_folder() {
  return std::filesystem::path(VALISE_SOURCE_DIR) / "tests" / "vectors";
}

Bytes read_all(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace valise::test
