#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "valise/reader.hpp"
#include "valise/restore.hpp"
#include "valise/run.hpp"
#include "valise/secret.hpp"
#include "valise/unlock.hpp"

namespace valise {

// Agents who are far apart open a backup together: the requester makes a request, each agent
// answers it, the requester combines the answers. All three are files that may go by mail.

/// What a request asks for, in the signed words of the owner and the devices; but for who asks.
struct RequestView {
  std::string fingerprint;  ///< To compare by voice: 16 characters in groups of 4.
  std::string name;         ///< Who asks. Nobody has signed this.
  UnixSeconds time = 0;
  std::string vault_id;                    ///< 32 hex digits.
  std::string owner;                       ///< root_pk, 64 hex digits.
  std::optional<std::string> known_owner;  ///< The name under which the agent keeps its card.
  std::vector<std::string> devices;        ///< Names of those that made the backups.
  std::vector<std::string> sources;        ///< Ids, 32 hex digits.
  std::vector<std::string> snapshots;      ///< The last of each chain, 32 hex digits.
  std::uint64_t backups = 0;
  UnixSeconds first = 0;  ///< When the oldest and the newest of them were made.
  UnixSeconds last = 0;
  unsigned k = 0;
  std::vector<Reader> agents;
};

struct RequestOptions {
  /// Names as in RestoreOptions, all under one policy; empty: the newest.
  std::vector<std::string> snapshots;
  std::string source;         ///< Only snapshots of this source: the beginning of its id.
  std::string name;           ///< Of the requester, 1 to 32 bytes of UTF-8.
  std::filesystem::path to;   ///< The request; a new file.
  std::filesystem::path key;  ///< The key that answers are sealed to; a new file.
  std::uint32_t passphrase_memory_kib = 256 * 1024;
};

/// Writes a request for whole chains and the key file for its answers. Needs no key of the vault;
/// `new_passphrase` is asked once, after all else was checked, for the passphrase under which the
/// request's key is kept. Throws usage (a weak passphrase, an e2ee backup, several policies, files
/// that exist), not_found, corrupt, limit, storage.
[[nodiscard]] RequestView make_request(const Run& run, const RequestOptions& options,
                                       const std::function<Secret()>& new_passphrase);

/// What a request says. `agent_dir` is where the agent keeps its owners' cards. Throws not_found,
/// corrupt, limit.
[[nodiscard]] RequestView show_request(const std::filesystem::path& request,
                                       const std::filesystem::path& agent_dir);

struct AnswerOptions {
  std::filesystem::path request;
  std::filesystem::path to;         ///< The answer; a new file.
  std::filesystem::path agent_dir;  ///< As in show_request.
};

struct AnswerResult {
  RequestView request;
  std::string agent;
  unsigned slot = 0;
};

/// An agent answers a request; needs no vault. `confirm` gets what is asked for before the key is,
/// and ends the verb with Error(usage) by returning false. Throws usage, not_found, wrong_key (the
/// key, or the policy does not name it), corrupt (the request, or a slot that does not open),
/// storage.
[[nodiscard]] AnswerResult answer_request(const Run& run, const AnswerOptions& options,
                                          const UnlockSource& unlock,
                                          const std::function<bool(const RequestView&)>& confirm);

struct CombineOptions {
  std::filesystem::path request;
  std::filesystem::path key;  ///< The key file that make_request wrote.
  std::vector<std::filesystem::path> answers;
  /// What to restore, and where to; "latest" is the newest backup of the request.
  RestoreOptions restore;
};

struct CombineResult {
  RestoreResult restored;
  std::vector<std::string> agents;  ///< Whose answers were used.
};

/// Restores from the answers of k agents. `unlock` gives the passphrase of the request's key. Keys
/// and shares are in locked memory only. Throws usage, not_found, wrong_key (too few answers, the
/// passphrase), corrupt (names a forged or damaged answer and its agent; the container), storage.
[[nodiscard]] CombineResult combine_answers(const Run& run, const CombineOptions& options,
                                            const UnlockSource& unlock);

}  // namespace valise
