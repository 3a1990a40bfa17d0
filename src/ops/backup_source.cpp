#include "ops/backup_source.hpp"

#include <unistd.h>

#include <chrono>
#include <climits>
#include <functional>
#include <future>
#include <utility>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/chain_decision.hpp"
#include "ops/full_capture.hpp"
#include "ops/increment_capture.hpp"
#include "source/live_database.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// An increment that turns into a full, and policies that change meanwhile.
constexpr int kAttemptsMax = 4;

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  return gethostname(name, HOST_NAME_MAX) == 0 ? name : "";
}

/// What one night works with.
struct Night {
  WriterSession& session;
  const Run& run;
  LiveDatabase& database;
  const std::filesystem::path& path;
  BackupSummary& summary;
  Bytes16 source{};
};

Manifest start_manifest(const Night& night) {
  Manifest manifest;
  manifest.source.name = night.path.filename().string();
  manifest.source.path = night.path.string();
  manifest.source.host = host_name();
  manifest.captured_at = night.run.clock->now();
  manifest.database.page_size = night.database.page_size();
  manifest.database.page_count = night.database.page_count();
  return manifest;
}

void note_policy(BackupSummary& summary, const PolicyPayload& policy) {
  summary.policy = policy_word(policy);
  summary.k = policy.k;
  summary.readers = readers_of(policy);
}

void note_content(const Night& night, const ContentSummary& content) {
  night.summary.profile = content.profile;
  night.summary.schema_version = content.schema_version;
  night.summary.messages = content.messages;
  night.summary.first_message = content.first_message;
  night.summary.last_message = content.last_message;
}

void note_content(Manifest& manifest, const ContentSummary& content) {
  manifest.source.profile = content.profile;
  manifest.source.schema_version = content.schema_version;
  manifest.database.messages = content.messages;
  manifest.database.first_message = content.first_message;
  manifest.database.last_message = content.last_message;
}

// Captures, and counts in the same transaction while the workers still compress and seal.
template <typename Capture>
void capture_night(const Night& night, Capture& capture, Manifest& manifest) {
  night.database.capture(capture);
  std::future<ContentSummary> counting =
      std::async(std::launch::async, [&night] { return night.database.summarize(); });
  manifest.database.page_root = capture.finish();
  const ContentSummary content = counting.get();
  note_content(night, content);
  note_content(manifest, content);
}

// Rolls the state's transaction back unless it was committed.
class StateTurn {
 public:
  explicit StateTurn(State& state) : state_(state) {}
  ~StateTurn() { state_.roll_back(); }
  StateTurn(const StateTurn&) = delete;
  StateTurn& operator=(const StateTurn&) = delete;

 private:
  State& state_;
};

// Seals the container, then commits the state with the signed entry, then publishes the entry.
void commit_night(const Night& night, ContainerWriter& writer, Manifest& manifest,
                  const SourceState* parent) {
  // The owner may have changed the policy while pages were read. A full takes the new one as well;
  // an increment would stand on a chain that other readers can open.
  const bool changed = night.session.adopt_policy(night.run);
  if (parent != nullptr && changed) throw NeedsFull{"the policy changed"};
  if (parent != nullptr && night.session.rolled_back) throw NeedsFull{kRolledBack};
  Credential& credential = night.session.credential;
  const PolicyPayload& policy = night.session.policy_payload();
  note_policy(night.summary, policy);
  std::vector<SlotReader> readers{{credential.owner_pk, credential.owner_psk.view()}};
  for (std::size_t i = 0; i < policy.agents.size(); ++i) {
    readers.push_back({policy.agents[i].pk, credential.psks.view().subspan(32 * i, 32)});
  }
  BackupHeader header;
  header.entry.seq = credential.own.seq + 1;
  header.entry.time = night.run.clock->now();
  header.entry.prev = credential.own.entry_id;
  header.policy = night.session.policy.id;
  header.parent = parent != nullptr ? parent->chain.back().entry_id : Bytes32{};
  header.source = night.source;
  header.k = policy.k;
  // The pages for tomorrow go to the disk while the container is finished and read back.
  std::future<void> pages =
      std::async(std::launch::async, [&night] { night.session.state.sync_pages(); });
  const Entry entry = writer.finish(manifest, header, readers, credential.signing_key());
  pages.get();
  // Making a large container durable takes its time: once more, before anything is committed. What
  // no entry names yet is not part of the vault and may go again.
  try {
    if (night.session.adopt_policy(night.run)) throw NeedsFull{"the policy changed"};
    if (parent != nullptr && night.session.rolled_back) throw NeedsFull{kRolledBack};
  } catch (...) {
    night.session.vault.storage().remove(container_object(writer.bid()));
    throw;
  }

  SourceState next;
  next.source = night.source;
  next.page_size = manifest.database.page_size;
  next.page_count = static_cast<std::uint32_t>(manifest.database.page_count);
  next.page_root = manifest.database.page_root;
  next.policy = header.policy;
  if (parent != nullptr) next.chain = parent->chain;
  next.chain.push_back({writer.bid(), entry.id, entry.header.seq, writer.file_bytes()});
  night.session.state.commit(
      next,
      {writer.bid(), manifest.source.name, manifest.source.profile, manifest.database.messages},
      entry.bytes);
  night.session.publish(night.run, entry);
  night.summary.snapshot = hex(writer.bid());
  night.summary.time = entry.header.time;
  night.summary.bytes_added = writer.file_bytes() + entry.bytes.size();
}

