#include "ops/key_passwd.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "ops/agent_identity.hpp"
#include "ops/passphrase.hpp"
#include "storage/local_storage.hpp"
#include "vault/key_ring.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// Sorted by number, so that the last is the newest.
std::vector<unsigned> key_numbers(const Storage& storage) {
  std::vector<unsigned> numbers;
  for (const ObjectInfo& object : storage.list(kKeysFolder)) {
    if (const auto number = key_number_of(object.name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// Read again before the only other way in by a passphrase goes.
void put_key_file(Storage& storage, const ObjectName& name, const KeyFile& key_file) {
  if (!put_object(storage, name, key_file)) {
    throw Error(ErrorKind::storage,
                name + ": another change of the passphrase has just made it; try again");
  }
  const Bytes stored = read_object(storage, name, kKeyFileBytes);
  if (!std::equal(stored.begin(), stored.end(), key_file.begin(), key_file.end())) {
    throw Error(ErrorKind::corrupt, name +
                                        ": it does not read back as it was written; the old "
                                        "passphrase is left as it was");
  }
}

void remove_old_key_files(Storage& storage, const std::vector<unsigned>& numbers,
                          PassphraseChangeResult& result) {
  for (const unsigned number : numbers) {
    const ObjectName name = key_object(number);
    try {
      storage.remove(name);
    } catch (const Error& error) {
      throw Error(error.kind(), std::string(error.what()) + ": the new passphrase opens (" +
                                    result.key_file + "), but the old one still does too, by " +
                                    name + "; run \"valise key passwd\" once more");
    }
    result.removed.push_back(name);
  }
}

PassphraseChangeResult change_agent_passphrase(const std::filesystem::path& named,
                                               std::uint32_t memory_kib, const UnlockSource& unlock,
                                               const std::function<Secret()>& new_passphrase) {
  refuse_other_than_key_file(named);
  const AgentIdentity agent = identify_agent(named);
  const RootKeys keys = open_agent_key(unlock(), named, agent);
  const std::optional<KeyFile> key_file = new_key_file(keys, new_passphrase(), memory_kib);
  // A link stays a link: else the old file would go on living where it points to.
  std::error_code error;
  std::filesystem::path path = std::filesystem::canonical(named, error);
  if (error) path = named;
  // Again: there was time for a question and for Argon2id meanwhile.
  refuse_other_than_key_file(path);
  const Existing existing = agent.has_key_file ? Existing::replace : Existing::refuse;
  if (!write_file(path, *key_file, 0600, existing)) {
    throw Error(ErrorKind::storage, path.string() +
                                        ": somebody else has just made it; it is left as it is, "
                                        "try again");
  }
  return {path.string(), !agent.has_key_file, {}};
}

}  // namespace

PassphraseChangeResult change_owner_passphrase(Storage& storage, std::uint32_t memory_kib,
                                               const UnlockSource& unlock,
                                               const std::function<Secret()>& new_passphrase) {
  const Vault vault = Vault::open(storage);
  const RootKeys owner = open_owner_key(vault, unlock());
  const std::optional<KeyFile> key_file = new_key_file(owner, new_passphrase(), memory_kib);
  const std::vector<unsigned> old = key_numbers(storage);
  const unsigned number = old.empty() ? 1 : old.back() + 1;
  if (number > kKeyNumberMax) {
    throw Error(ErrorKind::limit, key_object(old.back()) +
                                      ": the numbers of key files are used up; remove it if "
                                      "another one opens the vault");
  }
  PassphraseChangeResult result{key_object(number), old.empty(), {}};
  put_key_file(storage, result.key_file, *key_file);
  remove_old_key_files(storage, old, result);
  return result;
}

PassphraseChangeResult change_passphrase(const Run& run, const PassphraseChange& change,
                                         const UnlockSource& unlock,
                                         const std::function<Secret()>& new_passphrase) {
  if (change.agent_key_file) {
    return change_agent_passphrase(*change.agent_key_file, change.memory_kib, unlock,
                                   new_passphrase);
  }
  LocalStorage storage = LocalStorage::open(run.places.vault);
  storage.sweep_leftovers(kLeftoverSeconds);
  return change_owner_passphrase(storage, change.memory_kib, unlock, new_passphrase);
}

}  // namespace valise
