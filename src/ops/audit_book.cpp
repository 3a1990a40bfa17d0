#include "ops/audit_book.hpp"

#include <algorithm>
#include <array>

#include "base/hex.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// 4 MiB of them.
constexpr std::size_t kLostPacksHeldMax = 100'000;

}  // namespace

const char* code_of(RowFinding finding) noexcept {
  static constexpr std::array<const char*, kRowFindingCount> kCodes{
      "policy", "stale-policy", "parent",      "revoked", "duplicate", "damaged",
      "fork",   "missing",      "early-prune", "drill",   "commit",    "slot",
      "open",   "uncertified",  "policy-race", "chain"};
  return kCodes.at(static_cast<std::size_t>(finding));
}

BookIndex AuditBook::policy_index(const Bytes32& id) {
  const auto [found, fresh] = policy_indexes_.emplace(id, static_cast<BookIndex>(policies.size()));
  if (fresh) policies.push_back({id, nullptr});
  return found->second;
}

BookIndex AuditBook::source_index(BookIndex device, const Bytes16& id) {
  const auto [found, fresh] =
      source_indexes_.emplace(std::pair(id, device), static_cast<BookIndex>(sources.size()));
  if (fresh) sources.push_back({id, device});
  return found->second;
}

BookIndex AuditBook::newest_known(const BookedDevice& device, std::uint64_t seq) {
  const auto& known = device.known_policies;
  const auto after =
      std::upper_bound(known.begin(), known.end(), seq,
                       [](std::uint64_t value, const auto& item) { return value < item.first; });
  return after == known.begin() ? kNoIndex : std::prev(after)->second;
}

void AuditBook::find(std::string code, Severity severity, std::string object, std::string message) {
  findings.push_back({std::move(code), severity, std::move(object), std::move(message), {}});
}

void AuditBook::find(BookedBackup& backup, RowFinding finding, const std::string& message) {
  backup.mark(finding);
  const std::string snapshot = hex(backup.bid);
  const std::string object = "backup " + snapshot;
  const Severity severity =
      finding == RowFinding::policy_race ? Severity::warning : Severity::error;
  findings.push_back({code_of(finding), severity, object, object + ": " + message, snapshot});
}

void AuditBook::find_in_log(const Bytes32& signer, std::string code, std::string object,
                            std::string message) {
  find(std::move(code), Severity::error, std::move(object), std::move(message));
  if (signer == vault.root_pk()) root_sound = false;
  for (BookedDevice& device : devices) {
    if (device.device->pk == signer) device.sound = false;
  }
}

void AuditBook::note_lost_packs(const LostPacks& lost) {
  if (!lost.any()) return;
  const auto backup = static_cast<BookIndex>(backups.size());
  losses.push_back({backup, lost.missing, lost.misshapen});
  for (const LostPack& pack : lost.packs) {
    lost_packs.push_back({backup, pack.id, pack.missing});
    // Whose vault lost very many gets the first of each backup told.
    if (lost_packs.size() >= kLostPacksHeldMax) break;
  }
}

void AuditBook::sort_held() {
  std::stable_sort(held.begin(), held.end(), [](const HeldEntry& a, const HeldEntry& b) {
    return std::tie(a.signer, a.seq) < std::tie(b.signer, b.seq);
  });
}

void AuditBook::note_entry(const Bytes32& signer, std::uint64_t seq, const Bytes32& id) {
  auto at = std::lower_bound(held.begin(), held.end(), std::tie(signer, seq),
                             [](const HeldEntry& line, const auto& place) {
                               return std::tie(line.signer, line.seq) < place;
                             });
  for (; at != held.end() && at->signer == signer && at->seq == seq; ++at) at->found = id;
}

}  // namespace valise
