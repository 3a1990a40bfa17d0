#include "vault/signed_log.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

std::vector<std::uint64_t> seqs_after(const Vault& vault, const Bytes32& signer,
                                      std::uint64_t after) {
  std::vector<std::uint64_t> seqs;
  for (const ObjectInfo& object : vault.storage().list(log_folder(signer))) {
    const auto at = entry_at(object.name);
    if (at && at->signer == signer && at->seq > after) seqs.push_back(at->seq);
  }
  std::sort(seqs.begin(), seqs.end());
  return seqs;
}

// Over the limit is damaged like any other change: nobody ever wrote such an entry.
Bytes read_entry_object(const Vault& vault, const ObjectName& name,
                        std::optional<std::uint64_t> bytes) {
  try {
    // A listing's size saves asking for it; it is no more trusted than the answer would be.
    if (!bytes || *bytes > kEntryBytesMax) {
      return read_object(vault.storage(), name, kEntryBytesMax);
    }
    Bytes content(static_cast<std::size_t>(*bytes));
    vault.storage().read(name, 0, content);
    return content;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::limit) throw;
    throw Error(ErrorKind::corrupt, error.what());
  }
}

std::optional<std::string> foreign(const Vault& vault, const Entry& entry, const Bytes32& signer,
                                   std::uint64_t seq) {
  if (entry.header.vault_id != vault.id()) return "it belongs to another vault";
  if (entry.header.signer != signer) return "it was signed by another key than its folder says";
  if (entry.header.seq != seq) return "its number is not the one in its name";
  return std::nullopt;
}

}  // namespace

Entry read_entry(const Vault& vault, const Bytes32& signer, std::uint64_t seq) {
  const ObjectName name = entry_object(signer, seq);
  Entry entry = parse_entry(read_entry_object(vault, name, {}), name);
  if (const auto why = foreign(vault, entry, signer, seq)) {
    throw Error(ErrorKind::corrupt, name + ": " + *why);
  }
  return entry;
}

LogRead read_log_entry(const Vault& vault, const Bytes32& signer, std::uint64_t seq,
                       std::optional<std::uint64_t> bytes) {
  const ObjectName name = entry_object(signer, seq);
  LogRead read{seq, std::nullopt, std::nullopt};
  Bytes content;
  try {
    content = read_entry_object(vault, name, bytes);
    read.entry = parse_entry(content, name);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage) throw;
    read.problem = {"signature", name, error.what(),
                    !is_signed_entry(content, vault.id(), signer, seq)};
    return read;
  }
  if (const auto why = foreign(vault, *read.entry, signer, seq)) {
    read.problem = {"foreign", name, name + ": " + *why, true};
    read.entry.reset();
  }
  return read;
}

void LogChain::take(const LogRead& read,
                    const std::function<void(LogProblem problem)>& on_problem) {
  if (read.seq != head_.seq + 1) {
    const ObjectName name = entry_object(signer_, read.seq);
    on_problem({"gap", name,
                read.seq - head_.seq == 2
                    ? fmt::format("{}: the entry before it, {}, is missing", name, head_.seq + 1)
                    : fmt::format("{}: {} entries before it are missing ({} to {})", name,
                                  read.seq - head_.seq - 1, head_.seq + 1, read.seq - 1)});
    linked_ = false;
  }
  if (read.problem) on_problem(*read.problem);
  if (read.entry && linked_ && read.entry->header.prev != head_.entry_id) {
    const ObjectName name = entry_object(signer_, read.seq);
    on_problem({"prev", name, name + ": it does not continue the entry before it"});
  }
  linked_ = read.entry.has_value();
  head_ = {read.seq, read.entry ? read.entry->id : Bytes32{}};
}

void walk_log(const Vault& vault, const Bytes32& signer, const LogHead& after,
              const std::function<void(Entry entry)>& on_entry,
              const std::function<void(LogProblem problem)>& on_problem) {
  LogChain chain(signer, after);
  for (const std::uint64_t seq : seqs_after(vault, signer, after.seq)) {
    LogRead read = read_log_entry(vault, signer, seq);
    chain.take(read, on_problem);
    if (read.entry) on_entry(std::move(*read.entry));
  }
}

std::vector<Entry> read_log(const Vault& vault, const Bytes32& signer, const LogHead& after,
                            const std::function<void(LogProblem problem)>& on_unsound) {
  std::vector<Entry> entries;
  LogChain chain(signer, after);
  std::string passed_over;  // What stands unsound after the last sound entry.
  const auto fail = [&](const LogProblem& problem) {
    // The damaged entry in a hole says more than the hole.
    throw Error(ErrorKind::corrupt,
                (passed_over.empty() ? problem.message : passed_over) + "; run \"valise audit\"");
  };
  for (const std::uint64_t seq : seqs_after(vault, signer, after.seq)) {
    LogRead read = read_log_entry(vault, signer, seq);
    if (read.problem && read.problem->unsound) {
      if (!on_unsound) throw Error(ErrorKind::corrupt, read.problem->message + kMoveAside);
      passed_over = read.problem->message;
      on_unsound(std::move(*read.problem));
      continue;
    }
    chain.take(read, fail);
    passed_over.clear();
    entries.push_back(std::move(*read.entry));
  }
  return entries;
}

std::vector<Bytes32> log_signers(const Vault& vault) {
  std::vector<Bytes32> signers;
  for (const ObjectInfo& object : vault.storage().list(kLogFolder)) {
    const auto at = entry_at(object.name);
    if (at && (signers.empty() || signers.back() != at->signer)) signers.push_back(at->signer);
  }
  return signers;
}

std::uint64_t highest_seq(const Vault& vault, const Bytes32& signer) {
  const std::vector<std::uint64_t> seqs = seqs_after(vault, signer, 0);
  return seqs.empty() ? 0 : seqs.back();
}

std::uint64_t highest_signed_seq(const Vault& vault, const Bytes32& signer) {
  const std::vector<std::uint64_t> seqs = seqs_after(vault, signer, 0);
  for (auto seq = seqs.rbegin(); seq != seqs.rend(); ++seq) {
    const LogRead read = read_log_entry(vault, signer, *seq);
    if (!read.problem || !read.problem->unsound) return *seq;
  }
  return 0;
}

void publish_entry(const Vault& vault, const Entry& entry) {
  const ObjectName name = entry_object(entry.header.signer, entry.header.seq);
  if (put_object(vault.storage(), name, entry.bytes)) return;
  if (read_object(vault.storage(), name, kEntryBytesMax) == entry.bytes) return;
  throw Error(ErrorKind::storage,
              name +
                  ": another entry stands there already: the log has moved on (is this device's "
                  "credential used on two machines?); run \"valise audit\"");
}

}  // namespace valise
