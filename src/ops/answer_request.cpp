#include "base/error.hpp"
#include "base/hex.hpp"
#include "base/new_file.hpp"
#include "format/answer.hpp"
#include "ops/known_owners.hpp"
#include "ops/recovery.hpp"
#include "ops/request_file.hpp"
#include "vault/agent_share.hpp"
#include "vault/key_ring.hpp"

namespace valise {
namespace {

// The agent's shares of all backups of the request, in its order.
Secret shares_for(const RecoveryRequest& request, std::uint8_t slot, const RootKeys& agent) {
  const auto& policy = *request.policy.as<PolicyPayload>();
  Secret shares(32 * request.backups.size());
  for (std::size_t i = 0; i < request.backups.size(); ++i) {
    const Entry& entry = request.backups[i];
    const Secret share = open_agent_share(entry, policy, slot, agent,
                                          "backup " + hex(entry.as<BackupPayload>()->bid));
    const ByteSpan bytes = share.view();
    std::copy(bytes.begin(), bytes.end(),
              shares.mutable_view().begin() + static_cast<std::ptrdiff_t>(32 * i));
  }
  return shares;
}

}  // namespace

AnswerResult answer_request(const Run& run, const AnswerOptions& options,
                            const UnlockSource& unlock,
                            const std::function<bool(const RequestView&)>& confirm) {
  refuse_existing_file(options.to);
  const ReceivedRequest received = read_request_file(options.request);
  const RecoveryRequest& request = received.request;
  AnswerResult result;
  result.request = view_of_request(received);
  if (const auto owner = find_known_owner(options.agent_dir, request.root_pk)) {
    result.request.known_owner = owner->name;
  }
  if (!confirm(result.request)) {
    throw Error(ErrorKind::usage, "the request was not confirmed; nothing was opened");
  }
  const RootKeys agent = open_agent_key(unlock());
  const auto& policy = *request.policy.as<PolicyPayload>();
  const auto slot = agent_slot(policy, agent.pk());
  if (!slot) {
    throw Error(ErrorKind::wrong_key,
                options.request.string() + ": its policy does not name this agent");
  }
  Answer answer;
  answer.request_id = received.id;
  answer.slot = *slot;
  answer.time = run.clock->now();
  const Bytes bytes =
      seal_answer(answer, request, shares_for(request, *slot, agent).view(), agent.signing());
  write_new_file(options.to, bytes, 0644);
  result.agent = policy.agents[*slot - 1U].name;
  result.slot = *slot;
  return result;
}

}  // namespace valise
