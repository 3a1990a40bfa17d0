#include "cli/files_out.hpp"

#include <algorithm>

#include "cli/text_out.hpp"

namespace valise::cli {

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

}  // namespace

std::int64_t mtime_seconds(std::int64_t mtime_ns) {
  const std::int64_t seconds = mtime_ns / kNanoseconds;
  return mtime_ns % kNanoseconds < 0 ? seconds - 1 : seconds;
}

void print_restored(Session& session, const RestoreResult& result) {
  if (session.json()) {
    session.print(restore_json(result));
  } else if (exit_code_of(result) != 0) {
    session.print(restore_text(result));
  } else {
    session.report(restore_text(result));
  }
}

int exit_code_of(const VerifyReport& report) noexcept {
  if (report.failed > 0) return static_cast<int>(ErrorKind::corrupt);
  const bool refused = std::ranges::any_of(
      report.snapshots, [](const VerifiedSnapshot& one) { return one.files_refused.count > 0; });
  return refused ? static_cast<int>(ErrorKind::storage) : 0;
}

int exit_code_of(const RestoreResult& result) noexcept {
  if (result.files_damaged.count > 0) return static_cast<int>(ErrorKind::corrupt);
  if (result.files_refused.count > 0) return static_cast<int>(ErrorKind::storage);
  return 0;
}

}  // namespace valise::cli
