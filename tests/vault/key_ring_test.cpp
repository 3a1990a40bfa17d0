#include "vault/key_ring.hpp"

#include <doctest/doctest.h>

#include <ctime>
#include <fstream>

#include "format/key_file.hpp"
#include "format/recovery_code.hpp"
#include "support/error_kind.hpp"
#include "support/memory_storage.hpp"
#include "support/peak_memory.hpp"
#include "support/temp_folder.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

Unlock by_passphrase(std::string_view text) {
  Unlock unlock;
  unlock.secret = Secret::copy_of(bytes_of(text));
  return unlock;
}

Unlock by_code(const RootKeys& keys) {
  Unlock unlock;
  unlock.kind = Unlock::Kind::recovery_code;
  unlock.secret = format_recovery_code(keys.seed());
  return unlock;
}

Bytes key_file(const RootKeys& keys, std::string_view passphrase) {
  const KeyFile file =
      seal_key_file(keys, bytes_of(passphrase), {kKeyFileMemoryKibMin, 1, 1}, Bytes16{1});
  return {file.begin(), file.end()};
}

struct Ring {
  MemoryStorage storage;
  RootKeys owner = RootKeys::generate();
  RootKeys agent = RootKeys::generate();
  TempFolder folder;

  Ring() { storage.overwrite(kVaultObject, encode_vault_object(owner.sign_pk())); }
  [[nodiscard]] Vault vault() { return Vault::open(storage); }
  [[nodiscard]] Unlock by_agent_file(std::string_view passphrase) {
    Unlock unlock = by_passphrase(passphrase);
    unlock.agent_key_file = folder.path() / "agent.key";
    return unlock;
  }
  [[nodiscard]] std::optional<ErrorKind> kind(const Unlock& unlock) {
    return kind_of([&] { static_cast<void>(open_vault_key(vault(), unlock)); });
  }
};

}  // namespace

TEST_CASE("the owner opens the vault with the passphrase or the recovery code") {
  Ring ring;
  ring.storage.overwrite(key_object(1), key_file(ring.owner, "first"));
  for (const bool with_code : {false, true}) {
    const Unlock unlock = with_code ? by_code(ring.owner) : by_passphrase("first");
    const VaultKey key = open_vault_key(ring.vault(), unlock);
    CHECK(key.owner);
    CHECK(key.keys.sign_pk() == ring.owner.sign_pk());
    CHECK(open_owner_key(ring.vault(), unlock).pk() == ring.owner.pk());
  }
  CHECK(ring.kind(by_passphrase("second")) == ErrorKind::wrong_key);
}

TEST_CASE("a vault without a passphrase says to use the recovery code") {
  Ring ring;
  const auto open = [&] { static_cast<void>(open_vault_key(ring.vault(), by_passphrase("x"))); };
  CHECK(kind_of(open) == ErrorKind::not_found);
  CHECK(message_of(open).find("recovery code") != std::string::npos);
}

