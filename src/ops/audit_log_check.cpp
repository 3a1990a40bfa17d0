#include "ops/audit_log_check.hpp"

#include <fmt/format.h>

#include "base/clock.hpp"
#include "ops/audit_index.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

void warn_of_time(AuditBook& book, const Entry& entry, const std::string& what) {
  const ObjectName name = entry_object(entry.header.signer, entry.header.seq);
  book.find("time", Severity::warning, name, name + ": " + what);
}

}  // namespace

void TimeCheck::check(AuditBook& book, const Entry& entry) {
  const UnixSeconds time = entry.header.time;
  if (time < latest_) {
    warn_of_time(
        book, entry,
        fmt::format("its clock ran backwards ({} after {})", rfc3339(time), rfc3339(latest_)));
  }
  if (time > book.now + kClockSlackSeconds) {
    warn_of_time(book, entry, fmt::format("its time is in the future ({})", rfc3339(time)));
  }
  // One step back is one warning: a clock that once stood in the future must not be told for ever.
  latest_ = time;
}

bool LogCheck::take(const LogRead& read) {
  chain_.take(read, [&](const LogProblem& problem) {
    book_.find_in_log(signer_, problem.code, problem.object, problem.message);
  });
  if (!read.entry) return false;
  head_ = {read.entry->header.seq, read.entry->id};
  book_.note_entry(signer_, head_.seq, head_.entry_id);
  times_.check(book_, *read.entry);
  return true;
}

}  // namespace valise
