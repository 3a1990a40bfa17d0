#pragma once

#include <map>
#include <optional>

#include "ops/opened_backup.hpp"
#include "state/state.hpp"
#include "storage/storage.hpp"
#include "valise/status.hpp"

namespace valise {

/// The objects of a vault that snapshots need, with their sizes, as they were listed once.
class StatusObjects {
 public:
  /// All arguments outlive it. `state`, where there is one, knows what a scrub found, and how long
  /// the packs are that this device wrote.
  StatusObjects(const VaultView& view, const std::optional<State>& state);
  /// Sets present, packs_present and damaged, for the chain of `newest`. Reads the ends of its
  /// containers, without a key. Throws Error(storage).
  void look_at(const Snapshot& newest, SourceStatus& status) const;

 private:
  /// False where the container does not carry the entry that the log holds.
  [[nodiscard]] bool look_at_container(const Snapshot& member, SourceStatus& status) const;
  void look_at_packs(const Snapshot& member, SourceStatus& status) const;
  [[nodiscard]] bool is_damaged(const ObjectName& name) const;

  const VaultView& view_;
  const std::optional<State>& state_;
  std::map<ObjectName, std::uint64_t> sizes_;
  std::map<Bytes32, std::uint64_t> pack_bytes_;
};

}  // namespace valise