TEST_CASE("of several key files the three highest are tried, the highest first") {
  Ring ring;
  for (const unsigned number : {1U, 2U, 3U, 40U}) {
    ring.storage.overwrite(key_object(number),
                           number == 2 ? key_file(ring.owner, "two") : Bytes(140));
  }
  INFO("damaged files do not hide the one that opens");
  CHECK_FALSE(ring.kind(by_passphrase("two")));
  ring.storage.overwrite(key_object(40), Bytes(100'000));
  CHECK_FALSE(ring.kind(by_passphrase("two")));
  INFO("nor do many of them, in whatever form but that of this owner's");
  const Bytes others = key_file(RootKeys::generate(), "two");
  for (unsigned number = 50; number < 60; ++number) {
    ring.storage.overwrite(key_object(number), number % 2 == 0 ? Bytes(140) : others);
  }
  CHECK_FALSE(ring.kind(by_passphrase("two")));
  const auto wrong = [&] { static_cast<void>(open_vault_key(ring.vault(), by_passphrase("x"))); };
  CHECK(message_of(wrong).find("--recovery-code") != std::string::npos);
  for (unsigned number = 50; number < 60; ++number) ring.storage.remove(key_object(number));
  INFO("the fourth of the owner's own is beyond what a change of passphrase can have left");
  for (const unsigned number : {3U, 4U, 40U}) {
    ring.storage.overwrite(key_object(number), key_file(ring.owner, "other"));
  }
  CHECK(ring.kind(by_passphrase("two")) == ErrorKind::wrong_key);
  ring.storage.remove(key_object(4));
  INFO("after a change that was cut short the new and the old one open");
  ring.storage.remove(key_object(40));
  ring.storage.overwrite(key_object(3), key_file(ring.owner, "three"));
  CHECK_FALSE(ring.kind(by_passphrase("three")));
  CHECK_FALSE(ring.kind(by_passphrase("two")));
}

TEST_CASE("a key file of another vault opens nothing") {
  Ring ring;
  ring.storage.overwrite(key_object(1), key_file(RootKeys::generate(), "first"));
  CHECK(ring.kind(by_passphrase("first")) == ErrorKind::corrupt);
  ring.storage.overwrite(key_object(2), key_file(ring.owner, "first"));
  CHECK_FALSE(ring.kind(by_passphrase("first")));
}

TEST_CASE(
    "attack: key file m=4 TiB, t=2^32-1, p=0; two passphrases crafted for one file: refused in no "
    "time and no memory") {
  Ring ring;
  Bytes file = key_file(ring.owner, "first");
  struct Field {
    std::size_t at;
    std::uint32_t value;
  };
  // Memory in KiB, passes, lanes.
  for (const Field field :
       {Field{8, 0xffffffff}, Field{8, 4 * 1024 * 1024 + 1}, Field{8, 0}, Field{12, 0xffffffff},
        Field{12, 0}, Field{16, 0}, Field{16, 0xffffffff}}) {
    const std::size_t at = field.at;
    const std::uint32_t value = field.value;
    CAPTURE(at);
    CAPTURE(value);
    Bytes greedy = file;
    for (std::size_t i = 0; i < 4; ++i) {
      greedy[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
    ring.storage.overwrite(key_object(1), greedy);
    const auto open = [&] {
      static_cast<void>(open_vault_key(ring.vault(), by_passphrase("first")));
    };
    // The least that a key file may ask for is 64 MiB.
    CHECK(peak_memory(4 * 1024, [&] {
            const std::clock_t before = std::clock();
            if (kind_of(open) != ErrorKind::limit) return false;
            return std::clock() - before < CLOCKS_PER_SEC;
          }) == PeakMemory::flat);
    CHECK(message_of(open).starts_with(key_object(1)));
  }
}

TEST_CASE("an agent opens with its key file, its own recovery code, or both") {
  Ring ring;
  std::ofstream(ring.folder.path() / "agent.key", std::ios::binary)
      << text_of(key_file(ring.agent, "agent's own"));
  Unlock code_and_file = by_code(ring.agent);
  code_and_file.agent_key_file = ring.folder.path() / "agent.key";
  const Unlock code = by_code(ring.agent);
  const Unlock file = ring.by_agent_file("agent's own");
  for (const Unlock* unlock : std::initializer_list<const Unlock*>{&code_and_file, &code, &file}) {
    const VaultKey key = open_vault_key(ring.vault(), *unlock);
    CHECK_FALSE(key.owner);
    CHECK(key.keys.pk() == ring.agent.pk());
  }
  CHECK(ring.kind(ring.by_agent_file("owner's")) == ErrorKind::wrong_key);
  std::filesystem::remove(ring.folder.path() / "agent.key");
  CHECK(ring.kind(ring.by_agent_file("agent's own")) == ErrorKind::not_found);

  INFO("where only the owner will do, an agent is told so");
  const auto as_owner = [&](const Unlock& unlock) {
    return kind_of([&] { static_cast<void>(open_owner_key(ring.vault(), unlock)); });
  };
  CHECK(as_owner(file) == ErrorKind::usage);
  CHECK(as_owner(code) == ErrorKind::wrong_key);
}

TEST_CASE("a recovery code that is mistyped is a wrong key") {
  Ring ring;
  Unlock unlock = by_code(ring.owner);
  unlock.secret.mutable_view()[0] = unlock.secret.view()[0] == '7' ? '8' : '7';
  CHECK(ring.kind(unlock) == ErrorKind::wrong_key);
  unlock.secret = Secret::copy_of(bytes_of("not a code"));
  CHECK(ring.kind(unlock) == ErrorKind::wrong_key);
  unlock.secret = Secret();
  CHECK(ring.kind(unlock) == ErrorKind::wrong_key);
}

TEST_CASE("an empty passphrase and one that is not UTF-8 are wrong use") {
  Ring ring;
  ring.storage.overwrite(key_object(1), key_file(ring.owner, "first"));
  CHECK(ring.kind(by_passphrase("")) == ErrorKind::usage);
  CHECK(ring.kind(by_passphrase("\xff\xfe")) == ErrorKind::usage);
}

}  // namespace valise::test
