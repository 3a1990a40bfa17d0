#include <algorithm>

#include "base/hex.hpp"
#include "format/card.hpp"
#include "format/recovery_code.hpp"
#include "ops/enrolment.hpp"
#include "storage/local_storage.hpp"
#include "valise/sheet.hpp"
#include "vault/key_ring.hpp"

namespace valise {

RecoverySheet make_recovery_sheet(
    const Run& run, const UnlockSource& unlock,
    const std::function<void(const RecoverySheet&, const Secret& code)>& write) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  const Vault vault = Vault::open(storage);
  const RootKeys owner = open_owner_key(vault, unlock());
  RecoverySheet sheet;
  sheet.vault_id = hex(vault.id());
  sheet.owner_fingerprint = fingerprint(owner.pk(), owner.sign_pk(), kOwnerName);
  sheet.vault = run.places.vault;
  sheet.made = run.clock->now();
  const std::vector<unsigned> numbers = key_file_numbers(storage);
  sheet.has_passphrase = std::any_of(numbers.begin(), numbers.end(),
                                     [&](unsigned one) { return may_be_key_file(vault, one); });
  write(sheet, format_recovery_code(owner.seed()));
  return sheet;
}

}  // namespace valise
