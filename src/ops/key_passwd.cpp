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

/// What stands in keys/ under numbers, ascending.
struct OldKeyFiles {
  std::vector<unsigned> files;  ///< May open with an older passphrase.
  std::vector<unsigned> other;  ///< Damaged, of another vault, or never a key file.

  explicit OldKeyFiles(const Vault& vault) {
    std::vector<unsigned> numbers = key_file_numbers(vault.storage());
    std::reverse(numbers.begin(), numbers.end());
    for (const unsigned number : numbers) {
      (may_be_key_file(vault, number) ? files : other).push_back(number);
    }
  }
  [[nodiscard]] bool taken(unsigned number) const {
    return std::binary_search(files.begin(), files.end(), number) ||
           std::binary_search(other.begin(), other.end(), number);
  }
};

// A folder in a key file's place is not listed as one. What has come there since the list was made
// is another change under way, and is not stepped over.
bool is_in_the_way(const Storage& storage, unsigned number) {
  try {
    static_cast<void>(storage.size(key_object(number)));
    return false;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::corrupt) throw;
    return true;
  }
}

// The next one that is free after those of all key files; whoever has put something at the last
// number keeps nobody from a new passphrase, and then it is the one before.
unsigned next_number(const Storage& storage, const OldKeyFiles& old) {
  const auto is_free = [&](unsigned number) {
    return !old.taken(number) && !is_in_the_way(storage, number);
  };
  const unsigned newest = old.files.empty() ? 0 : old.files.back();
  for (unsigned number = newest + 1; number <= kKeyNumberMax; ++number) {
    if (is_free(number)) return number;
  }
  for (unsigned number = newest; number > 0; --number) {
    if (is_free(number)) return number;
  }
  throw Error(ErrorKind::limit, std::string(kKeysFolder) +
                                    "/: every number that a key file can have is taken; move away "
                                    "what is no key file of yours, and try again");
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

void remove_old_key_files(Storage& storage, const OldKeyFiles& old,
                          PassphraseChangeResult& result) {
  for (const unsigned number : old.files) {
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
  // Damaged, they may be mended one day from a copy.
  for (const unsigned number : old.other) {
    storage.remove(key_object(number));
    result.removed.push_back(key_object(number));
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
  const OldKeyFiles old(vault);
  PassphraseChangeResult result{
      key_object(next_number(storage, old)), old.files.empty() && old.other.empty(), {}};
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
