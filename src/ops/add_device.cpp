#include "base/error.hpp"
#include "base/hex.hpp"
#include "ops/enrolment.hpp"
#include "storage/local_storage.hpp"
#include "valise/device.hpp"
#include "vault/key_ring.hpp"

namespace valise {
namespace {

// One that is damaged is told, and counts as none; one that cannot be read may be sound.
std::optional<Credential> own_credential(const Run& run, const Bytes16& vault_id, bool& damaged) {
  try {
    return load_credential(run.places.config_dir, vault_id);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt && error.kind() != ErrorKind::limit) throw;
    if (run.on_warning) run.on_warning(error.what());
    damaged = true;
    return std::nullopt;
  }
}

// Names are for people: two devices of one name are allowed, and told.
void warn_of_namesakes(const Run& run, const RootChain& roots, const std::string& name) {
  if (!run.on_warning) return;
  for (const auto& [pk, device] : roots.devices()) {
    if (device.name != name || device.revoked) continue;
    run.on_warning("another device of this vault is called \"" + name + "\" too, " +
                   hex(pk).substr(0, 16) +
                   "; if it is this machine from before, or gone, run \"valise key revoke-device " +
                   hex(pk).substr(0, 16) + "\"");
  }
}

}  // namespace

AddDeviceResult add_device(const Run& run, const std::string& name, const UnlockSource& unlock) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const Vault vault = Vault::open(storage);
  const RootChain roots = RootChain::read(vault);
  roots.require_sound();
  bool damaged = false;
  if (const auto credential = own_credential(run, vault.id(), damaged)) {
    const Device* known = roots.find_device(credential->signing_key().public_key());
    if (known != nullptr && !known->revoked) {
      throw Error(ErrorKind::usage, "this device is enrolled already, as \"" + known->name +
                                        "\"; to enrol it anew, revoke that first with \"valise key "
                                        "revoke-device " +
                                        hex(known->pk).substr(0, 16) + "\"");
    }
  }
  static_cast<void>(name32(name));
  warn_of_namesakes(run, roots, name);
  const RootKeys owner = open_owner_key(vault, unlock());
  const Enrolment enrolment =
      enrol_device(owner, roots.head(), roots.policy(), policy_psks(roots.policy(), owner).view(),
                   name, run.clock->now());
  // The credential first: an entry whose key nobody holds would stay on the owner's chain for ever.
  if (damaged) set_credential_aside(run.places.config_dir, vault.id());
  save_credential(run.places.config_dir, enrolment.credential);
  publish_entry(vault, enrolment.entry);
  const auto& policy = *roots.policy().as<PolicyPayload>();
  return {hex(enrolment.credential.signing_key().public_key()), name, policy_word(policy)};
}

}  // namespace valise
