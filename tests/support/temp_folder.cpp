#include "support/temp_folder.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace valise::test {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "valise-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  // A test may have taken its own permission away.
  std::filesystem::permissions(path_, std::filesystem::perms::owner_all,
                               std::filesystem::perm_options::add, ignored);
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace valise::test
