#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/passphrase.hpp"
#include "crypto/shamir.hpp"
#include "format/answer.hpp"
#include "format/key_file.hpp"
#include "format/slot.hpp"
#include "ops/opened_backup.hpp"
#include "ops/recovery.hpp"
#include "ops/request_file.hpp"
#include "ops/restore.hpp"
#include "storage/local_storage.hpp"
#include "vault/agent_share.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kAnswerBytesMax = 104 + 32 * kRequestEntriesMax + 64;

/// An answer that was read and whose agent signed it; not opened yet.
struct GivenAnswer {
  std::filesystem::path file;
  Bytes bytes;
  std::uint8_t slot = 0;
  std::string agent;
};

std::vector<GivenAnswer> read_answers(const ReceivedRequest& received,
                                      const std::vector<std::filesystem::path>& files) {
  const auto& policy = *received.request.policy.as<PolicyPayload>();
  std::vector<GivenAnswer> answers;
  for (const std::filesystem::path& file : files) {
    auto bytes = read_file(file, kAnswerBytesMax);
    if (!bytes) throw Error(ErrorKind::not_found, file.string() + ": there is no such answer file");
    const Answer answer = parse_answer(*bytes, received, file.string());
    const std::string& agent = policy.agents[answer.slot - 1U].name;
    for (const GivenAnswer& other : answers) {
      if (other.slot != answer.slot) continue;
      throw Error(ErrorKind::wrong_key,
                  fmt::format("{}: the agent \"{}\" has answered already, in {}; the others must "
                              "answer too",
                              file.string(), agent, other.file.string()));
    }
    answers.push_back({file, std::move(*bytes), answer.slot, agent});
  }
  return answers;
}

void require_enough(const ReceivedRequest& received, const std::vector<GivenAnswer>& answers) {
  const auto& policy = *received.request.policy.as<PolicyPayload>();
  if (answers.size() >= policy.k) return;
  std::string have;
  std::string rest;
  for (std::size_t i = 0; i < policy.agents.size(); ++i) {
    const bool answered = std::any_of(answers.begin(), answers.end(),
                                      [&](const auto& answer) { return answer.slot == i + 1; });
    std::string& names = answered ? have : rest;
    names += (names.empty() ? "\"" : "\", \"") + policy.agents[i].name;
  }
  throw Error(
      ErrorKind::wrong_key,
      fmt::format("{} agents must answer and {} did{}; ask {} of {}\"", policy.k, answers.size(),
                  have.empty() ? "" : " (" + have + "\")", policy.k - answers.size(), rest));
}

RootKeys open_request_key(const CombineOptions& options, const RecoveryRequest& request,
                          const Unlock& unlock) {
  if (unlock.kind != Unlock::Kind::passphrase) {
    throw Error(ErrorKind::usage,
                "the key of a request has no recovery code: give the passphrase that was chosen "
                "when the request was made");
  }
  const auto bytes = read_file(options.key, 4096);
  if (!bytes) {
    throw Error(ErrorKind::not_found,
                options.key.string() +
                    ": the key of the request is not there; it was written with the request, and "
                    "without it a new request is needed");
  }
  std::optional<RootKeys> opened;
  try {
    opened = open_key_file(*bytes, normalize_passphrase(unlock.secret.view()).view(),
                           options.key.string());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::wrong_key) throw;
    throw Error(ErrorKind::wrong_key,
                options.key.string() +
                    ": the passphrase does not open it, or it is damaged; it is the passphrase "
                    "that was chosen when the request was made");
  }
  RootKeys keys = std::move(*opened);
  if (keys.pk() != request.request_pk) {
    throw Error(ErrorKind::wrong_key, options.key.string() + ": it is the key of another request");
  }
  return keys;
}

// Which k of the answers are taken together, as an agent's share may open and fit its proof and yet
// not be one of the key: a malicious writer can seal such a one.
using Chosen = std::vector<bool>;

std::optional<Secret> try_together(const Entry& entry, const std::vector<GivenAnswer>& answers,
                                   const std::vector<Secret>& opened, std::size_t place,
                                   const Chosen& chosen) {
  std::vector<ShamirShare> shares;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!chosen[i]) continue;
    const ByteSpan share = opened[i].view().subspan(32 * place, 32);
    shares.push_back({answers[i].slot, Secret::copy_of(share)});
  }
  // With k = 1 a share is the key itself, whatever its number.
  Secret dek = shares.size() == 1 ? std::move(shares[0].y) : shamir_interpolate(shares);
  if (!commitment_fits(entry, dek.view())) return std::nullopt;
  return dek;
}

