#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/json_out.hpp"
#include "ops/audit_scene.hpp"
#include "support/sample_database.hpp"
#include "valise/audit.hpp"

namespace valise::test {

/// What one audit says in each of its four ways.
struct AuditOutputs {
  std::string text;
  std::vector<cli::Json> json;
  std::string html;
  std::filesystem::path database;

  /// The answer of the database to a question.
  [[nodiscard]] std::int64_t number(const std::string& sql) const;
  /// JSON lines of that type.
  [[nodiscard]] std::vector<cli::Json> lines(const std::string& type) const;
};

/// One audit of these vaults. The page and the database go to new files below the scene's folder.
[[nodiscard]] AuditOutputs outputs_of(const AuditScene& scene,
                                      const std::vector<std::filesystem::path>& vaults,
                                      const AuditOptions& options = {},
                                      const VaultUnlockSource& unlock = {});
[[nodiscard]] std::size_t count_in(const std::string& text, const std::string& part);

}  // namespace valise::test
