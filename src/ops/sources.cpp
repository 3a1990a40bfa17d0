#include "valise/sources.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "ops/enrolment.hpp"
#include "source/live_database.hpp"
#include "state/credential.hpp"
#include "state/state.hpp"
#include "storage/local_storage.hpp"
#include "vault/vault.hpp"

namespace valise {
namespace {

namespace fs = std::filesystem;

// How long to wait for an app that is writing, while only looking.
constexpr std::uint32_t kLookWaitMs = 2000;

fs::path canonical_if_possible(const fs::path& path) {
  std::error_code error;
  fs::path canonical = fs::canonical(path, error);
  return error ? path : canonical;
}

void look_inside(SourceRow& row) {
  try {
    LiveDatabase database = LiveDatabase::open(row.path, {.busy_wait_ms = kLookWaitMs});
    const ContentSummary summary = database.summarize();
    row.profile = summary.profile;
    row.schema_version = summary.schema_version;
    row.absent_tables = summary.absent_tables;
    row.messages = summary.messages;
    row.first_message = summary.first_message;
    row.last_message = summary.last_message;
    const AttachmentRows rows = database.attachment_rows();
    row.attachments = rows.files.size();
    row.attachments_outside = rows.outside;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::source) throw;
    row.problem = error.what();
  }
}

/// What is installed, each file once.
std::vector<SourceRow> installed_rows() {
  std::vector<SourceRow> rows;
  for (const UsualSource& usual : usual_sources()) {
    SourceRow row;
    row.path = canonical_if_possible(usual.path);
    row.installed = true;
    row.profile = usual.profile;
    const bool known = std::any_of(rows.begin(), rows.end(),
                                   [&](const SourceRow& other) { return other.path == row.path; });
    if (!known) rows.push_back(std::move(row));
  }
  return rows;
}

/// A source's name depends on its app; of a file that cannot be read now, each is tried.
std::optional<UnixSeconds> last_backup_of(const State& state, const Credential& credential,
                                          const fs::path& path) {
  std::optional<UnixSeconds> last;
  for (const std::string& profile : profile_names()) {
    const auto source = state.source(source_id(credential, profile, path));
    if (!source || source->chain.empty()) continue;
    const auto note = state.note(source->chain.back().bid);
    if (note) last = std::max(last.value_or(0), note->captured_at);
  }
  return last;
}

struct Known {
  Bytes16 vault_id{};
  std::optional<Credential> credential;
};

Known known_here(const Run& run) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  Known known{Vault::open(storage).id(), std::nullopt};
  known.credential = known_credential(run, known.vault_id);
  return known;
}

void note_last_backups(const Run& run, const Known& known, std::vector<SourceRow>& rows) {
  try {
    const std::optional<State> state =
        State::look(run.places.state_dir, known.vault_id, known.credential->secret.view());
    if (!state) return;
    for (SourceRow& row : rows) {
      if (row.backed_up) row.last_backup = last_backup_of(*state, *known.credential, row.path);
    }
  } catch (const StateError&) {
    // A state that is damaged or in use knows nothing; the rows stand all the same.
  }
}

}  // namespace

SourcesReport list_sources(const Run& run) {
  SourcesReport report;
  Known known;
  try {
    known = known_here(run);
    if (!known.credential) report.vault_problem = "this device is not enrolled in this vault";
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found) throw;
    report.vault_problem = error.what();
  }
  std::vector<SourceRow> installed = installed_rows();
  if (known.credential) {
    for (const fs::path& path : known.credential->sources) {
      SourceRow row;
      const auto found = std::find_if(installed.begin(), installed.end(),
                                      [&](const SourceRow& other) { return other.path == path; });
      if (found != installed.end()) {
        row = std::move(*found);
        installed.erase(found);
      }
      row.path = path;
      row.backed_up = true;
      report.sources.push_back(std::move(row));
    }
    note_last_backups(run, known, report.sources);
  }
  std::move(installed.begin(), installed.end(), std::back_inserter(report.sources));
  for (SourceRow& row : report.sources) {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    if (run.on_progress) run.on_progress({"look", row.path.native(), 0, 0});
    look_inside(row);
  }
  return report;
}

std::vector<SourceRow> sources_to_choose(const Run& run) {
  Known known;
  try {
    known = known_here(run);
  } catch (const Error&) {
    // The backup itself then says what is wrong, and notes that it failed.
    return {};
  }
  if (!known.credential || !known.credential->sources.empty()) return {};
  std::vector<SourceRow> rows = installed_rows();
  for (SourceRow& row : rows) {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    look_inside(row);
  }
  return rows;
}

}  // namespace valise
