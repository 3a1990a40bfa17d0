// forge_backup VAULT CONFIG_DIR DATABASE SLOT: what a thief of an enrolled device can do who wants
// an agent to be unable to open. Makes a backup of DATABASE (a small one with a table `note`) with
// the device's credential, honest but for one slot, which holds garbage that commitment and
// signature fit. Prints the snapshot's id. For the scripts of tests/cli.

#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include "ops/attack_forgery.hpp"
#include "state/credential.hpp"
#include "storage/local_storage.hpp"
#include "valise/valise.hpp"
#include "vault/vault.hpp"

namespace valise::test {
namespace {

std::string forge(const std::string& folder, const std::string& config, const std::string& database,
                  std::size_t slot) {
  LocalStorage storage = LocalStorage::open(folder);
  MemoryStorage vault;
  for (const ObjectInfo& object : storage.list("")) {
    vault.overwrite(object.name, read_object(storage, object.name, 64 << 20));
  }
  const Bytes16 id = Vault::open(storage).id();
  std::optional<Credential> credential = load_credential(config, id);
  if (!credential) throw std::runtime_error("the device is not enrolled");
  Forgery forgery(*credential, DatabaseImage::read(database));
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  forgery.header.entry.time =
      static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
  Slot garbage{};
  garbage.fill(0x5a);
  const std::string snapshot = put_with_slot(vault, *credential, forgery, slot, garbage);
  for (const ObjectInfo& object : vault.list("")) {
    if (storage.size(object.name)) continue;
    if (!put_object(storage, object.name, vault.content(object.name))) {
      throw std::runtime_error(object.name + " exists");
    }
  }
  return snapshot;
}

}  // namespace
}  // namespace valise::test

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: forge_backup VAULT CONFIG_DIR DATABASE SLOT\n", stderr);
    return 2;
  }
  try {
    valise::start();
    std::puts(valise::test::forge(argv[1], argv[2], argv[3], std::stoul(argv[4])).c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "forge_backup: %s\n", error.what());
    return 1;
  }
}
