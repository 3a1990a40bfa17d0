#include "ops/audit_scene.hpp"

#include <stdexcept>

#include "ops/audit.hpp"

namespace valise::test {

AuditScene::AuditScene() { vault.add_device("laptop"); }

std::vector<std::string> AuditScene::nights(std::size_t count, std::size_t device) {
  std::vector<std::string> made;
  for (std::size_t i = 0; i < count; ++i) {
    next_day();
    made.push_back(vault.back_up(device));
  }
  return made;
}

Run AuditScene::run() const {
  Run run;
  run.places = {folder.path() / "vault", folder.path() / "config", folder.path() / "state"};
  run.clock = &clock;
  return run;
}

AuditReport AuditScene::audit(const AuditOptions& options) {
  clock.set(vault.now);
  return audit_in(vault.storage(), run(), options, {});
}

AuditReport AuditScene::pinned_audit() {
  const std::filesystem::path card = folder.path() / "owner.card";
  vault.write_card(card);
  AuditOptions options;
  options.pins = {card};
  return audit(options);
}

AuditOptions with_max_age(std::uint64_t seconds) {
  AuditOptions options;
  options.max_age_seconds = seconds;
  return options;
}

std::multiset<std::string> codes_in(const AuditReport& report) {
  std::multiset<std::string> codes;
  for (const AuditFinding& finding : report.findings) codes.insert(finding.code);
  return codes;
}

AuditFinding finding_of(const AuditReport& report, const std::string& code) {
  for (const AuditFinding& finding : report.findings) {
    if (finding.code == code) return finding;
  }
  throw std::runtime_error("the audit has no finding " + code);
}

}  // namespace valise::test
