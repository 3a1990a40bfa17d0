#include "cli/output_path.hpp"

#include <algorithm>

#include "cli/places.hpp"
#include "cli/utf8.hpp"
#include "valise/error.hpp"
#include "valise/vault_folder.hpp"

namespace valise::cli {

namespace {

bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
  const std::filesystem::path inner = path.lexically_normal();
  const std::filesystem::path outer = (folder / "").lexically_normal().parent_path();
  const auto end = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first;
  return end == outer.end();
}

}  // namespace

void refuse_in_vault(const std::filesystem::path& path, const std::string& what,
                     const std::optional<std::filesystem::path>& unmade) {
  std::optional<std::filesystem::path> vault = vault_around(path);
  if (!vault && unmade && lies_in(path, *unmade)) vault = unmade;
  if (!vault) return;
  throw Error(ErrorKind::usage,
              what + ": " + printable(path.native()) + " is inside of the vault " +
                  printable(vault->native()) +
                  ", whose host could read it, and where it would be a foreign object; give a "
                  "place outside");
}

std::filesystem::path output_path(const std::string& typed, const std::string& what,
                                  const std::optional<std::filesystem::path>& unmade) {
  if (typed == "-") {
    throw Error(ErrorKind::usage,
                what +
                    ": nothing is written to standard output here; give a file, or \"./-\" for "
                    "one of that name");
  }
  std::filesystem::path path = absolute_path(typed, what);
  refuse_in_vault(path, what, unmade);
  return path;
}

}  // namespace valise::cli
