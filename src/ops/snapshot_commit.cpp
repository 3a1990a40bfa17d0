// The order in which a snapshot becomes durable; nothing here depends on where its pages came from.

#include <future>
#include <vector>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/chain_decision.hpp"
#include "ops/increment_capture.hpp"
#include "ops/snapshot_writer.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// The owner may have changed the policy while pages were read. A full takes the new one as well; an
// increment would stand on a chain that other readers can open.
[[nodiscard]] bool adopt_policy(const SnapshotTurn& turn, const SourceState* parent) {
  const bool changed = turn.session.adopt_policy(turn.run);
  if (parent != nullptr && changed) throw NeedsFull{kPolicyChanged};
  if (parent != nullptr && turn.session.rolled_back) throw NeedsFull{kRolledBack};
  return changed;
}

BackupHeader header_of(const SnapshotTurn& turn, std::vector<Bytes32> refs,
                       const SourceState* parent) {
  const Credential& credential = turn.session.credential;
  BackupHeader header;
  header.entry.seq = credential.own.seq + 1;
  header.entry.time = turn.run.clock->now();
  header.entry.prev = credential.own.entry_id;
  header.policy = turn.session.policy.id;
  header.parent = parent != nullptr ? parent->chain.back().entry_id : Bytes32{};
  header.source = turn.source;
  header.k = turn.session.policy_payload().k;
  header.refs = std::move(refs);
  return header;
}

Entry finish_container(const SnapshotTurn& turn, ContainerWriter& writer, Manifest& manifest,
                       const BackupHeader& header) {
  const Credential& credential = turn.session.credential;
  const PolicyPayload& policy = turn.session.policy_payload();
  std::vector<SlotReader> readers{{credential.owner_pk, credential.owner_psk.view()}};
  for (std::size_t i = 0; i < policy.agents.size(); ++i) {
    readers.push_back({policy.agents[i].pk, credential.psks.view().subspan(32 * i, 32)});
  }
  // The pages for tomorrow go to the disk while the container is finished and read back.
  std::future<void> pages =
      std::async(std::launch::async, [&turn] { turn.session.state.sync_pages(); });
  Entry entry = writer.finish(manifest, header, readers, credential.signing_key());
  pages.get();
  return entry;
}

void commit_state(const SnapshotTurn& turn, const ContainerWriter& writer, const Manifest& manifest,
                  const Entry& entry, const SourceState* parent) {
  SourceState next;
  next.source = turn.source;
  next.page_size = manifest.database.page_size;
  next.page_count = static_cast<std::uint32_t>(manifest.database.page_count);
  next.page_root = manifest.database.page_root;
  next.policy = entry.as<BackupPayload>()->policy;
  if (turn.files != nullptr) turn.files->commit(turn.session.state);
  if (parent != nullptr) next.chain = parent->chain;
  next.chain.push_back({writer.bid(), entry.id, entry.header.seq, writer.file_bytes()});
  turn.session.state.commit(next,
                            {writer.bid(), manifest.source.name, manifest.source.profile,
                             manifest.database.messages, manifest.captured_at, manifest.origin},
                            entry.bytes);
}

}  // namespace

Entry commit_snapshot(const SnapshotTurn& turn, ContainerWriter& writer, Manifest& manifest,
                      std::vector<Bytes32> refs, const SourceState* parent) {
  static_cast<void>(adopt_policy(turn, parent));
  if (turn.files != nullptr) turn.files->check_packs();
  note_policy(turn.summary, turn.session.policy_payload());
  const Entry entry =
      finish_container(turn, writer, manifest, header_of(turn, std::move(refs), parent));
  // Making a large container durable takes its time: once more, before anything is committed. What
  // no entry names yet is not part of the vault and may go again.
  try {
    if (adopt_policy(turn, parent)) throw NeedsFull{kPolicyChanged};
    // A prune of another device has not seen that this container needs its packs.
    if (turn.files != nullptr) turn.files->check_packs();
  } catch (...) {
    turn.session.vault.storage().remove(container_object(writer.bid()));
    throw;
  }
  commit_state(turn, writer, manifest, entry, parent);
  turn.session.publish(turn.run, entry);
  turn.summary.snapshot = hex(writer.bid());
  turn.summary.time = entry.header.time;
  turn.summary.bytes_added += writer.file_bytes() + entry.bytes.size();
  return entry;
}

}  // namespace valise
