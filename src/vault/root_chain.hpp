#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "valise/reader.hpp"
#include "vault/signed_log.hpp"

namespace valise {

/// A device as the owner certified it.
struct Device {
  Bytes32 pk{};
  std::string name;
  Entry entry;  ///< Its DEVICE entry.
  std::optional<RevokePayload> revoked;
  std::uint64_t revoked_at = 0;  ///< Unix seconds, by the owner's clock.
  /// A DEVICE entry begins the device's own chain: seq 0.
  [[nodiscard]] LogHead start() const noexcept { return {0, entry.id}; }
};

/// What the owner has signed: policies, devices, revocations. Built from entries in order.
class RootChain {
 public:
  /// The whole chain of vault.root_pk(), which must have no hole and hold a policy; else
  /// Error(corrupt). What its folder holds besides stands in unsound().
  [[nodiscard]] static RootChain read(const Vault& vault);

  /// Takes the next entry of the chain; Error(corrupt) for a type that the owner's chain does not
  /// have.
  void add(Entry entry);

  /// What stands in the owner's log and was passed over: the owner did not sign it there, or it is
  /// damaged. Empty after add() alone.
  [[nodiscard]] const std::vector<LogProblem>& unsound() const noexcept { return unsound_; }
  /// For those who sign on top of what they read: Error(corrupt) where anything was passed over,
  /// since it may be what is left of an entry that changes what they are to sign.
  void require_sound() const;

  [[nodiscard]] const LogHead& head() const noexcept { return head_; }
  /// The id of entry `seq`; nothing beyond the head.
  [[nodiscard]] std::optional<Bytes32> id_at(std::uint64_t seq) const noexcept;
  /// In the order in which they were signed.
  [[nodiscard]] const std::vector<Entry>& policies() const noexcept { return policies_; }
  /// The newest. There must be one.
  [[nodiscard]] const Entry& policy() const { return policies_.back(); }
  [[nodiscard]] const Entry* find_policy(const Bytes32& id) const noexcept;
  [[nodiscard]] const std::map<Bytes32, Device>& devices() const noexcept { return devices_; }
  [[nodiscard]] const Device* find_device(const Bytes32& pk) const noexcept;
  /// Bids that PRUNE entries of the owner name.
  [[nodiscard]] const std::vector<Bytes16>& pruned() const noexcept { return pruned_; }
  [[nodiscard]] const std::vector<Entry>& prunes() const noexcept { return prunes_; }

 private:
  LogHead head_;
  std::vector<Bytes32> ids_;
  std::vector<Entry> policies_;
  std::map<Bytes32, Device> devices_;
  std::vector<Bytes16> pruned_;
  std::vector<Entry> prunes_;
  std::vector<LogProblem> unsound_;
};

/// The readers a policy names, the owner first.
[[nodiscard]] std::vector<Reader> readers_of(const PolicyPayload& policy);
/// "e2ee" or "escrow".
[[nodiscard]] std::string policy_word(const PolicyPayload& policy);

}  // namespace valise
