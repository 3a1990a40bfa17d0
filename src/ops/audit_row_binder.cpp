#include "ops/audit_row_binder.hpp"

#include <algorithm>
#include <limits>

#include "base/clock.hpp"
#include "base/utf8.hpp"
#include "storage/storage.hpp"

namespace valise {

std::string database_text(const std::string& text) {
  return printable_utf8(text) ? text : printable_name(text);
}

std::int64_t capped_number(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>(
      std::min<std::uint64_t>(value, std::numeric_limits<std::int64_t>::max()));
}

RowBinder& RowBinder::time(UnixSeconds value) { return text(rfc3339(value)).number(value); }

}  // namespace valise
