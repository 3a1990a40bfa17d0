#include "valise/vault_folder.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include "vault/object_names.hpp"
#include "vault/vault.hpp"

namespace valise {
namespace {

bool holds_vault(const std::filesystem::path& folder) {
  const std::filesystem::path object = folder / kVaultObject;
  std::error_code error;
  // Before it is opened: a pipe would make us wait for its writer.
  if (!std::filesystem::is_regular_file(object, error)) return false;
  std::ifstream in(object, std::ios::binary);
  std::array<char, kVaultMagic.size()> begin{};
  in.read(begin.data(), begin.size());
  return in && std::equal(begin.begin(), begin.end(), kVaultMagic.begin(), kVaultMagic.end());
}

}  // namespace

std::optional<std::filesystem::path> vault_around(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path folder = std::filesystem::weakly_canonical(path, error);
  if (error) folder = path.lexically_normal();
  for (; folder.has_relative_path(); folder = folder.parent_path()) {
    if (holds_vault(folder)) return folder;
  }
  return std::nullopt;
}

bool may_have_passphrase(const std::filesystem::path& vault) {
  if (!holds_vault(vault)) return true;
  std::error_code error;
  std::filesystem::directory_iterator keys(vault / kKeysFolder, error);
  if (error) return error != std::errc::no_such_file_or_directory;
  for (; keys != std::filesystem::directory_iterator(); keys.increment(error)) {
    const std::string leaf = keys->path().filename().string();
    if (key_number_of(std::string(kKeysFolder) + "/" + leaf)) return true;
  }
  return static_cast<bool>(error);
}

}  // namespace valise
