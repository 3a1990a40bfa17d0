#include "ops/scrub_quarantine.hpp"

#include <optional>

#include "base/error.hpp"
#include "ops/scrub_objects.hpp"
#include "vault/object_names.hpp"
#include "vault/signed_log.hpp"

namespace valise {
namespace {

bool is_movable(const ObjectName& name) {
  return container_bid_of(name) || pack_id_of(name) || drill_at(name) || entry_at(name);
}

bool is_unsound_now(const Vault& vault, const LoggedObjects& logged, const ObjectName& name,
                    const Run& run) {
  const auto size = vault.storage().size(name);
  if (!size) return false;
  if (const auto at = entry_at(name)) {
    const LogRead read = read_log_entry(vault, at->signer, at->seq);
    return read.problem && read.problem->unsound;
  }
  const auto finding = check_object(vault, logged, {name, *size, 0}, [&](std::uint64_t) {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
  });
  return finding && finding->kind == "damaged" && finding->object == name;
}

}  // namespace

void quarantine_damaged(const Vault& vault, const Run& run, ScrubReport& report) {
  std::optional<LoggedObjects> logged;
  for (ScrubFinding& finding : report.findings) {
    if (finding.kind != "damaged" || !is_movable(finding.object)) continue;
    // The logs have gone on as well.
    if (!logged) logged = read_logged_objects(vault);
    if (!is_unsound_now(vault, *logged, finding.object, run)) continue;
    try {
      vault.storage().set_aside(finding.object);
      finding.quarantined = true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::not_found) throw;
    }
  }
}

}  // namespace valise
