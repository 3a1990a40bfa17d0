#include "valise/policy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/card_file.hpp"
#include "ops/enrolment.hpp"
#include "ops/opened_backup.hpp"
#include "ops/policy_words.hpp"
#include "storage/local_storage.hpp"
#include "vault/key_ring.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

/// An agent that the new policy will name: from a card, or from an earlier policy that names it.
struct Chosen {
  Agent agent;
  Secret psk;  ///< Empty until the owner's key is at hand, for an earlier one.
  const Entry* earlier = nullptr;
  std::size_t place = 0;  ///< Among the earlier policy's agents.
};

std::optional<Chosen> from_earlier_policy(const RootChain& roots, const std::string& name) {
  const std::vector<Entry>& policies = roots.policies();
  for (auto policy = policies.rbegin(); policy != policies.rend(); ++policy) {
    const std::vector<Agent>& agents = policy->as<PolicyPayload>()->agents;
    for (std::size_t i = 0; i < agents.size(); ++i) {
      if (agents[i].name == name) return Chosen{agents[i], Secret(), &*policy, i};
    }
  }
  return std::nullopt;
}

Chosen from_card_file(const std::string& path) {
  std::optional<Card> card = read_card_file(path);
  if (!card) {
    throw Error(ErrorKind::usage, "\"" + path +
                                      "\" is neither a card file nor the name of an agent of an "
                                      "earlier policy");
  }
  if (card->kind != CardKind::agent) {
    throw Error(ErrorKind::usage, path + ": it is an owner's card, not an agent's");
  }
  return {{card->pk, card->sign_pk, card->name}, std::move(card->psk), nullptr, 0};
}

std::vector<Chosen> choose_agents(const RootChain& roots, const PolicyChange& change) {
  std::vector<Chosen> chosen;
  for (const std::string& name : change.agents) {
    std::optional<Chosen> earlier = from_earlier_policy(roots, name);
    Chosen next = earlier ? std::move(*earlier) : from_card_file(name);
    // Every list of readers names the owner so.
    if (next.agent.name == kOwnerName) {
      throw Error(ErrorKind::usage, "an agent cannot be called \"owner\"; it needs another card");
    }
    for (const Chosen& other : chosen) {
      if (other.agent.name == next.agent.name) {
        throw Error(ErrorKind::usage, "the agent \"" + next.agent.name + "\" is named twice");
      }
      // One person under two names would hold two shares, and "2 of 3" would not mean two people.
      if (other.agent.pk == next.agent.pk || other.agent.sign_pk == next.agent.sign_pk) {
        throw Error(ErrorKind::usage, "the agents \"" + other.agent.name + "\" and \"" +
                                          next.agent.name + "\" have the same key");
      }
    }
    chosen.push_back(std::move(next));
  }
  if (!change.escrow && !chosen.empty()) {
    throw Error(ErrorKind::usage, "an end-to-end policy names no agents");
  }
  if (change.escrow && (chosen.empty() || chosen.size() > kReadersMax)) {
    throw Error(ErrorKind::usage, "an escrow policy names 1 to 16 agents");
  }
  if (change.escrow && (change.k < 1 || change.k > chosen.size())) {
    throw Error(ErrorKind::usage, fmt::format("k must be 1 to {} (the number of agents), not {}",
                                              chosen.size(), change.k));
  }
  return chosen;
}

Secret gather_psks(std::vector<Chosen>& chosen, const RootKeys& owner) {
  Secret psks(32 * chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    Chosen& one = chosen[i];
    if (one.earlier != nullptr) {
      one.psk =
          Secret::copy_of(policy_psks(*one.earlier, owner).view().subspan(32 * one.place, 32));
    }
    const ByteSpan psk = one.psk.view();
    std::copy(psk.begin(), psk.end(), psks.mutable_view().begin() + std::ptrdiff_t(32 * i));
  }
  return psks;
}

const DeviceHead* find_head(const Entry& policy, const Bytes32& device_pk) {
  for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
    if (head.device_pk == device_pk) return &head;
  }
  return nullptr;
}

// The devices that are not revoked, each with the last sound entry that the vault holds of it. A
// hole in a device's log is told and is no obstacle: whoever can delete an entry could otherwise
// keep the owner under a policy for ever.
void add_device_heads(const Vault& vault, const RootChain& roots, const RootKeys& owner,
                      const Run& run, PolicyPayload& payload, std::vector<Secret>& device_psks) {
  for (const auto& [pk, device] : roots.devices()) {
    if (device.revoked) continue;
    LogHead head = device.start();
    walk_log(
        vault, pk, head,
        [&](const Entry& entry) {
          head = {entry.header.seq, entry.id};
        },
        [&](const LogProblem& problem) {
          if (run.on_warning) run.on_warning(problem.message + "; run \"valise audit\"");
        });
    // What the owner has signed once was there: the head never goes back.
    if (const DeviceHead* before = find_head(roots.policy(), pk);
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
  return view_policy(RootChain::read(Vault::open(storage)).policy());
}

PolicyChangeResult set_policy(const Run& run, const PolicyChange& change,
                              const UnlockSource& unlock,
                              const std::function<bool(const Reader&)>& confirm) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const std::unique_ptr<VaultView> view = view_vault(storage);
  const RootChain& roots = view->roots;
  std::vector<Chosen> chosen = choose_agents(roots, change);
  for (const Chosen& one : chosen) {
    if (one.earlier != nullptr) continue;
    const Agent& agent = one.agent;
    if (!confirm({agent.name, fingerprint(agent.pk, agent.sign_pk, agent.name), false})) {
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
  for (const Chosen& one : chosen) payload.agents.push_back(one.agent);
  payload.min_keep_days =
      change.min_keep_days.value_or(roots.policy().as<PolicyPayload>()->min_keep_days);
  std::vector<Secret> device_psks;
  add_device_heads(view->vault, roots, owner, run, payload, device_psks);
  const Secret psks = gather_psks(chosen, owner);
  seal_policy_psks(header, payload, owner, device_psks, psks.view());
  const Entry entry = sign_entry(header, payload, owner.signing());
  publish_entry(view->vault, entry);
  return {view_policy(roots.policy()), view_policy(entry), policy_consequences(*view, payload)};
}

}  // namespace valise
