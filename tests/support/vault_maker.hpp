#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "format/root_keys.hpp"
#include "support/memory_storage.hpp"
#include "vault/container_writer.hpp"
#include "vault/signed_log.hpp"

namespace valise::test {

/// Makes vaults quickly, in memory: real keys, signed entries and sealed containers, but with next
/// to nothing in them. For tests and benchmarks of what reads logs. Time stands where `now` says.
class VaultMaker {
 public:
  explicit VaultMaker(UnixSeconds start = 1'700'000'000);

  UnixSeconds now;

  [[nodiscard]] MemoryStorage& storage() noexcept { return storage_; }
  [[nodiscard]] const RootKeys& owner() const noexcept { return owner_; }
  /// Made when it is asked for first.
  [[nodiscard]] const RootKeys& agent(const std::string& name);

  /// Enrols a device and returns its number, from 0.
  std::size_t add_device(const std::string& name);
  /// Takes the device out; its last entry so far is its last good one.
  void revoke(std::size_t device);
  /// e2ee where there are no agents.
  void set_policy(unsigned k, const std::vector<std::string>& agents,
                  std::uint32_t min_keep_days = 0);
  /// A backup of that source: a full one at first and after a change of policy, else an increment.
  /// Returns its snapshot id.
  std::string back_up(std::size_t device = 0, const std::string& source = "notes");
  /// The same under an older policy, by its number from 0.
  std::string back_up_under(std::size_t policy, std::size_t device = 0,
                            const std::string& source = "notes");
  /// From now on this device signs with the source ids that the other one has.
  void claim_sources_of(std::size_t device, std::size_t other) { claims_[device] = other; }
  /// The agent's signed statement that it opened its slot.
  void drill(const std::string& snapshot, const std::string& agent);
  /// Signs that these are given up, and removes their containers.
  void prune(std::size_t device, const std::vector<std::string>& snapshots);
  void prune_by_owner(const std::vector<std::string>& snapshots);

  /// The owner's card in a new file.
  void write_card(const std::filesystem::path& file) const;
  /// All objects as files below a new folder, without the care that a real write takes.
  void write_to(const std::filesystem::path& folder) const;

 private:
  struct Signer {
    SigningKey key;
    Secret dpsk;
    std::string name;
    LogHead head;
    bool revoked = false;
  };
  struct Newest {
    Bytes32 entry_id{};
    Bytes32 policy{};
  };
  struct Made {
    Entry entry;
    std::size_t policy = 0;
  };

  void sign_by_owner(const EntryPayload& payload);
  void sign_by_device(std::size_t device, const EntryPayload& payload);
  [[nodiscard]] EntryHeader next_header(const LogHead& head) const;
  [[nodiscard]] Secret psks_of(const PolicyPayload& policy);

  MemoryStorage storage_;
  RootKeys owner_ = RootKeys::generate();
  LogHead root_head_;
  std::map<std::string, RootKeys> agents_;
  std::vector<Entry> policies_;
  std::vector<Signer> devices_;
  std::map<std::size_t, std::size_t> claims_;  // Whose source ids a device signs with.
  std::map<std::pair<std::size_t, std::string>, Newest> newest_;
  std::map<std::string, Made> made_;
};

}  // namespace valise::test
