#include "vault/vault.hpp"

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "format/root_keys.hpp"
#include "vault/object_names.hpp"

namespace valise {

Bytes encode_vault_object(const Bytes32& root_pk) {
  ByteWriter out;
  out.text(kVaultMagic).bytes(root_pk);
  return out.take();
}

Vault::Vault(Storage& storage, const Bytes32& root_pk)
    : storage_(&storage), root_pk_(root_pk), id_(vault_id_of(root_pk)) {}

Vault Vault::open(Storage& storage) {
  Bytes bytes;
  try {
    bytes = read_object(storage, kVaultObject, kVaultObjectBytes);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::not_found) {
      throw Error(ErrorKind::not_found, storage.describe() +
                                            ": there is no vault here; make one with "
                                            "\"valise init\", or name another with --vault; if it "
                                            "lies on a drive or a server, connect that first");
    }
    if (error.kind() != ErrorKind::limit) throw;
    throw Error(ErrorKind::corrupt, storage.describe() + "/vault: it is longer than it should be");
  }
  const std::string object = storage.describe() + "/vault";
  ByteReader in(bytes, object);
  const ByteSpan magic = in.take(kVaultMagic.size());
  if (text_of(magic) != kVaultMagic) {
    in.fail(text_of(magic.first(7)) == kVaultMagic.substr(0, 7)
                ? "it was made by a newer valise; use that version"
                : "it is not a valise vault");
  }
  const Bytes32 root_pk = in.array<32>();
  in.expect_end();
  return Vault(storage, root_pk);
}

}  // namespace valise
