#include "state/credential.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "base/files.hpp"
#include "crypto/hash.hpp"
#include "crypto/random.hpp"
#include "format/root_keys.hpp"
#include "support/error_kind.hpp"
#include "support/shared.hpp"
#include "support/temp_folder.hpp"

namespace valise::test {
namespace {

Credential sample() {
  Credential credential;
  credential.root_pk = random_array<32>();
  credential.owner_pk = random_array<32>();
  credential.owner_psk = Secret::random(32);
  credential.device_seed = Secret::random(32);
  credential.device_psk = Secret::random(32);
  credential.secret = Secret::random(32);
  credential.device_name = "laptop";
  credential.device_entry = random_array<32>();
  credential.own = {7, random_array<32>()};
  credential.root = {3, random_array<32>()};
  credential.policy = Bytes(400, 9);
  credential.psks = Secret::random(64);
  credential.sources = {"/home/a/chat.db", "/home/\xff not utf-8/b.db"};
  credential.held = {{random_array<16>(), random_array<16>()}, {Bytes16{}, random_array<16>()}};
  credential.announced = {8, random_array<32>()};
  return credential;
}

struct Stored {
  TempFolder folder;
  Credential credential = sample();
  Bytes16 id = vault_id_of(credential.root_pk);
  std::filesystem::path path = credential_folder(folder.path(), id) / "credential";