void write_full(const Night& night) {
  StateTurn turn(night.session.state);
  night.session.state.begin_anew(night.source);
  ContainerWriter writer(night.session.vault);
  Manifest manifest = start_manifest(night);
  {
    FullCapture capture(night.run, writer, night.session.state, night.source,
                        manifest.database.page_size,
                        static_cast<std::uint32_t>(manifest.database.page_count));
    capture_night(night, capture, manifest);
  }
  night.summary.pages_changed = night.summary.pages;
  commit_night(night, writer, manifest, nullptr);
}

void write_increment(const Night& night, const SourceState& parent) {
  StateTurn turn(night.session.state);
  night.session.state.begin(night.source);
  ContainerWriter writer(night.session.vault);
  Manifest manifest = start_manifest(night);
  manifest.parent_page_root = parent.page_root;
  {
    IncrementCapture capture(night.run, &writer, night.session.state, parent,
                             manifest.database.page_size,
                             static_cast<std::uint32_t>(manifest.database.page_count));
    capture_night(night, capture, manifest);
    night.summary.pages_changed = capture.changed();
  }
  commit_night(night, writer, manifest, &parent);
}

// Counts what would be written, and writes nothing.
void count_only(const Night& night, const ChainDecision& decision) {
  note_content(night, night.database.summarize());
  night.summary.pages_changed = night.summary.pages;
  if (!decision.parent) return;
  try {
    IncrementCapture capture(night.run, nullptr, night.session.state, *decision.parent,
                             night.database.page_size(), night.database.page_count());
    night.database.capture(capture);
    capture.count_rest();
    night.summary.pages_changed = capture.changed();
  } catch (const NeedsFull& needs) {
    night.summary.full = true;
    night.summary.why_full = needs.why;
  }
}

void write_night(const Night& night, const ChainDecision& decision) {
  std::optional<SourceState> parent = decision.parent;
  for (int attempt = 1;; ++attempt) {
    try {
      return parent ? write_increment(night, *parent) : write_full(night);
    } catch (const NeedsFull& needs) {
      if (attempt == kAttemptsMax) {
        throw Error(ErrorKind::locked,
                    "the policy keeps changing while this backup is made; try again later");
      }
      parent.reset();
      night.summary.full = true;
      night.summary.why_full = needs.why;
    }
  }
}

}  // namespace

BackupSummary backup_source(WriterSession& session, const Run& run,
                            const std::filesystem::path& path, const BackupOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  LiveDatabase database = LiveDatabase::open(path);
  BackupSummary summary;
  Night night{session, run,     database,
              path,    summary, source_id(session.credential, database.profile(), path)};
  const ChainDecision decision =
      decide_chain(session, night.source, database.page_size(), options.full);
  note_policy(summary, session.policy_payload());
  summary.full = !decision.parent;
  summary.why_full = decision.why_full;
  summary.source = path;
  summary.source_id = hex(night.source);
  summary.pages = database.page_count();
  summary.database_bytes = std::uint64_t{database.page_count()} * database.page_size();
  summary.dry_run = options.dry_run;
  summary.time = run.clock->now();
  if (options.dry_run) {
    count_only(night, decision);
  } else {
    write_night(night, decision);
  }
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return summary;
}

}  // namespace valise
