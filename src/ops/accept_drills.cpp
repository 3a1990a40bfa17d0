#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "ops/drill.hpp"
#include "ops/drill_target.hpp"
#include "ops/opened_backup.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

DrillTarget target_of(const VaultView& view, const DrillClaim& claim, const std::string& file) {
  const Snapshot* snapshot = view.index.by_entry(claim.entry_id);
  const Entry* policy =
      snapshot == nullptr ? nullptr : view.roots.find_policy(snapshot->backup().policy);
  if (policy == nullptr || claim.slot >= snapshot->backup().slots.size()) {
    throw Error(ErrorKind::corrupt, file + ": a drill in it is for entry " + hex(claim.entry_id) +
                                        ", which is no backup of this vault");
  }
  return {&snapshot->entry, policy->as<PolicyPayload>(), snapshot->time, claim.slot};
}

}  // namespace

DrillReport accept_drills_in(Storage& storage, const Run& run, const std::filesystem::path& file) {
  const auto bytes = read_file(file, kDrillFileBytesMax);
  if (!bytes) throw Error(ErrorKind::not_found, file.string() + ": there is no such drill file");
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  DrillReport report;
  report.vault_id = hex(view->vault.id());
  report.owner = hex(view->vault.root_pk());
  // One that does not fit hides no other.
  for (const DrillClaim& claim : split_drill_file(*bytes, file.string())) {
    DrilledBackup row;
    row.slot = claim.slot;
    try {
      const DrillTarget target = target_of(*view, claim, file.string());
      row = drill_row(target);
      check_drill_fits(claim.bytes, target, file.string());
      row.blocked = true;  // What fails from here on is not the drill's fault.
      row.fresh = put_drill(view->vault, target, claim.bytes);
      row.blocked = false;
      row.ok = true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      row.problem = error.what();
      ++report.failed;
    }
    report.backups.push_back(std::move(row));
  }
  return report;
}

DrillReport accept_drills(const Run& run, const std::filesystem::path& file) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return accept_drills_in(storage, run, file);
}

}  // namespace valise
