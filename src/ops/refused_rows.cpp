#include "ops/refused_rows.hpp"

#include <algorithm>
#include <array>

namespace valise {
namespace {

constexpr const char* kPlaceOfDatabase = "its place is the database's; restore it alone: --files";
constexpr const char* kOthersBelow =
    "other files of the snapshot stand below it, and come back in its place; restore it alone, to "
    "another folder: --files";

char folded(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

// Whatever an app calls its attachments: the database's own places are not theirs. Case does not
// count, because there are file systems where it does not.
bool RefusedRows::is_place_of_database(std::string_view path) const {
  if (database_.empty()) return false;
  const std::string_view first = path.substr(0, path.find('/'));
  return std::ranges::any_of(
      std::array<const char*, 4>{"", "-wal", "-shm", "-journal"}, [&](const char* suffix) {
        return std::ranges::equal(first, database_ + suffix, {}, folded, folded);
      });
}

std::optional<RefusedRow> RefusedRows::add(const std::string& path) {
  if (is_place_of_database(path)) return RefusedRow{path, kPlaceOfDatabase};
  const auto shared =
      static_cast<std::size_t>(std::ranges::mismatch(last_, path).in1 - last_.begin());
  while (!begins_.empty() && begins_.back().length > shared) begins_.pop_back();
  std::optional<RefusedRow> refused;
  // Any row that is shorter than what the two share stands above the last one too, or above none.
  if (!begins_.empty() && begins_.back().length == shared && path[shared] == '/') {
    above_.push_back(begins_.back().number);
    refused = RefusedRow{path.substr(0, shared), kOthersBelow};
  }
  begins_.push_back({path.size(), number_++});
  last_ = path;
  return refused;
}

RefusedRows::Again::Again(const RefusedRows& rows) : rows_(rows), above_(rows.above_) {
  std::ranges::sort(above_);
}

const char* RefusedRows::Again::next(std::string_view path) {
  if (rows_.is_place_of_database(path)) return kPlaceOfDatabase;
  const bool is_above = next_above_ < above_.size() && above_[next_above_] == number_;
  ++number_;
  if (!is_above) return nullptr;
  ++next_above_;
  return kOthersBelow;
}

}  // namespace valise
