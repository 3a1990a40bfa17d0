#include "valise/policy.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/enrolment.hpp"
#include "ops/log_doubts.hpp"
#include "ops/opened_backup.hpp"
#include "ops/policy_agents.hpp"
#include "ops/policy_words.hpp"
#include "storage/local_storage.hpp"
#include "vault/device_log.hpp"
#include "vault/key_ring.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

const DeviceHead* find_head(const Entry& policy, const Bytes32& device_pk) {
  for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
    if (head.device_pk == device_pk) return &head;
  }
  return nullptr;
}

// The policy says that all up to the end of a device's log was there. Where that end may be a
// thief's, the owner should know before anything else of this device is signed.
void warn_of_doubts(const VaultView& view, const Device& device, const Run& run) {
  if (!run.on_warning) return;
  const DeviceLog log = read_device_log(view.vault, view.roots, device);
  for (const std::string& doubt : log_doubts(view, device, log, run)) {
    run.on_warning(doubt +
                   "; the policy takes the log as it stands; if it may be a thief's, "
                   "revoke the device with \"valise key revoke-device " +
                   hex(device.pk).substr(0, 16) + " --last-good SNAPSHOT\"");
  }
}

// The devices that are not revoked, each with the last sound entry that the vault holds of it. A
// hole in a device's log is told and is no obstacle: whoever can delete an entry could otherwise
// keep the owner under a policy for ever.
void add_device_heads(const VaultView& view, const RootKeys& owner, const Run& run,
                      PolicyPayload& payload, std::vector<Secret>& device_psks) {
  for (const auto& [pk, device] : view.roots.devices()) {
    if (device.revoked) continue;
    warn_of_doubts(view, device, run);
    LogHead head = device.start();
    walk_log(
        view.vault, pk, head,
        [&](const Entry& entry) {
          head = {entry.header.seq, entry.id};
        },
        [&](const LogProblem& problem) {
          if (run.on_warning) run.on_warning(problem.message + "; run \"valise audit\"");
        });
    // What the owner has signed once was there: the head never goes back.
    if (const DeviceHead* before = find_head(view.roots.policy(), pk);
        before && before->seq > head.seq) {
      if (run.on_warning) {
        run.on_warning(
            fmt::format("{}: it ends before entry {}, which the policy in force names; "
                        "run \"valise audit\"",
                        log_folder(pk), before->seq));
      }
      head = {before->seq, before->entry_id};
    }
    payload.devices.push_back({pk, head.seq, head.entry_id, {}});
    device_psks.push_back(owner.device_psk(pk));
  }
}

}  // namespace

PolicyView show_policy(const Run& run) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const RootChain roots = RootChain::read(Vault::open(storage));
  for (const LogProblem& problem : roots.unsound()) {
    if (run.on_warning) run.on_warning(problem.message + "; it is passed over" + kMoveAside);
  }
  return view_policy(roots.policy());
}

PolicyChangeResult set_policy(const Run& run, const PolicyChange& change,
                              const UnlockSource& unlock,
                              const std::function<bool(const NewAgent&)>& confirm) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  refuse_to_sign_behind(view->behind);
  const RootChain& roots = view->roots;
  roots.require_sound();
  std::vector<ChosenAgent> chosen = choose_agents(roots, change);
  for (const ChosenAgent& one : chosen) {
    if (one.earlier != nullptr) continue;
    if (!confirm(new_agent(roots, one.agent))) {
      throw Error(ErrorKind::usage, "the agent was not confirmed; the policy is as before");
    }
  }
  const RootKeys owner = open_owner_key(view->vault, unlock());

  EntryHeader header;
  header.vault_id = view->vault.id();
  header.signer = owner.sign_pk();
  header.seq = roots.head().seq + 1;
  header.time = run.clock->now();
  header.prev = roots.head().entry_id;
  PolicyPayload payload;
  payload.k = static_cast<std::uint8_t>(change.escrow ? change.k : 0);
  for (const ChosenAgent& one : chosen) payload.agents.push_back(one.agent);
  payload.min_keep_days =
      change.min_keep_days.value_or(roots.policy().as<PolicyPayload>()->min_keep_days);
  std::vector<Secret> device_psks;
  add_device_heads(*view, owner, run, payload, device_psks);
  const Secret psks = gather_psks(chosen, owner);
  seal_policy_psks(header, payload, owner, device_psks, psks.view());
  const Entry entry = sign_entry(header, payload, owner.signing());
  publish_entry(view->vault, entry);
  return {view_policy(roots.policy()), view_policy(entry), policy_consequences(*view, payload)};
}

}  // namespace valise
