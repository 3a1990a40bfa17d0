#include "ops/enrolment.hpp"

#include "base/error.hpp"
#include "vault/object_names.hpp"

namespace valise {

Enrolment enrol_device(const RootKeys& owner, const LogHead& head, const Entry& policy,
                       ByteSpan psks, const std::string& name, UnixSeconds now) {
  static_cast<void>(name32(name));
  const SigningKey device = SigningKey::generate();
  Credential credential;
  credential.root_pk = owner.sign_pk();
  credential.owner_pk = owner.pk();
  credential.owner_psk = Secret::copy_of(owner.psk());
  credential.device_seed = Secret::copy_of(device.seed());
  credential.device_psk = owner.device_psk(device.public_key());
  credential.secret = Secret::random(32);
  credential.device_name = name;

  EntryHeader header;
  header.vault_id = owner.vault_id();
  header.signer = owner.sign_pk();
  header.seq = head.seq + 1;
  header.time = now;
  header.prev = head.entry_id;
  DevicePayload payload;
  payload.device_pk = device.public_key();
  payload.name = name;
  payload.policy = policy.id;
  seal_device_psks(header, payload, credential.device_psk.view(), psks);
  Entry entry = sign_entry(header, payload, owner.signing());

  credential.device_entry = entry.id;
  credential.own = {0, entry.id};
  credential.root = {entry.header.seq, entry.id};
  credential.policy = policy.bytes;
  credential.psks = Secret::copy_of(psks);
  return {std::move(entry), std::move(credential)};
}

Secret policy_psks(const Entry& policy, const RootKeys& owner) {
  std::optional<Secret> psks = open_policy_psks(policy, owner);
  if (!psks) {
    throw Error(ErrorKind::corrupt, entry_object(policy.header.signer, policy.header.seq) +
                                        ": the agents' keys in it do not open with the owner's");
  }
  return std::move(*psks);
}

std::optional<Credential> known_credential(const Run& run, const Bytes16& vault_id) {
  try {
    return load_credential(run.places.config_dir, vault_id);
  } catch (const Error& error) {
    if (run.on_warning) run.on_warning(error.what());
    return std::nullopt;
  }
}

}  // namespace valise
