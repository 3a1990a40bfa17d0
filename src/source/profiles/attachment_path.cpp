#include "source/profiles/attachment_path.hpp"

#include <algorithm>
#include <charconv>

#include "format/catalog.hpp"

namespace valise {
namespace {

/// The same place without empty and "." parts, which the system passes over. What ".." parts mean
/// hangs on symlinks: they stay, and such a path is not followed.
std::string plain_path(std::string_view stored) {
  std::string plain = stored.starts_with('/') ? "/" : "";
  for (std::size_t start = 0; start < stored.size();) {
    const std::size_t end = std::min(stored.find('/', start), stored.size());
    const std::string_view part = stored.substr(start, end - start);
    start = end + 1;
    if (part.empty() || part == ".") continue;
    if (!plain.empty() && plain.back() != '/') plain += '/';
    plain += part;
  }
  return plain;
}

bool has_part(std::string_view path, std::string_view wanted) {
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (path.substr(start, end - start) == wanted) return true;
    start = end + 1;
  }
  return false;
}

bool is_url(std::string_view stored) {
  const std::size_t colon = stored.find(':');
  if (colon == std::string_view::npos || stored.find('/') < colon) return false;
  return stored.starts_with("file:/") || stored.substr(colon).starts_with("://");
}

// A place that is none of this app's, beyond doubt. An absolute path through a folder that is
// called like one of the app's may be the way to it from another device, or in a later version.
bool leads_elsewhere(const AttachmentRules& rules, std::string_view plain) {
  if (!plain.starts_with('/') && !plain.starts_with("~/")) return false;
  return std::none_of(rules.roots.begin(), rules.roots.end(),
                      [plain](std::string_view root) { return has_part(plain, root); });
}

}  // namespace

std::optional<Unfollowed> read_path(const AttachmentRules& rules, std::string_view stored,
                                    std::string& path) {
  if (is_url(stored)) return Unfollowed{"its path is a URL", true};
  const std::string plain = plain_path(stored);
  std::optional<std::string> relative = rules.relative(plain);
  if (relative && valid_catalog_path(*relative)) {
    path = *std::move(relative);
    return std::nullopt;
  }
  if (stored.find('\0') != std::string_view::npos) {
    return Unfollowed{"its path has a NUL in it", true};
  }
  if (relative.value_or(plain).size() > kCatalogPathBytesMax) {
    return Unfollowed{"its path is longer than a file's can be", true};
  }
  if (has_part(plain, "..")) {
    return Unfollowed{"its path has a part \"..\", which is not followed", true};
  }
  if (!leads_elsewhere(rules, plain)) {
    return Unfollowed{"its path has a form that is not known", true};
  }
  return Unfollowed{"it lies outside of the source's folder", false};
}

std::vector<std::string> names_meant(std::string_view stored) {
  const std::string plain = plain_path(stored);
  const std::string leaf = plain.substr(plain.rfind('/') + 1);  // All of it where there is no '/'.
  if (leaf.empty() || leaf == ".." || leaf.find('\0') != std::string::npos) return {};
  std::vector<std::string> names{leaf};
  if (!is_url(stored)) return names;
  std::string plain_name;
  for (std::size_t i = 0; i < leaf.size(); ++i) {
    unsigned value = 0;
    const char* const digits = leaf.data() + i + 1;
    const bool escaped = leaf[i] == '%' && i + 2 < leaf.size() &&
                         std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2;
    plain_name += escaped ? static_cast<char>(value) : leaf[i];
    if (escaped) i += 2;
  }
  names.push_back(std::move(plain_name));
  return names;
}

}  // namespace valise
