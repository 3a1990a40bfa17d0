#include "vault/root_chain.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"
#include "format/card.hpp"
#include "vault/object_names.hpp"

namespace valise {

RootChain RootChain::read(const Vault& vault) {
  RootChain chain;
  const auto on_unsound = [&](LogProblem problem) { chain.unsound_.push_back(std::move(problem)); };
  for (Entry& entry : read_log(vault, vault.root_pk(), {}, on_unsound)) {
    chain.add(std::move(entry));
  }
  if (chain.policies_.empty()) {
    throw Error(ErrorKind::corrupt, vault.storage().describe() +
                                        "/log: the owner's log holds no policy; run \"valise "
                                        "audit\"");
  }
  return chain;
}

void RootChain::require_sound() const {
  if (unsound_.empty()) return;
  throw Error(ErrorKind::corrupt, unsound_.front().message + kMoveAside);
}

void RootChain::add(Entry entry) {
  head_ = {entry.header.seq, entry.id};
  ids_.push_back(entry.id);
  if (entry.as<PolicyPayload>() != nullptr) {
    policies_.push_back(std::move(entry));
  } else if (const auto* device = entry.as<DevicePayload>()) {
    const Bytes32 pk = device->device_pk;
    std::string name = device->name;
    if (devices_.contains(pk)) {
      throw Error(ErrorKind::corrupt, entry_object(entry.header.signer, entry.header.seq) +
                                          ": the device was enrolled before");
    }
    devices_.emplace(pk, Device{pk, std::move(name), std::move(entry), std::nullopt, 0});
  } else if (const auto* revoke = entry.as<RevokePayload>()) {
    const auto found = devices_.find(revoke->device_pk);
    if (found == devices_.end()) {
      throw Error(ErrorKind::corrupt, entry_object(entry.header.signer, entry.header.seq) +
                                          ": it revokes a device that was never enrolled");
    }
    if (!found->second.revoked) {
      found->second.revoked = *revoke;
      found->second.revoked_at = entry.header.time;
    }
  } else if (const auto* prune = entry.as<PrunePayload>()) {
    pruned_.insert(pruned_.end(), prune->bids.begin(), prune->bids.end());
    prunes_.push_back(std::move(entry));
  } else {
    throw Error(ErrorKind::corrupt, entry_object(entry.header.signer, entry.header.seq) +
                                        ": the owner's log holds a backup");
  }
}

std::optional<Bytes32> RootChain::id_at(std::uint64_t seq) const noexcept {
  if (seq == 0 || seq > ids_.size()) return std::nullopt;
  return ids_[static_cast<std::size_t>(seq - 1)];
}

const Entry* RootChain::find_policy(const Bytes32& id) const noexcept {
  for (const Entry& policy : policies_) {
    if (policy.id == id) return &policy;
  }
  return nullptr;
}

const Device* RootChain::find_device(const Bytes32& pk) const noexcept {
  const auto found = devices_.find(pk);
  return found == devices_.end() ? nullptr : &found->second;
}

std::vector<Reader> readers_of(const PolicyPayload& policy) {
  std::vector<Reader> readers;
  readers.push_back({"owner", "", true});
  for (const Agent& agent : policy.agents) {
    readers.push_back({agent.name, fingerprint(agent.pk, agent.sign_pk, agent.name), false});
  }
  return readers;
}

std::string policy_word(const PolicyPayload& policy) {
  return policy.agents.empty() ? "e2ee" : "escrow";
}

}  // namespace valise
