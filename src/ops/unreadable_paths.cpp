#include "ops/unreadable_paths.hpp"

#include <algorithm>

namespace valise {
namespace {

// What a node of a set takes beside the path's own bytes.
constexpr std::size_t kNodeBytes = 80;

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash == std::string_view::npos ? 0 : slash);
}

std::ptrdiff_t depth_of(std::string_view path) { return std::count(path.begin(), path.end(), '/'); }

// One of `paths` is this one, or a folder that it is in.
bool has_at_or_above(const std::set<std::string, std::less<>>& paths, std::string_view path) {
  if (paths.empty()) return false;
  for (std::string_view at = path; !at.empty(); at = folder_of(at)) {
    if (paths.contains(at)) return true;
  }
  return paths.contains(std::string_view());
}

}  // namespace

void UnreadablePaths::add(std::string_view path) {
  if (has_at_or_above(folders_, path)) return;
  insert(exact_, path);
  while (bytes_ > bytes_max_ && !folders_.contains(std::string_view())) shorten();
}

bool UnreadablePaths::covers(std::string_view path) const {
  return names(path) || has_at_or_above(folders_, path);
}

bool UnreadablePaths::names(std::string_view path) const { return has_at_or_above(exact_, path); }

void UnreadablePaths::insert(Paths& paths, std::string_view path) {
  if (paths.emplace(path).second) bytes_ += path.size() + kNodeBytes;
}

// The deepest ones give way to the folders that they are in. At the end the empty path is left
// alone.
void UnreadablePaths::shorten() {
  std::ptrdiff_t deepest = 0;
  for (const Paths* paths : {&exact_, &folders_}) {
    for (const std::string& path : *paths) deepest = std::max(deepest, depth_of(path));
  }
  for (Paths* paths : {&exact_, &folders_}) {
    for (auto at = paths->begin(); at != paths->end();) {
      if (depth_of(*at) < deepest) {
        ++at;
        continue;
      }
      const std::string folder(folder_of(*at));
      bytes_ -= at->size() + kNodeBytes;
      at = paths->erase(at);
      if (!has_at_or_above(folders_, folder)) insert(folders_, folder);
    }
  }
  if (!folders_.contains(std::string_view())) return;
  exact_.clear();
  folders_ = {std::string()};
  bytes_ = kNodeBytes;
}

}  // namespace valise
