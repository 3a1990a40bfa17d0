#include "ops/file_notices.hpp"

#include <algorithm>
#include <string_view>

namespace valise {
namespace {

// Two of a hash would hide one line of a list that was told in part already; it is counted all the
// same.
std::uint64_t notice_hash(const FileNotice& notice) noexcept {
  constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;  // Spreads the kinds over all bits.
  return std::hash<std::string_view>{}(notice.path) +
         kOdd * (static_cast<std::uint64_t>(notice.kind) + 1);
}

}  // namespace

void FileNotices::begin_pass() {
  std::sort(told_.begin(), told_.end());
  earlier_ = told_.size();
}

void FileNotices::tell(const FileNotice& notice) {
  if (!on_file_) return;
  const std::uint64_t hash = notice_hash(notice);
  const auto end = told_.begin() + static_cast<std::ptrdiff_t>(earlier_);
  if (std::binary_search(told_.begin(), end, hash)) return;
  told_.push_back(hash);
  on_file_(notice);
}

}  // namespace valise
