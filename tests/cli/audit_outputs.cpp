#include "cli/audit_outputs.hpp"

#include <memory>

#include "cli/audit_html.hpp"
#include "cli/audit_json.hpp"
#include "cli/audit_text.hpp"
#include "support/test_files.hpp"
#include "valise/audit_database.hpp"

namespace valise::test {
namespace {

class FourSinks final : public AuditSink {
 public:
  FourSinks(AuditOutputs& out, bool several, const std::filesystem::path& page) {
    sinks_.push_back(std::make_unique<cli::AuditText>(
        several, [&out](const std::string& part) { out.text += part; }));
    sinks_.push_back(std::make_unique<cli::AuditJson>(
        several, [&out](const cli::Json& line) { out.json.push_back(line); }));
    sinks_.push_back(std::make_unique<cli::AuditHtml>(page));
    sinks_.push_back(audit_database(out.database));
  }
  void begin(const AuditedVault& vault) override {
    for (const auto& sink : sinks_) sink->begin(vault);
  }
  void backup(const AuditedVault& vault, const AuditedBackup& row) override {
    for (const auto& sink : sinks_) sink->backup(vault, row);
  }
  void finding(const AuditedVault& vault, const AuditFinding& finding) override {
    for (const auto& sink : sinks_) sink->finding(vault, finding);
  }
  void end(const AuditedVault& vault) override {
    for (const auto& sink : sinks_) sink->end(vault);
  }
  void unreadable(const std::filesystem::path& folder, const Error& error) override {
    for (const auto& sink : sinks_) sink->unreadable(folder, error);
  }
  void total(const AuditTotal& total) override {
    for (const auto& sink : sinks_) sink->total(total);
  }

 private:
  std::vector<std::unique_ptr<AuditSink>> sinks_;
};

}  // namespace

std::int64_t AuditOutputs::number(const std::string& sql) const {
  return SampleConnection(database).number(sql);
}

std::vector<cli::Json> AuditOutputs::lines(const std::string& type) const {
  std::vector<cli::Json> found;
  for (const cli::Json& line : json) {
    if (line.at("type") == type) found.push_back(line);
  }
  return found;
}

AuditOutputs outputs_of(const AuditScene& scene, const std::vector<std::filesystem::path>& vaults,
                        const AuditOptions& options, const VaultUnlockSource& unlock) {
  std::size_t number = 0;
  const auto file = [&](const std::string& kind) {
    return scene.folder.path() / (std::to_string(number) + kind);
  };
  while (std::filesystem::exists(file(".html"))) ++number;
  AuditOutputs out;
  out.database = file(".db");
  {
    FourSinks sinks(out, vaults.size() > 1, file(".html"));
    static_cast<void>(audit_vaults(scene.run(), vaults, options, unlock, sinks));
  }
  out.html = text_at(file(".html"));
  return out;
}

std::size_t count_in(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

}  // namespace valise::test
