#include "ops/scrub.hpp"

#include <atomic>
#include <chrono>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/ordered_pipeline.hpp"
#include "ops/enrolment.hpp"
#include "ops/run_notes.hpp"
#include "ops/scrub_objects.hpp"
#include "ops/scrub_packs.hpp"
#include "ops/scrub_quarantine.hpp"
#include "state/credential.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

void add_log_findings(const LoggedObjects& logged, const std::vector<ObjectInfo>& objects,
                      ScrubReport& report) {
  for (const LogProblem& problem : logged.problems) {
    report.findings.push_back({problem.object, problem.code == "gap" ? "missing" : "damaged",
                               problem.message, true, false});
  }
  std::set<Bytes16> present;
  for (const ObjectInfo& object : objects) {
    if (const auto bid = container_bid_of(object.name)) present.insert(*bid);
  }
  for (const auto& [bid, claims] : logged.backups) {
    if (present.contains(bid) || !logged.keeps(bid)) continue;
    const ObjectName name = container_object(bid);
    report.findings.push_back(
        {name, "missing", name + ": the log names it and the vault lacks it", true, false});
  }
}

void check_objects(const Vault& vault, const LoggedObjects& logged,
                   const std::vector<ObjectInfo>& objects, const Run& run, ScrubReport& report) {
  std::uint64_t total = 0;
  for (const ObjectInfo& object : objects) total += object.size;
  std::atomic<std::uint64_t> done{0};
  const auto on_bytes = [&](std::uint64_t bytes) {
    done += bytes;
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
  };
  WorkerPool pool;
  OrderedPipeline<std::optional<ScrubFinding>> pipeline(
      pool, 2 * pool.thread_count(), [&](std::optional<ScrubFinding> finding) {
        if (finding) report.findings.push_back(std::move(*finding));
        if (run.on_progress) {
          run.on_progress({.step = "scrubbing", .object = {}, .done = done, .total = total});
        }
      });
  for (const ObjectInfo& object : objects) {
    pipeline.submit([&, object = &object](std::size_t) {
      return check_object(vault, logged, *object, on_bytes);
    });
  }
  pipeline.drain();
  report.objects = objects.size();
  report.bytes = total;
}

// The nightly run on this machine starts a new chain rather than build on a damaged container.
void tell_the_state(const Vault& vault, const Run& run, const ScrubReport& report) {
  const auto credential = known_credential(run, vault.id());
  if (!credential || !is_backed_up_to(run, vault.storage())) return;
  std::optional<State> state =
      State::look(run.places.state_dir, vault.id(), credential->secret.view());
  if (!state) return;
  std::vector<std::string> damaged;
  for (const ScrubFinding& finding : report.findings) {
    if (finding.error) damaged.push_back(finding.object);
  }
  try {
    state->note_damage(damaged);
  } catch (const Error& error) {
    if (!damaged.empty() && run.on_warning) run.on_warning(error.what());
  }
}

}  // namespace

ScrubReport scrub_in(Storage& storage, const Run& run, const ScrubOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const Vault vault = Vault::open(storage);
  const LoggedObjects logged = read_logged_objects(vault);
  const std::vector<ObjectInfo> objects = storage.list("");
  ScrubReport report;
  add_log_findings(logged, objects, report);
  check_objects(vault, logged, objects, run, report);
  add_pack_findings(vault, logged, objects, run, report);
  for (const ObjectInfo& object : storage.list(kTmpFolder)) {
    report.findings.push_back({object.name, "leftover",
                               object.name + ": unfinished, or still under way; swept after 7 days",
                               false, false});
  }
  for (const ScrubFinding& finding : report.findings) report.errors += finding.error ? 1 : 0;
  tell_the_state(vault, run, report);
  if (options.quarantine) quarantine_damaged(vault, run, report);
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

ScrubReport scrub(const Run& run, const ScrubOptions& options) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  ScrubReport report = scrub_in(storage, run, options);
  note_scrub(run, storage, report);
  return report;
}

}  // namespace valise
