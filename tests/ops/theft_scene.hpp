#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/vault_fixture.hpp"
#include "vault/root_chain.hpp"

namespace valise::test {

/// A laptop with a chain of four backups, a phone with one, and the owner.
struct TheftScene {
  VaultFixture fixture;
  std::vector<std::string> of_laptop;
  std::string of_phone;

  TheftScene();

  RevocationPlan revoke(const std::string& device, const std::string& last_good = "");
  /// The snapshots that are listed.
  [[nodiscard]] std::set<std::string> listed();
  /// How a restore of the snapshot fails; nothing where it does not.
  [[nodiscard]] std::optional<ErrorKind> restore_kind(const std::string& snapshot);
  /// The day of one of the laptop's backups, as --last-good takes it.
  [[nodiscard]] std::string day_of(const std::string& snapshot);
  [[nodiscard]] RootChain roots();
  /// Codes of the audit's errors.
  [[nodiscard]] std::set<std::string> audit_codes();

  /// Keeps all that the laptop remembers, to be put back as a copy of it at large would be.
  void keep_memory();
  void put_back_memory();
};

}  // namespace valise::test
