#include "ops/copy.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "ops/copy_plan.hpp"
#include "ops/copy_writer.hpp"
#include "ops/enrolment.hpp"
#include "ops/snapshot_names.hpp"
#include "storage/local_storage.hpp"
#include "storage/storage.hpp"
#include "vault/signed_log.hpp"

namespace valise {
namespace {

void require_choice(const CopyOptions& options) {
  if (!options.snapshots.empty() && options.all) {
    throw Error(ErrorKind::usage, "name snapshots, or ask for all of them; not both");
  }
  if (options.snapshots.empty() && !options.all && options.source.empty()) {
    throw Error(ErrorKind::usage,
                "which snapshots? Name them, or give --all, or --source for those of one source");
  }
}

void require_enrolled(const Vault& to, const Run& run) {
  if (load_credential(run.places.config_dir, to.id())) return;
  const std::string place = to.storage().describe();
  throw Error(ErrorKind::not_found, "this device is not enrolled in " + place +
                                        ", where the copies are to go; enrol it: "
                                        "valise key add-device --vault " +
                                        place);
}

// Where this device backs up into the first vault as well, it knows how far the logs went.
bool is_rolled_back(const VaultView& from, const Run& run) {
  const std::optional<Credential> credential = known_credential(run, from.vault.id());
  return credential && (from.roots.head().seq < credential->root.seq ||
                        highest_signed_seq(from.vault, credential->signing_key().public_key()) <
                            credential->own.seq);
}

void warn_of_unknown(const Run& run, const PlannedCopies& planned) {
  if (planned.unknown == 0 || !run.on_warning) return;
  run.on_warning(fmt::format(
      "{} {} of these sources in {} already, and this device no longer remembers what of; what was "
      "copied before may be copied once more",
      planned.unknown, planned.unknown == 1 ? "copy stands" : "copies stand",
      planned.plan.to_path.string()));
}

}  // namespace

CopyReport copy_between(Storage& from_storage, Storage& to_storage, const Run& run,
                        const CopyOptions& options, const UnlockSource& unlock,
                        const CopyEvents& events) {
  const auto start = std::chrono::steady_clock::now();
  require_choice(options);
  const std::unique_ptr<VaultView> from = view_vault(from_storage, run);
  warn_of_problems(run, *from);
  // What can be told before a key is asked for, is.
  if (options.source.empty()) {
    for (const std::string& name : options.snapshots) check_snapshot_name(*from, name);
    if (options.all) check_snapshot_name(*from, "latest");
  }
  require_enrolled(Vault::open(to_storage), run);
  CopyReport report;
  report.rolled_back = is_rolled_back(*from, run);
  const VaultKey key = open_vault_key(from->vault, unlock());
  ChosenSnapshots chosen = choose_snapshots(*from, key, options);

  // The lock is taken only now: a nightly backup does not wait for somebody who types.
  WriterSession session =
      WriterSession::open(to_storage, run, options.dry_run ? Turn::look : Turn::write);
  refuse_rolled_back(session);
  PlannedCopies planned = plan_copies(*from, key, session, options, chosen.chosen);
  report.plan = std::move(planned.plan);
  warn_of_unknown(run, planned);
  if (events.on_plan) events.on_plan(report.plan);
  CopyWriter writer(*from, key, session, run, events, options.whole, report);
  for (CopyFailure& failure : chosen.failures) writer.fail(std::move(failure));
  if (!options.dry_run) {
    make_folders(run.places.state_dir);
    for (const SourceCopies& copies : planned.sources) writer.copy_source(copies);
    report.consequences = copy_consequences(report, run.places);
  }
  report.seconds = seconds_since(start);
  return report;
}

CopyReport copy_snapshots(const Run& run, const CopyOptions& options, const UnlockSource& unlock,
                          const CopyEvents& events) {
  LocalStorage from = LocalStorage::open(run.places.vault);
  LocalStorage to = LocalStorage::open(options.to);
  if (!options.dry_run) to.sweep_leftovers(kLeftoverSeconds);
  return copy_between(from, to, run, options, unlock, events);
}

}  // namespace valise
