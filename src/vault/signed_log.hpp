#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "format/entry.hpp"
#include "vault/vault.hpp"

namespace valise {

/// One end of a signer's hash chain.
struct LogHead {
  std::uint64_t seq = 0;
  Bytes32 entry_id{};
  [[nodiscard]] bool operator==(const LogHead&) const = default;
};

/// What is wrong with a log, by the codes of an audit: "gap", "prev", "signature" (not parseable or
/// not signed), "foreign" (another vault's or another signer's entry under this name).
struct LogProblem {
  std::string code;
  ObjectName object;
  std::string message;
  /// What stands there was not signed by its signer under that number: it is damaged, or somebody
  /// else put it there. False for a signed entry of a newer version.
  bool unsound = false;
};
/// The way out of an unsound object, to put after its message.
inline constexpr const char* kMoveAside =
    "; look at it with \"valise audit\", and move it aside with \"valise scrub --quarantine\"";

/// An entry object as it was read: a sound entry of this vault, signer and number, or what is
/// wrong.
struct LogRead {
  std::uint64_t seq = 0;
  std::optional<Entry> entry;
  std::optional<LogProblem> problem;  ///< "signature" or "foreign"; set where there is no entry.
};

/// Reads and checks one entry but for its place in the chain. `bytes` is the object's size where a
/// listing has told it. Throws Error(storage). Thread-safe.
[[nodiscard]] LogRead read_log_entry(const Vault& vault, const Bytes32& signer, std::uint64_t seq,
                                     std::optional<std::uint64_t> bytes = {});

/// Checks that entries follow each other: "gap" and "prev".
class LogChain {
 public:
  LogChain(const Bytes32& signer, const LogHead& after) : signer_(signer), head_(after) {}
  /// Takes what stands under the next number that there is. Its own problem is reported too.
  void take(const LogRead& read, const std::function<void(LogProblem problem)>& on_problem);

 private:
  Bytes32 signer_;
  LogHead head_;
  // After a hole or a bad entry the next entry's prev cannot be checked: its own hole was reported.
  bool linked_ = true;
};

/// Reads the entries of `signer` from `after.seq` + 1 on, in order, and checks that each is the
/// vault's, the signer's, has the seq of its name and continues the chain from `after`. Sound
/// entries go to `on_entry`; an entry that does not fit goes to `on_problem` and is left out, and
/// the chain goes on from the entry that follows. Memory: one entry and the list of names.
void walk_log(const Vault& vault, const Bytes32& signer, const LogHead& after,
              const std::function<void(Entry entry)>& on_entry,
              const std::function<void(LogProblem problem)>& on_problem);

/// The same for callers who need all entries without a hole: the first problem is Error(corrupt).
/// Where `on_unsound` is given, unsound objects go there and are passed over as if they were not
/// there: whoever can write to the storage can put them anywhere.
[[nodiscard]] std::vector<Entry> read_log(
    const Vault& vault, const Bytes32& signer, const LogHead& after,
    const std::function<void(LogProblem problem)>& on_unsound = {});

/// Signers that have a folder in log/, sorted.
[[nodiscard]] std::vector<Bytes32> log_signers(const Vault& vault);

/// One entry, checked as above but for its place in the chain; Error(not_found) when absent.
[[nodiscard]] Entry read_entry(const Vault& vault, const Bytes32& signer, std::uint64_t seq);

/// The highest seq by the names alone, whatever stands there; 0 for an empty log.
[[nodiscard]] std::uint64_t highest_seq(const Vault& vault, const Bytes32& signer);

/// The highest seq of an entry that the signer wrote; what is unsound does not count. 0 for none.
[[nodiscard]] std::uint64_t highest_signed_seq(const Vault& vault, const Bytes32& signer);

/// Puts a signed entry under its name. An identical entry there already is fine (a run that was cut
/// short publishes again); another one is Error(storage) that says the log has moved on.
void publish_entry(const Vault& vault, const Entry& entry);

}  // namespace valise
