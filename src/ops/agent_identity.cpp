#include "ops/agent_identity.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "crypto/passphrase.hpp"
#include "format/key_file.hpp"
#include "format/recovery_code.hpp"
#include "ops/card_file.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kAgentKeyBytesMax = 4096;

[[noreturn]] void refuse_other_file(const std::filesystem::path& path) {
  throw Error(ErrorKind::usage,
              path.string() +
                  " is not a key file, and is left as it is; give the agent's key file, or a name "
                  "where nothing stands yet");
}

}  // namespace

void refuse_other_than_key_file(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    // A link that leads nowhere yet would be replaced by the file.
    if (std::filesystem::is_symlink(std::filesystem::symlink_status(path, error))) {
      refuse_other_file(path);
    }
    return;
  }
  if (!std::filesystem::is_regular_file(status)) refuse_other_file(path);
  if (std::filesystem::file_size(path) > kAgentKeyBytesMax) refuse_other_file(path);
  const std::optional<Bytes> bytes = read_file(path, kAgentKeyBytesMax);
  if (bytes && !may_be_key_file(*bytes)) refuse_other_file(path);
}

AgentIdentity identify_agent(const std::filesystem::path& key_file) {
  AgentIdentity agent;
  std::optional<Card> card = read_card_file(key_file.parent_path() / kCardFileName);
  if (card && card->kind != CardKind::agent) card.reset();
  const std::optional<Bytes> bytes = read_file(key_file, kAgentKeyBytesMax);
  agent.has_key_file = bytes.has_value();
  if (!bytes && !card) {
    throw Error(ErrorKind::not_found, key_file.string() +
                                          ": there is no such agent key file, and no agent.card "
                                          "beside it");
  }
  if (card) agent.sign_pk = card->sign_pk;
  if (bytes) {
    try {
      agent.sign_pk = key_file_root_pk(*bytes, key_file.string());
    } catch (const Error&) {
      // The code and the card are enough to make a damaged key file anew.
      if (!card) throw;
    }
  }
  if (card && card->sign_pk == agent.sign_pk) agent.card = std::move(card);
  return agent;
}

RootKeys keys_of_code(const Secret& code, const Bytes32& sign_pk, const std::string& whose) {
  RootKeys keys(parse_recovery_code(code.view()).view());
  if (keys.sign_pk() != sign_pk) {
    throw Error(ErrorKind::wrong_key,
                "the recovery code is well formed, so it was typed without a mistake, but it does "
                "not belong to " +
                    whose + ": it is another vault's, or another agent's");
  }
  return keys;
}

RootKeys open_agent_key(const Unlock& unlock, const std::filesystem::path& key_file,
                        const AgentIdentity& agent) {
  const std::string object = key_file.string();
  if (unlock.kind == Unlock::Kind::recovery_code) {
    return keys_of_code(unlock.secret, agent.sign_pk, "the agent of " + object);
  }
  const std::optional<Bytes> bytes = read_file(key_file, kAgentKeyBytesMax);
  if (!bytes) {
    throw Error(ErrorKind::not_found,
                object + ": there is no such agent key file; use the agent's recovery code");
  }
  return open_key_file(*bytes, normalize_passphrase(unlock.secret.view()).view(), object);
}

}  // namespace valise
