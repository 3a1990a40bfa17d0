#include <fmt/format.h>

#include <algorithm>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/audit_log_check.hpp"
#include "ops/audit_logs.hpp"

namespace valise {
namespace {

BookedDevice book_device(AuditBook& book, const Device& device) {
  BookedDevice booked;
  booked.device = &device;
  for (BookIndex i = 0; i < book.policies.size(); ++i) {
    const Entry& policy = *book.policies[i].entry;
    if (policy.id == device.entry.as<DevicePayload>()->policy) {
      booked.known_policies.emplace_back(0, i);
    }
    for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
      if (head.device_pk == device.pk) booked.known_policies.emplace_back(head.seq + 1, i);
    }
  }
  std::sort(booked.known_policies.begin(), booked.known_policies.end());
  BookIndex newest = 0;
  for (auto& [from, policy] : booked.known_policies) policy = newest = std::max(newest, policy);
  return booked;
}

// What the owner had seen of a device when signing a policy must still be in its log.
void hold_heads(AuditBook& book, const Entry& policy) {
  for (const DeviceHead& head : policy.as<PolicyPayload>()->devices) {
    const Device* device = book.roots.find_device(head.device_pk);
    if (head.seq == 0 && device != nullptr) continue;
    const std::string name = device != nullptr ? device->name : hex(head.device_pk);
    book.held.push_back(
        {head.device_pk, head.seq, head.entry_id, log_folder(head.device_pk),
         fmt::format("the owner's policy of {} names entry {} of \"{}\", {}",
                     rfc3339(policy.header.time), head.seq, name, hex(head.entry_id)),
         std::nullopt});
  }
}

}  // namespace

void read_owner_log(AuditBook& book, const AuditListing& listing, WorkerPool& pool) {
  book.sort_held();
  const Bytes32& owner = book.vault.root_pk();
  if (const ListedLog* log = listing.log_of(owner)) {
    LogCheck check(book, owner, {});
    const RootChain nothing;
    read_log_for_audit(book.vault, listing, *log, nothing, pool, [&](AuditedEntry audited) {
      if (!check.take(audited.read)) return;
      const ObjectName name = entry_object(owner, check.head().seq);
      try {
        book.roots.add(std::move(*audited.read.entry));
      } catch (const Error& error) {
        book.find_in_log(owner, "owner-log", name, error.what());
      }
    });
    book.root_head = check.head();
  }
  for (const Entry& policy : book.roots.policies()) {
    book.policies[book.policy_index(policy.id)].entry = &policy;
  }
  for (const auto& [pk, device] : book.roots.devices()) {
    book.devices.push_back(book_device(book, device));
  }
  for (const Entry& policy : book.roots.policies()) hold_heads(book, policy);
  if (book.policies.empty()) {
    book.find_in_log(owner, "policy", log_folder(owner), "the owner's log holds no policy");
  }
}

}  // namespace valise
