#include "ops/copy_scene.hpp"

#include "bench/history.hpp"
#include "storage/local_storage.hpp"

namespace valise::test {

namespace fs = std::filesystem;

namespace {

// Warnings are left out: an agent that has held no drill yet is one.
std::string audit_errors(const Run& run) {
  std::string errors;
  for (const AuditFinding& finding : audit(run, {}).findings) {
    if (finding.severity == Severity::error) errors += finding.code + " " + finding.message + "\n";
  }
  return errors;
}

}  // namespace

CopyScene::CopyScene(std::uint32_t messages) {
  bench::create_history(source, {.messages = messages});
  InitOptions options;
  options.device_name = "first";
  new_vault_id_ =
      init_vault(at_new(), options, [&](const Secret& code) { new_code_ = code.clone(); }).vault_id;
}

BackupSummary CopyScene::night(bool full) {
  // Few enough that increments pay, in a history as small as this.
  bench::apply_night(
      source, {.seed = ++seed_, .messages = 8, .receipts = 5, .sync_marks = 3, .deletions = 1});
  nights_.push_back(fixture.night(source, full));
  vacuum_into(source, kept(nights_.size()));
  return nights_.back();
}

void CopyScene::rewrite_everything() {
  SampleConnection connection(source);
  connection.execute("UPDATE message SET text = hex(randomblob(100)); VACUUM");
}

fs::path CopyScene::kept(std::size_t number) const {
  return fixture.folder() / ("kept-" + std::to_string(number) + ".db");
}

Run CopyScene::at_new() {
  Run run = fixture.run();
  run.places.vault = new_vault();
  return run;
}

Run CopyScene::elsewhere_at_new() {
  Run run = fixture.elsewhere("elsewhere");
  run.places.vault = new_vault();
  return run;
}

UnlockSource CopyScene::new_owner() const {
  return [this] { return Unlock{Unlock::Kind::recovery_code, new_code_.clone(), std::nullopt}; };
}

CopyOptions CopyScene::all() const {
  CopyOptions options;
  options.all = true;
  options.to = new_vault();
  return options;
}

CopyOptions CopyScene::named(std::vector<std::string> snapshots) const {
  CopyOptions options;
  options.snapshots = std::move(snapshots);
  options.to = new_vault();
  return options;
}

CopyReport CopyScene::copy(const CopyOptions& options) {
  return copy_snapshots(fixture.run(), options, fixture.owner());
}

CopyReport CopyScene::copy_all() { return copy(all()); }

CopyReport CopyScene::copy_within(CopyOptions options, const UnlockSource& unlock) {
  options.to = fixture.vault();
  return copy_snapshots(fixture.run(), options, unlock);
}

std::string CopyScene::difference(const std::string& snapshot, std::size_t night) {
  RestoreOptions options =
      snapshot_into(snapshot, fixture.folder() / ("copy-" + std::to_string(++restores_)));
  const RestoreResult result = restore(elsewhere_at_new(), options, new_owner());
  return row_difference(result.database, kept(night));
}

std::string CopyScene::problems_of_new() {
  LocalStorage storage = LocalStorage::open(new_vault());
  return verify_problems(storage, elsewhere_at_new(), new_owner()) +
         scrub_problems(storage, at_new()) + audit_errors(at_new());
}

std::string CopyScene::problems_of_old() {
  LocalStorage storage = LocalStorage::open(fixture.vault());
  return verify_problems(storage, fixture.elsewhere("verifier"), fixture.owner()) +
         scrub_problems(storage, fixture.run()) + audit_errors(fixture.run());
}

std::size_t CopyScene::page_files_of_new() const {
  std::size_t count = 0;
  const fs::path folder = fixture.memory() / "state" / new_vault_id_;
  for (const auto& item : fs::directory_iterator(folder)) {
    if (item.path().filename().string().starts_with("pages-")) ++count;
  }
  return count;
}

}  // namespace valise::test
