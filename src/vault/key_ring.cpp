#include "vault/key_ring.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/files.hpp"
#include "crypto/passphrase.hpp"
#include "format/key_file.hpp"
#include "format/recovery_code.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

RootKeys from_code(const Unlock& unlock) {
  return RootKeys(parse_recovery_code(unlock.secret.view()).view());
}

/// A key file that may be the owner's: it has the form of one and names the owner's public key.
struct CandidateFile {
  ObjectName name;
  Bytes bytes;
};

// The highest numbers first. What is no key file of this vault is passed over, and told when
// nothing else is there: whoever can write to the storage could otherwise shut the passphrase out.
std::vector<CandidateFile> candidate_files(const Vault& vault, std::size_t& passed_over) {
  const std::vector<unsigned> numbers = key_file_numbers(vault.storage());
  if (numbers.empty()) {
    throw Error(ErrorKind::not_found, vault.storage().describe() +
                                          ": this vault has no passphrase (or its key file is "
                                          "gone); use the recovery code: --recovery-code");
  }
  std::vector<CandidateFile> candidates;
  std::optional<Error> first_problem;
  for (const unsigned number : numbers) {
    if (candidates.size() == kKeyFilesTriedMax) break;
    try {
      candidates.push_back({key_object(number), read_key_file(vault, number)});
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage) throw;
      if (!first_problem) first_problem = error;
      ++passed_over;
    }
  }
  if (candidates.empty()) {
    throw Error(first_problem->kind(), std::string(first_problem->what()) +
                                           "; the recovery code still opens: --recovery-code");
  }
  return candidates;
}

RootKeys owner_from_passphrase(const Vault& vault, const Unlock& unlock) {
  std::size_t passed_over = 0;
  const std::vector<CandidateFile> candidates = candidate_files(vault, passed_over);
  const Secret passphrase = normalize_passphrase(unlock.secret.view());
  for (const CandidateFile& candidate : candidates) {
    const bool last = &candidate == &candidates.back();
    try {
      RootKeys keys = open_key_file(candidate.bytes, passphrase.view(), candidate.name);
      if (keys.sign_pk() == vault.root_pk()) return keys;
      if (last) throw Error(ErrorKind::corrupt, candidate.name + ": it belongs to another vault");
    } catch (const Error& error) {
      // An older or a newer file may still open; the last one's error is the one to show.
      if (!last) continue;
      if (passed_over == 0) throw;
      throw Error(error.kind(), std::string(error.what()) + "; " + std::to_string(passed_over) +
                                    " more in keys/ are no key files of this vault. The recovery "
                                    "code still opens: --recovery-code");
    }
  }
  throw Error(ErrorKind::internal, "no key file was tried");
}

}  // namespace

std::vector<unsigned> key_file_numbers(const Storage& storage) {
  std::vector<unsigned> numbers;
  for (const ObjectInfo& object : storage.list(kKeysFolder)) {
    if (const auto number = key_number_of(object.name)) numbers.push_back(*number);
  }
  std::sort(numbers.rbegin(), numbers.rend());
  return numbers;
}

Bytes read_key_file(const Vault& vault, unsigned number) {
  const ObjectName name = key_object(number);
  Bytes bytes = read_object(vault.storage(), name, 4096);
  if (key_file_root_pk(bytes, name) != vault.root_pk()) {
    throw Error(ErrorKind::corrupt, name + ": it belongs to another vault");
  }
  static_cast<void>(key_file_cost(bytes, name));
  return bytes;
}

bool may_be_key_file(const Vault& vault, unsigned number) {
  try {
    static_cast<void>(read_key_file(vault, number));
    return true;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage) throw;
    return false;
  }
}

RootKeys open_agent_key(const Unlock& unlock) {
  if (unlock.kind == Unlock::Kind::recovery_code) return from_code(unlock);
  if (!unlock.agent_key_file) {
    throw Error(ErrorKind::usage, "an agent opens with its key file or its recovery code");
  }
  const auto bytes = read_file(*unlock.agent_key_file, 4096);
  if (!bytes) {
    throw Error(ErrorKind::not_found,
                unlock.agent_key_file->string() + ": there is no such agent key file");
  }
  return open_key_file(*bytes, normalize_passphrase(unlock.secret.view()).view(),
                       unlock.agent_key_file->string());
}

VaultKey open_vault_key(const Vault& vault, const Unlock& unlock) {
  if (unlock.agent_key_file) return {open_agent_key(unlock), false};
  if (unlock.kind == Unlock::Kind::recovery_code) {
    // An agent who has lost its key file opens with its own code. Whether it is one that this vault
    // knows shows when a backup's slot is looked for.
    RootKeys keys = from_code(unlock);
    const bool owner = keys.sign_pk() == vault.root_pk();
    return {std::move(keys), owner};
  }
  return {open_owner_key(vault, unlock), true};
}

RootKeys open_owner_key(const Vault& vault, const Unlock& unlock) {
  if (unlock.agent_key_file) {
    throw Error(ErrorKind::usage,
                "only the owner can do this: use the passphrase or the recovery code");
  }
  if (unlock.kind == Unlock::Kind::passphrase) return owner_from_passphrase(vault, unlock);
  RootKeys keys = from_code(unlock);
  if (keys.sign_pk() != vault.root_pk()) {
    throw Error(ErrorKind::wrong_key,
                "the recovery code is well formed, but it is another vault's");
  }
  return keys;
}

}  // namespace valise
