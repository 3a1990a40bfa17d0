#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/ordered_pipeline.hpp"
#include "ops/audit_packs.hpp"
#include "valise/run.hpp"
#include "vault/object_names.hpp"
#include "vault/root_chain.hpp"
#include "vault/signed_log.hpp"

namespace valise {

/// The entries of one signer, by their names.
struct ListedLog {
  Bytes32 signer{};
  struct Object {
    std::uint64_t seq = 0;
    std::uint64_t bytes = 0;
  };
  std::vector<Object> objects;  ///< By seq.
};

/// What a vault lists, in a few bytes for each object. Each folder is listed once.
struct AuditListing {
  struct Container {
    Bytes16 bid{};
    std::uint64_t bytes = 0;
  };
  std::vector<ListedLog> logs;        ///< By signer.
  std::vector<Container> containers;  ///< By bid.
  std::vector<DrillAt> drills;        ///< By entry id, then slot.
  std::vector<ListedPack> packs;      ///< By id.
  [[nodiscard]] const ListedLog* log_of(const Bytes32& signer) const noexcept;
};
[[nodiscard]] AuditListing list_for_audit(const Vault& vault);

/// A drill that stands in the vault for a backup; `problem` is empty where it is a sound one.
struct FoundDrill {
  std::uint8_t slot = 0;
  UnixSeconds time = 0;
  std::string problem;
};

/// One entry as a worker has read it, with what belongs to it.
struct AuditedEntry {
  LogRead read;
  // Of a backup:
  std::uint64_t container_bytes = 0;  ///< As its entry says.
  bool container_present = false;
  std::string container_problem;  ///< Empty: its length and its tail are what the entry says.
  /// The id of another entry of the same signer and number, which the container carries.
  std::optional<Bytes32> container_fork;
  LostPacks lost;  ///< Of the packs that its container names.
  std::vector<FoundDrill> drills;
};

/// Reads a whole log on all workers and hands its entries on in order, on the calling thread.
/// For each backup it reads the container's tail and its drills too: so that no entry has to be
/// kept. `roots` must hold all policies by then. Throws Error(storage), Error(cancelled).
void read_log_for_audit(const Vault& vault, const AuditListing& listing, const ListedLog& log,
                        const RootChain& roots, WorkerPool& pool,
                        const std::function<void(AuditedEntry entry)>& on_entry);

}  // namespace valise
