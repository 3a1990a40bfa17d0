#include "ops/drill.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "base/new_file.hpp"
#include "ops/drill_target.hpp"
#include "ops/opened_backup.hpp"
#include "ops/request_file.hpp"
#include "storage/local_storage.hpp"
#include "vault/agent_share.hpp"

namespace valise {
namespace {

std::vector<DrillTarget> targets_in(const VaultView& view, const DrillOptions& options,
                                    const Bytes32& agent_pk) {
  std::vector<DrillTarget> all;
  for (const Snapshot& snapshot : view.index.all()) {
    if (snapshot.empty_claim) continue;
    const auto& policy = *view.roots.find_policy(snapshot.backup().policy)->as<PolicyPayload>();
    const auto slot = agent_slot(policy, agent_pk);
    if (slot) all.push_back({&snapshot.entry, &policy, snapshot.time, *slot});
  }
  if (all.empty()) {
    throw Error(ErrorKind::wrong_key,
                view.vault.storage().describe() +
                    ": no backup in this vault names this agent (the policy may be newer than the "
                    "last backup)");
  }
  if (options.all) return all;
  const auto lists_agent = [&](const Snapshot& snapshot) {
    return std::any_of(all.begin(), all.end(),
                       [&](const DrillTarget& target) { return target.entry == &snapshot.entry; });
  };
  std::set<const Entry*> wanted;
  for (const std::string& name : options.snapshots) {
    // One that is there and not this agent's is told as that.
    const Snapshot& named = SnapshotIndex::names_id(name)
                                ? view.index.find(name, [](const Snapshot&) { return true; })
                                : view.index.find(name, lists_agent);
    if (!lists_agent(named)) {
      throw Error(ErrorKind::wrong_key,
                  "backup " + named.id() +
                      ": this agent is not among its readers; \"valise list\" shows who can open "
                      "which snapshot");
    }
    wanted.insert(&named.entry);
  }
  if (options.snapshots.empty()) {
    std::set<Bytes16> sources;
    for (auto target = all.rbegin(); target != all.rend(); ++target) {
      if (sources.insert(target->backup().source).second) wanted.insert(target->entry);
    }
  }
  std::erase_if(all, [&](const DrillTarget& target) { return !wanted.contains(target.entry); });
  return all;
}

/// Drills each target; `keep` takes a signed drill and says whether it is new.
template <typename Keep>
void drill_each(DrillReport& report, const std::vector<DrillTarget>& targets, const RootKeys& agent,
                const Run& run, Keep&& keep) {
  for (const DrillTarget& target : targets) {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    DrilledBackup row = drill_row(target);
    try {
      const SignedDrill drill = sign_target(target, agent, run.clock->now());
      row.blocked = true;  // What fails from here on is not the slot's fault.
      row.fresh = keep(target, drill);
      row.blocked = false;
      row.ok = true;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::corrupt) throw;
      row.problem = error.what();
      ++report.failed;
    }
    report.backups.push_back(std::move(row));
    if (run.on_progress) {
      run.on_progress({.step = "opening slots",
                       .object = report.backups.back().snapshot,
                       .done = report.backups.size(),
                       .total = targets.size(),
                       .unit = "backups"});
    }
  }
}

void drill_to_file(DrillReport& report, const std::vector<DrillTarget>& targets,
                   const RootKeys& agent, const Run& run, const std::filesystem::path& to) {
  Bytes content;
  drill_each(report, targets, agent, run, [&](const DrillTarget&, const SignedDrill& drill) {
    append(content, drill);
    return true;
  });
  if (!content.empty()) write_new_file(to, content, 0644);
}

DrillReport drill_request(const Run& run, const DrillOptions& options, const UnlockSource& unlock) {
  if (!options.to) {
    throw Error(ErrorKind::usage,
                "a drill on a request is handed over as a file: name it with --to");
  }
  refuse_existing_file(*options.to);
  const ReceivedRequest received = read_request_file(*options.request);
  const RecoveryRequest& request = received.request;
  const auto& policy = *request.policy.as<PolicyPayload>();
  const RootKeys agent = open_agent_key(unlock());
  const auto slot = agent_slot(policy, agent.pk());
  if (!slot) {
    throw Error(ErrorKind::wrong_key,
                options.request->string() + ": its policy does not name this agent");
  }
  std::vector<DrillTarget> targets;
  for (const Entry& entry : request.backups) {
    targets.push_back({&entry, &policy, entry.header.time, *slot});
  }
  DrillReport report;
  report.vault_id = hex(vault_id_of(request.root_pk));
  report.owner = hex(request.root_pk);
  drill_to_file(report, targets, agent, run, *options.to);
  return report;
}

}  // namespace

DrillReport drill_in(Storage& storage, const Run& run, const DrillOptions& options,
                     const UnlockSource& unlock) {
  if (options.to) refuse_existing_file(*options.to);
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  const RootKeys agent = open_agent_key(unlock());
  const std::vector<DrillTarget> targets = targets_in(*view, options, agent.pk());
  DrillReport report;
  report.vault_id = hex(view->vault.id());
  report.owner = hex(view->vault.root_pk());
  if (options.to) {
    drill_to_file(report, targets, agent, run, *options.to);
  } else {
    drill_each(report, targets, agent, run,
               [&](const DrillTarget& target, const SignedDrill& drill) {
                 return put_drill(view->vault, target, drill);
               });
  }
  return report;
}

DrillReport drill(const Run& run, const DrillOptions& options, const UnlockSource& unlock) {
  if (options.request) return drill_request(run, options, unlock);
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return drill_in(storage, run, options, unlock);
}

}  // namespace valise
