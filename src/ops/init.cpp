#include "valise/init.hpp"

#include "base/error.hpp"
#include "base/hex.hpp"
#include "format/recovery_code.hpp"
#include "ops/enrolment.hpp"
#include "ops/passphrase.hpp"
#include "storage/local_storage.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

void put_new(Storage& storage, const ObjectName& name, ByteSpan content) {
  if (!put_object(storage, name, content)) {
    throw Error(ErrorKind::usage, storage.describe() + ": another vault is being made here");
  }
}

Entry first_policy(const RootKeys& owner, UnixSeconds now) {
  EntryHeader header;
  header.vault_id = owner.vault_id();
  header.signer = owner.sign_pk();
  header.seq = 1;
  header.time = now;
  PolicyPayload payload;
  seal_policy_psks(header, payload, owner, {}, {});
  return sign_entry(header, payload, owner.signing());
}

}  // namespace

void refuse_existing_vault(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::exists(folder / kVaultObject, error)) return;
  throw Error(ErrorKind::usage,
              folder.string() +
                  " is a vault already: back up into it with \"valise backup\", from a new device "
                  "after \"valise key add-device\"; or make another in a folder of its own");
}

InitResult init_vault(const Run& run, const InitOptions& options,
                      const std::function<void(const Secret& code)>& keep_code) {
  static_cast<void>(name32(options.device_name));
  refuse_existing_vault(run.places.vault);
  const RootKeys owner = RootKeys::generate();
  const std::optional<KeyFile> key_file =
      new_key_file(owner, options.passphrase, options.passphrase_memory_kib);
  LocalStorage storage = LocalStorage::create(run.places.vault);
  keep_code(format_recovery_code(owner.seed()));

  const UnixSeconds now = run.clock->now();
  const Entry policy = first_policy(owner, now);
  const Enrolment enrolment =
      enrol_device(owner, {1, policy.id}, policy, {}, options.device_name, now);
  // The object `vault` comes last: without it the folder is no vault, and init can be run again in
  // another one.
  if (key_file) put_new(storage, key_object(1), *key_file);
  put_new(storage, entry_object(owner.sign_pk(), 1), policy.bytes);
  put_new(storage, entry_object(owner.sign_pk(), 2), enrolment.entry.bytes);
  save_credential(run.places.config_dir, enrolment.credential);
  put_new(storage, kVaultObject, encode_vault_object(owner.sign_pk()));

  InitResult result;
  result.vault_id = hex(owner.vault_id());
  result.owner_fingerprint = fingerprint(owner.pk(), owner.sign_pk(), kOwnerName);
  result.device_id = hex(enrolment.credential.signing_key().public_key());
  return result;
}

}  // namespace valise
