#include "ops/chain_decision.hpp"

#include <fmt/format.h>

#include <map>

#include "base/error.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"
#include "vault/snapshot_index.hpp"

namespace valise {
namespace {

// Whether entries that this device logged for the source stand after the one that the state knows.
// Error(not_found) or Error(corrupt) when an entry in between is gone or damaged.
bool log_moved_on(const WriterSession& session, const SourceState& state) {
  const ChainMember& head = state.chain.back();
  if (head.seq > session.credential.own.seq) return true;
  if (session.own_entry(head.seq).id != head.entry_id) return true;
  for (std::uint64_t seq = head.seq + 1; seq <= session.credential.own.seq; ++seq) {
    const Entry entry = session.own_entry(seq);
    const auto* backup = entry.as<BackupPayload>();
    if (backup != nullptr && backup->source == state.source) return true;
  }
  return false;
}

// A restore needs each member's container and its entry. Throws like log_moved_on.
std::string damaged_member(const WriterSession& session, const SourceState& state) {
  std::map<ObjectName, std::uint64_t> sizes;
  for (const ObjectInfo& object : session.vault.storage().list(kBackupsFolder)) {
    sizes[object.name] = object.size;
  }
  for (const ChainMember& member : state.chain) {
    const ObjectName name = container_object(member.bid);
    const auto found = sizes.find(name);
    if (found == sizes.end()) return name + " is missing from the vault";
    if (found->second != member.bytes) return name + " has not the size that was written";
    if (session.state.is_damaged(name)) return name + " was found damaged by a scrub";
    const Entry entry = session.own_entry(member.seq);
    if (entry.id != member.entry_id) {
      return entry_object(session.credential.signing_key().public_key(), member.seq) +
             " is not the entry that this device wrote";
    }
    // Anybody who can write there can put another of that size in its place. One that cannot be
    // read, of a bad sector perhaps, must not keep this device from backing up night after night.
    try {
      std::string fault = container_fault(session.vault, entry);
      if (!fault.empty()) return fault;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::storage) throw;
      return name + " cannot be read: " + error.what();
    }
  }
  return {};
}

std::string why_not_continue(const WriterSession& session, const SourceState& state,
                             std::uint32_t page_size) {
  if (session.rolled_back) return kRolledBack;
  std::string why = why_chain_ends(session, state, page_size);
  if (!why.empty()) return why;
  try {
    if (log_moved_on(session, state)) return "the state is older than the vault's last backup";
    return damaged_member(session, state);
  } catch (const Error& error) {
    // A hole in the log must not keep this device from backing up; a full needs no older entry.
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) throw;
    return std::string("the device's own log is damaged: ") + error.what();
  }
}

}  // namespace

bool knows_last_backup(const WriterSession& session, const Bytes16& source) {
  const std::optional<SourceState> state = session.state.source(source);
  if (!state) return false;
  try {
    return !log_moved_on(session, *state);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::not_found && error.kind() != ErrorKind::corrupt) throw;
    return false;
  }
}

std::string why_chain_ends(const WriterSession& session, const SourceState& state,
                           std::uint32_t page_size) {
  if (state.policy != session.policy.id) return kPolicyChanged;
  if (state.page_size != page_size) return "the database's page size changed";
  if (state.chain.size() >= kChainLengthMax) {
    return fmt::format("the chain has {} containers", state.chain.size());
  }
  std::uint64_t increments = 0;
  for (std::size_t i = 1; i < state.chain.size(); ++i) increments += state.chain[i].bytes;
  if (increments > state.chain.front().bytes / 2) {
    return "the chain's increments are more than half as large as its full";
  }
  return {};
}

ChainDecision decide_chain(const WriterSession& session, const Bytes16& source,
                           std::uint32_t page_size, bool full_asked) {
  if (full_asked) return {"asked for", std::nullopt};
  std::optional<SourceState> state = session.state.source(source);
  if (!state) return {"nothing is known here of an earlier backup of this source", std::nullopt};
  std::string why = why_not_continue(session, *state, page_size);
  if (!why.empty()) return {std::move(why), std::nullopt};
  return {{}, std::move(state)};
}

}  // namespace valise