// Begins with the choice that served for the backup before, and leaves the one that serves.
Secret combine_one(const Entry& entry, const std::vector<GivenAnswer>& answers,
                   const std::vector<Secret>& opened, std::size_t place, Chosen& chosen,
                   const Run& run) {
  if (auto dek = try_together(entry, answers, opened, place, chosen)) return std::move(*dek);
  const auto& backup = *entry.as<BackupPayload>();
  // At most 12,870: 8 of 16.
  Chosen next(answers.size(), false);
  std::fill_n(next.begin(), backup.k, true);
  do {
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    if (auto dek = try_together(entry, answers, opened, place, next)) {
      chosen = next;
      return std::move(*dek);
    }
  } while (std::prev_permutation(next.begin(), next.end()));
  std::string names;
  for (const GivenAnswer& answer : answers)
    names += (names.empty() ? "\"" : "\", \"") + answer.agent;
  throw Error(
      ErrorKind::corrupt,
      fmt::format("backup {}: the shares of {}\" do not give its key (commitment): who made "
                  "it did not seal the key to them; ask further agents to answer",
                  hex(backup.bid), names));
}

// Everybody's true share follows from the key. One that differs opened and fitted its proof, so it
// is what the writer sealed.
void warn_of_odd_shares(const Entry& entry, ByteSpan dek, const std::vector<GivenAnswer>& answers,
                        const std::vector<Secret>& opened, std::size_t place, const Run& run) {
  const auto& backup = *entry.as<BackupPayload>();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Secret share = slot_share(dek, slot_context(entry.header, backup), answers[i].slot);
    if (equal_secret(share.view(), opened[i].view().subspan(32 * place, 32))) continue;
    if (run.on_warning) {
      run.on_warning(
          fmt::format("backup {}: the slot of the agent \"{}\" holds a share that is not "
                      "one of its key: who made the backup sealed it so; tell the owner",
                      hex(backup.bid), answers[i].agent));
    }
  }
}

VaultKey combine_all(const CombineOptions& options, const ReceivedRequest& received,
                     const std::vector<GivenAnswer>& answers, const Unlock& unlock,
                     const Run& run) {
  const RecoveryRequest& request = received.request;
  RootKeys keys = open_request_key(options, request, unlock);
  std::vector<Secret> opened;
  for (const GivenAnswer& answer : answers) {
    opened.push_back(open_answer(answer.bytes, received, keys.sk(), answer.file.string()));
  }
  Chosen chosen(answers.size(), false);
  std::fill_n(chosen.begin(), request.policy.as<PolicyPayload>()->k, true);
  CombinedKeys combined{{}, Secret(32 * request.backups.size())};
  for (std::size_t i = 0; i < request.backups.size(); ++i) {
    const Entry& entry = request.backups[i];
    const Secret dek = combine_one(entry, answers, opened, i, chosen, run);
    warn_of_odd_shares(entry, dek.view(), answers, opened, i, run);
    std::copy_n(dek.view().begin(), 32,
                combined.keys.mutable_view().begin() + static_cast<std::ptrdiff_t>(32 * i));
    combined.places.emplace(entry.as<BackupPayload>()->bid, 32 * i);
  }
  return {std::move(keys), false, std::move(combined)};
}

}  // namespace

CombineResult combine_answers_in(Storage& storage, const Run& run, const CombineOptions& options,
                                 const UnlockSource& unlock) {
  const ReceivedRequest received = read_request_file(options.request);
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  if (received.request.root_pk != view->vault.root_pk()) {
    throw Error(ErrorKind::wrong_key, options.request.string() + ": it was made for another vault");
  }
  const std::vector<GivenAnswer> answers = read_answers(received, options.answers);
  require_enough(received, answers);
  RestoreOptions restore = options.restore;
  if (restore.snapshot == "latest") {
    const auto& backups = received.request.backups;
    // From the end on: of two that were made in one second the child is the newer.
    const auto newest = std::max_element(
        backups.rbegin(), backups.rend(),
        [](const Entry& a, const Entry& b) { return a.header.time < b.header.time; });
    restore.snapshot = hex(newest->as<BackupPayload>()->bid);
  }
  CombineResult result;
  for (const GivenAnswer& answer : answers) result.agents.push_back(answer.agent);
  result.restored = restore_with(
      *view, run, restore, [&] { return combine_all(options, received, answers, unlock(), run); });
  return result;
}

CombineResult combine_answers(const Run& run, const CombineOptions& options,
                              const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return combine_answers_in(storage, run, options, unlock);
}

}  // namespace valise
