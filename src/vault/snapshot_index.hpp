#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "valise/run.hpp"
#include "vault/root_chain.hpp"

namespace valise {

/// One backup as the log tells it.
struct Snapshot {
  Entry entry;
  const Device* device = nullptr;
  /// The entry's time, but never before that of an earlier entry of its device that counts: a clock
  /// that was set back does not change the order of backups. Of a doubtful one just the entry's.
  UnixSeconds time = 0;
  bool doubtful = false;  ///< See Standing.
  /// It claims the id of a backup whose container carries another entry of the log: there is
  /// nothing to restore, and no name means it.
  bool empty_claim = false;
  [[nodiscard]] const BackupPayload& backup() const noexcept { return *entry.as<BackupPayload>(); }
  [[nodiscard]] std::string id() const;
};

/// Every backup that a certified device logged, oldest first. Backups of a revoked device after its
/// last good entry, those of it that nothing leads to any more, and those under a policy the owner
/// never signed are left out and stand in `problems`; backups that were pruned, by the owner or by
/// their own device, are left out.
class SnapshotIndex {
 public:
  /// `roots` must outlive the index.
  [[nodiscard]] static SnapshotIndex read(const Vault& vault, const RootChain& roots);

  [[nodiscard]] const std::vector<Snapshot>& all() const noexcept { return snapshots_; }
  [[nodiscard]] const std::vector<LogProblem>& problems() const noexcept { return problems_; }

  /// The snapshot that `name` means: "latest", an id prefix of 4 or more hex digits, or a date;
  /// only among those `wanted` accepts. A doubtful one is found by its full id alone. Throws
  /// Error(not_found), Error(usage) (ambiguous prefix, neither id nor date) or Error(corrupt)
  /// (several entries claim the id, and no container tells which it means).
  [[nodiscard]] const Snapshot& find(std::string_view name,
                                     const std::function<bool(const Snapshot&)>& wanted) const;

  /// Whether `name`, if it is one, is an id prefix: neither "latest" nor a date.
  [[nodiscard]] static bool names_id(std::string_view name);

  /// The full and the increments up to `snapshot`, in order. Throws Error(corrupt) when a parent is
  /// missing from the log, belongs to another device, source or policy, or the chain is over
  /// kChainLengthMax.
  [[nodiscard]] std::vector<const Snapshot*> chain_of(const Snapshot& snapshot) const;

  [[nodiscard]] const Snapshot* by_entry(const Bytes32& entry_id) const noexcept;

 private:
  void take_device_log(const Vault& vault, const RootChain& roots, const Device& device);
  void take_problem(LogProblem problem);
  /// `claimants`: where in snapshots_ those stand that claim it.
  void settle_claims(const Vault& vault, const Bytes16& bid,
                     const std::vector<std::size_t>& claimants);

  [[nodiscard]] const Snapshot* find_doubtful(
      const std::function<bool(const Snapshot&)>& wanted) const noexcept;

  std::vector<Snapshot> snapshots_;
  std::vector<Snapshot> doubtful_;  ///< Found by their full id alone.
  std::vector<LogProblem> problems_;
  std::map<Bytes32, std::size_t> by_entry_;
  std::map<Bytes16, std::string> unsettled_;  ///< Ids that several claim: why none is chosen.
};

/// Containers in a chain, the full counted.
inline constexpr std::size_t kChainLengthMax = 128;

}  // namespace valise
