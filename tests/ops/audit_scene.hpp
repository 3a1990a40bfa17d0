#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "support/fake_clock.hpp"
#include "support/temp_folder.hpp"
#include "support/vault_maker.hpp"
#include "valise/audit.hpp"

namespace valise::test {

/// A vault made in memory, and an auditor who has nothing else.
struct AuditScene {
  VaultMaker vault;
  FakeClock clock;
  TempFolder folder;

  /// Enrols the device 0, "laptop".
  AuditScene();
  /// A day passes.
  void next_day() { vault.now += kDay; }
  /// `count` backups, a day each; their ids.
  std::vector<std::string> nights(std::size_t count, std::size_t device = 0);
  [[nodiscard]] Run run() const;
  /// At the moment where the vault's clock stands.
  [[nodiscard]] AuditReport audit(const AuditOptions& options = {});
  [[nodiscard]] AuditReport pinned_audit();
};

/// Options under which a source without a backup for so long is overdue.
[[nodiscard]] AuditOptions with_max_age(std::uint64_t seconds);
[[nodiscard]] std::multiset<std::string> codes_in(const AuditReport& report);
/// The first finding of that code; throws std::runtime_error where there is none.
[[nodiscard]] AuditFinding finding_of(const AuditReport& report, const std::string& code);

}  // namespace valise::test
