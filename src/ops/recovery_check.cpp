#include "base/hex.hpp"
#include "ops/agent_identity.hpp"
#include "ops/enrolment.hpp"
#include "storage/local_storage.hpp"
#include "valise/key.hpp"
#include "vault/vault.hpp"

namespace valise {

RecoveryCheck check_recovery_code(const Run& run,
                                  const std::optional<std::filesystem::path>& agent_key_file,
                                  const std::function<Secret()>& code) {
  if (agent_key_file) {
    const AgentIdentity agent = identify_agent(*agent_key_file);
    static_cast<void>(
        keys_of_code(code(), agent.sign_pk, "the agent of " + agent_key_file->string()));
    if (!agent.card) return {true, {}, {}, {}};
    const Card& card = *agent.card;
    return {true, {}, fingerprint(card.pk, card.sign_pk, card.name), card.name};
  }
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const Vault vault = Vault::open(storage);
  const RootKeys owner = keys_of_code(code(), vault.root_pk(), "the vault " + storage.describe());
  return {false, hex(vault.id()), fingerprint(owner.pk(), owner.sign_pk(), kOwnerName), kOwnerName};
}

}  // namespace valise
