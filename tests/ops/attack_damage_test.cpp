// Attacks on the bytes of a vault: damage, truncation, bytes appended.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/hex.hpp"
#include "ops/attack_forgery.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

/// Two sources with a chain each, so that there is always something that was not attacked.
struct TwoChains {
  VaultFixture fixture;
  std::string full;
  std::string increment;
  std::string other;
  std::string content;
  std::string other_content;
  std::unique_ptr<MemoryStorage> vault;

  TwoChains() {
    full = fixture.back_up("a.db").snapshot;
    other = fixture.back_up("b.db").snapshot;
    fixture.change_database("a.db");
    increment = fixture.back_up("a.db").snapshot;
    content = dump_database(fixture.database("a.db"));
    other_content = dump_database(fixture.database("b.db"));
    vault = fixture.in_memory();
  }

  void check_other_restores() {
    CHECK(restored(fixture, *vault, fixture.owner(), other) == other_content);
  }
};

Bytes flipped(Bytes bytes, std::size_t at) {
  bytes[at] ^= 0x10;
  return bytes;
}

// All of the first and last bytes, where the fields are, and a sample of the rest.
std::vector<std::size_t> places_to_damage(std::size_t size) {
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < size; at += at < 16 || at + 40 > size ? 1U : 97U) {
    places.push_back(at);
  }
  return places;
}

}  // namespace

TEST_CASE("attack: a changed byte of any object is found by a scrub, which names it") {
  TwoChains scene;
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);
  const MemoryStorage::Objects sound = scene.vault->snapshot();
  for (const auto& item : sound) {
    // No structured binding: what a test prints is captured by a lambda, which clang 14 refuses.
    const ObjectName& name = item.first;
    const MemoryStorage::Object& object = item.second;
    if (name == kVaultObject) continue;
    CAPTURE(name);
    for (const std::size_t at : places_to_damage(object.content.size())) {
      scene.vault->overwrite(name, flipped(object.content, at));
      const std::set<std::string> found = damaged_objects(scrubbed(scene.fixture, *scene.vault));
      if (!found.contains(name)) FAIL_CHECK("a change at byte ", at, " was not found");
    }
    scene.vault->reset_to(sound);
  }
}

TEST_CASE("attack: another owner's key in the object vault opens nothing and passes no audit") {
  TwoChains scene;
  const Bytes sound = scene.vault->content(kVaultObject);
  for (std::size_t at = 0; at < sound.size(); ++at) {
    CAPTURE(at);
    scene.vault->overwrite(kVaultObject, flipped(sound, at));
    const auto kind = kind_of(
        [&] { static_cast<void>(restored(scene.fixture, *scene.vault, scene.fixture.owner())); });
    CHECK(kind == ErrorKind::corrupt);
    if (at < 8) continue;
    CHECK(audited(scene.fixture, *scene.vault).has_errors());
  }
}

TEST_CASE("attack: restore refuses a damaged container by name and restores the others") {
  TwoChains scene;
  const ObjectName name = container_of(scene.full);
  const Bytes sound = scene.vault->content(name);
  const ContainerParts parts = container_parts(*scene.vault, scene.full);
  const std::size_t manifest_at = 8 + parts.data.size();
  for (const std::size_t at : {std::size_t{0}, std::size_t{8}, std::size_t{3000}, manifest_at,
                               manifest_at + 100, sound.size() - 200, sound.size() - 12}) {
    CAPTURE(at);
    scene.vault->overwrite(name, flipped(sound, at));
    // The increment builds on the damaged full: both are named after it.
    for (const std::string& snapshot : {scene.full, scene.increment}) {
      const auto attempt = [&] {
        static_cast<void>(restored(scene.fixture, *scene.vault, scene.fixture.owner(), snapshot));
      };
      CHECK(kind_of(attempt) == ErrorKind::corrupt);
      CHECK(message_of(attempt).find(name) != std::string::npos);
    }
    scene.check_other_restores();
  }
}

TEST_CASE("attack: a container truncated at any length is refused") {
  VaultFixture fixture;
  // As small as a database can be, so that every length can be tried.
  SampleConnection(fixture.folder() / "small.db")
      .execute("PRAGMA page_size=512; CREATE TABLE t(x); INSERT INTO t VALUES(1)");
  const std::string snapshot = fixture.back_up("small.db").snapshot;
  const auto vault = fixture.in_memory();
  const ObjectName name = container_of(snapshot);
  const Bytes sound = vault->content(name);
  REQUIRE(sound.size() < 4000);
  const Vault opened = Vault::open(*vault);
  const Bytes16 bid = container_parts(*vault, snapshot).backup().bid;
  std::size_t passed = 0;
  for (std::size_t length = 0; length < sound.size(); ++length) {
    vault->overwrite(name, Bytes(sound.begin(), sound.begin() + std::ptrdiff_t(length)));
    const auto kind = kind_of([&] { static_cast<void>(ContainerReader::open(opened, bid)); });
    if (kind != ErrorKind::corrupt) ++passed;
  }
  CHECK(passed == 0);
  // The verbs, at the lengths that lie close to a border of parts.
  for (std::size_t length = 0;
       length<sound.size(); length += length + 60> sound.size() ? 1U : 151U) {
    CAPTURE(length);
    vault->overwrite(name, Bytes(sound.begin(), sound.begin() + std::ptrdiff_t(length)));
    CHECK(damaged_objects(scrubbed(fixture, *vault)) == std::set<std::string>{name});
    CHECK(error_codes(audited(fixture, *vault)) == std::set<std::string>{"damaged"});
    CHECK(kind_of([&] { static_cast<void>(restored(fixture, *vault, fixture.owner())); }) ==
          ErrorKind::corrupt);
  }
}

TEST_CASE("attack: bytes appended to a container or an entry are refused") {
  TwoChains scene;
  const MemoryStorage::Objects sound = scene.vault->snapshot();
  for (const auto& item : sound) {
    const ObjectName& name = item.first;
    const MemoryStorage::Object& object = item.second;
    if (name == kVaultObject) continue;
    CAPTURE(name);
    const bool is_entry = entry_at(name).has_value();
    for (const std::size_t extra : {1U, 12U, 544U, 5000U}) {
      CAPTURE(extra);
      Bytes longer = object.content;
      // What is appended ends as a container ends.
      for (std::size_t i = 0; i < extra; ++i) {
        longer.push_back(object.content[object.content.size() - 1 - (extra - 1 - i) % 12]);
      }
      scene.vault->overwrite(name, longer);
      CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(name));
      const std::set<std::string> codes = error_codes(audited(scene.fixture, *scene.vault));
      CHECK(codes.contains(is_entry ? "signature" : "damaged"));
    }
    scene.vault->reset_to(sound);
  }
}

TEST_CASE("attack: an entry truncated at any length is refused and found") {
  TwoChains scene;
  const Bytes32 device = scene.fixture.credential().signing_key().public_key();
  const ObjectName name = entry_object(device, 2);
  const Bytes sound = scene.vault->content(name);
  for (std::size_t length = 0; length < sound.size(); length += 7) {
    CAPTURE(length);
    scene.vault->overwrite(name, Bytes(sound.begin(), sound.begin() + std::ptrdiff_t(length)));
    CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"signature"});
  }
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(name));
  INFO("the backups of the other entries are as good as before");
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.increment) ==
        scene.content);
}

}  // namespace valise::test
