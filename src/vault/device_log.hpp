#pragma once

#include <map>
#include <optional>
#include <vector>

#include "vault/root_chain.hpp"

namespace valise {

/// How far an entry of a device counts.
enum class Standing {
  good,
  /// Of a revoked device, not later than its last good entry as far as anybody can tell, and no
  /// signed word of the owner leads to it any more: it may be a thief's.
  doubtful,
  refused,  ///< Of a revoked device, after its last good entry.
};

/// Finds out which entries of a device count. All do, until the owner revokes it: then those count
/// to which the hash links (prev, and a backup's parent) lead from the last good entry that the
/// owner named, or from a head before it that the owner named in a policy. What stands in the log
/// below the same number is not enough: a thief who can write to the storage replaces entries.
/// Memory: about 200 bytes for each entry of a revoked device. Format: formats/vault.md.
class GoodEntries {
 public:
  /// `device` outlives it.
  GoodEntries(const Device& device, const RootChain& roots);
  /// In order of seq.
  void take(const Entry& entry);
  /// Once, after the last entry was taken. Where an entry is gone, the copy of it in its container
  /// tells where it led. Throws Error(storage).
  void finish(const Vault& vault);
  // After finish():
  [[nodiscard]] Standing standing(std::uint64_t seq) const;
  /// Backups that count though the log no longer holds their entries: those are at the ends of
  /// their containers.
  [[nodiscard]] std::vector<Bytes16> lost() const;
  /// What the log lacks, if it no longer holds the last good entry.
  [[nodiscard]] std::optional<LogProblem> problem() const;

 private:
  struct Link {
    std::uint64_t seq = 0;
    Bytes32 id{};
    Bytes32 prev{};
    Bytes32 parent{};
    std::optional<Bytes16> bid;
    bool good = false;
  };
  void add(const Entry& entry);
  void follow_all(const std::optional<std::uint64_t>& last_seq);
  void follow(const Bytes32& from);
  void borrow_from_containers(const Vault& vault);

  const Device& device_;
  std::vector<LogHead> heads_;  ///< Of this device, as the owner's policies name them.
  std::vector<Link> links_;
  std::size_t taken_ = 0;  ///< So many of them are the log's, in order; the others were borrowed.
  std::map<Bytes32, std::size_t> places_;  ///< Of `links_`, by id.
  bool incomplete_ = false;                ///< A hash named an entry that is not there.
  bool found_ = false;                     ///< The last good entry is there.
  /// Nothing after it counts, not even as doubtful. Its own seq, or, where the entry is gone, that
  /// of the entry before one that names it: which may be a thief's word.
  std::optional<std::uint64_t> refused_after_;
};

/// What one device signed, in order of seq.
struct DeviceLog {
  /// Those that do not fit the log are left out. Good ones that the log of a revoked device lost
  /// are there from their containers, before what stands in their place (problem "lost").
  std::vector<Entry> entries;
  std::vector<Standing> standing;  ///< Of each.
  std::vector<LogProblem> problems;
  [[nodiscard]] bool good(std::size_t i) const { return standing[i] == Standing::good; }
};

/// Reads the log of a certified device.
[[nodiscard]] DeviceLog read_device_log(const Vault& vault, const RootChain& roots,
                                        const Device& device);

}  // namespace valise