  Stored() { save_credential(folder.path(), credential); }
  [[nodiscard]] std::optional<Credential> load() { return load_credential(folder.path(), id); }
  void write(ByteSpan bytes) { std::ofstream(path, std::ios::binary) << text_of(bytes); }
};

}  // namespace

TEST_CASE("a credential comes back as it was saved") {
  Stored stored;
  const auto loaded = stored.load();
  REQUIRE(loaded);
  const Credential& saved = stored.credential;
  CHECK(loaded->root_pk == saved.root_pk);
  CHECK(loaded->held == saved.held);
  CHECK(loaded->announced == saved.announced);
  CHECK(loaded->owner_pk == saved.owner_pk);
  CHECK(equal_secret(loaded->owner_psk.view(), saved.owner_psk.view()));
  CHECK(equal_secret(loaded->device_seed.view(), saved.device_seed.view()));
  CHECK(equal_secret(loaded->device_psk.view(), saved.device_psk.view()));
  CHECK(equal_secret(loaded->secret.view(), saved.secret.view()));
  CHECK(loaded->device_name == saved.device_name);
  CHECK(loaded->device_entry == saved.device_entry);
  CHECK(loaded->own == saved.own);
  CHECK(loaded->root == saved.root);
  CHECK(loaded->policy == saved.policy);
  CHECK(equal_secret(loaded->psks.view(), saved.psks.view()));
  CHECK(loaded->sources == saved.sources);
  CHECK(loaded->signing_key().public_key() == saved.signing_key().public_key());
}

TEST_CASE("a credential without sources and agents comes back, and saving replaces") {
  Stored stored;
  stored.credential.sources.clear();
  stored.credential.psks = Secret();
  stored.credential.own = {8, Bytes32{1}};
  save_credential(stored.folder.path(), stored.credential);
  const auto loaded = stored.load();
  REQUIRE(loaded);
  CHECK(loaded->sources.empty());
  CHECK(loaded->psks.empty());
  CHECK(loaded->own.seq == 8);
}

TEST_CASE("a credential can be read by its owner alone") {
  Stored stored;
  // Also one that somebody opened up: saving closes it again.
  REQUIRE(chmod(stored.path.c_str(), 0644) == 0);
  save_credential(stored.folder.path(), stored.credential);
  struct stat info {};
  REQUIRE(stat(stored.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(stat(stored.path.parent_path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
}

TEST_CASE("a machine that is not enrolled has no credential") {
  TempFolder folder;
  CHECK_FALSE(load_credential(folder.path(), Bytes16{1}));
  CHECK_FALSE(load_credential(folder.path() / "absent", Bytes16{1}));
}

TEST_CASE("a credential with any bit changed, cut at any length or longer is refused by name") {
  Stored stored;
  const Bytes sound = read_all(stored.path);
  const auto load = [&] { static_cast<void>(stored.load()); };
  // In place: thousands of new files would take a minute on a slow disk.
  const UniqueFd file(::open(stored.path.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(file);
  std::size_t passed = 0;
  for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
    const auto changed = static_cast<std::uint8_t>(sound[bit / 8] ^ (1U << (bit % 8)));
    write_all_at(file.get(), {&changed, 1}, bit / 8, stored.path);
    if (kind_of(load) != ErrorKind::corrupt) ++passed;
    write_all_at(file.get(), {&sound[bit / 8], 1}, bit / 8, stored.path);
  }
  CHECK(passed == 0);
  CHECK_FALSE(kind_of(load));
  const std::uint8_t zero = 0;
  write_all_at(file.get(), {&zero, 1}, sound.size(), stored.path);
  CHECK(kind_of(load) == ErrorKind::corrupt);
  CHECK(message_of(load).find(stored.path.string()) == 0);
  for (std::size_t length = sound.size(); length-- > 0;) {
    REQUIRE(ftruncate(file.get(), static_cast<off_t>(length)) == 0);
    if (kind_of(load) != ErrorKind::corrupt) ++passed;
  }
  CHECK(passed == 0);
}

TEST_CASE("lengths in a credential are checked against their limits before they are believed") {
  Stored stored;
  const Bytes sound = read_all(stored.path);
  // Behind the magic, six fields of 32 bytes and the name's length: the name itself.
  const std::size_t name_length_at = 8 + 6 * 32;
  REQUIRE(sound.at(name_length_at) == 6);
  Bytes changed = sound;
  for (std::size_t i = 0; i < 4; ++i) changed[name_length_at + i] = 0xff;
  // With a checksum that fits, so that the length is looked at.
  const Bytes32 sum = hash("VL1.credential", {ByteSpan(changed).first(changed.size() - 32)});
  std::copy(sum.begin(), sum.end(), changed.end() - 32);
  stored.write(changed);
  const auto load = [&] { static_cast<void>(stored.load()); };
  CHECK(kind_of(load) == ErrorKind::corrupt);
  CHECK(message_of(load).find("limit") != std::string::npos);
}

TEST_CASE("the credential of another vault is refused") {
  Stored stored;
  const Bytes16 other{7};
  std::filesystem::create_directories(credential_folder(stored.folder.path(), other));
  std::filesystem::copy_file(stored.path,
                             credential_folder(stored.folder.path(), other) / "credential");
  CHECK(kind_of([&] { static_cast<void>(load_credential(stored.folder.path(), other)); }) ==
        ErrorKind::corrupt);
}

TEST_CASE("a source's id depends on profile, path and credential, and on nothing else") {
  const Credential one = sample();
  const Credential other = sample();
  const Bytes16 id = source_id(one, "imessage", "/a/chat.db");
  CHECK(id == source_id(one, "imessage", "/a/chat.db"));
  CHECK(id != source_id(one, "sqlite", "/a/chat.db"));
  CHECK(id != source_id(one, "imessage", "/b/chat.db"));
  CHECK(id != source_id(other, "imessage", "/a/chat.db"));
  INFO("the border between profile and path is part of it");
  CHECK(source_id(one, "ab", "c") != source_id(one, "a", "bc"));
}

TEST_CASE("the copies of a source have an id by vault, source and credential") {
  const Credential one = sample();
  const Credential other = sample();
  const Bytes16 id = copy_source_id(one, Bytes16{1}, Bytes16{2});
  CHECK(id == copy_source_id(one, Bytes16{1}, Bytes16{2}));
  CHECK(id != copy_source_id(one, Bytes16{2}, Bytes16{1}));
  CHECK(id != copy_source_id(one, Bytes16{1}, Bytes16{3}));
  CHECK(id != copy_source_id(other, Bytes16{1}, Bytes16{2}));
  CHECK(id != Bytes16{2});
}

}  // namespace valise::test
