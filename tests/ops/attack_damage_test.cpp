// Attacks on the bytes of a vault: damage, truncation, bytes appended.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/hex.hpp"
#include "format/key_file.hpp"
#include "format/media_pack.hpp"
#include "format/slot.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/drill.hpp"
#include "ops/restore.hpp"
#include "support/effort.hpp"
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

  /// Adds what a vault of one device and no attachments lacks: a key file, a drill, a pack.
  void furnish() {
    fixture.set_policy(1, {"alice"});
    static_cast<void>(fixture.back_up("a.db"));
    vault = fixture.in_memory();
    static_cast<void>(drill_in(*vault, fixture.run("alice"), {}, fixture.agent("alice")));
    const KeyFile keys = seal_key_file(fixture.owner_keys(), bytes_of("crate velvet noon hazel"),
                                       {kKeyFileMemoryKibMin, 1, 1}, Bytes16{1});
    vault->overwrite(key_object(1), Bytes(keys.begin(), keys.end()));
    MediaPackBuilder builder;
    static_cast<void>(builder.add(Bytes32{1}, bytes_of("a piece of a photograph")));
    const Bytes pack = builder.finish();
    const std::string id = hex(media_pack_id(pack));
    vault->overwrite("media/" + id.substr(0, 2) + "/" + id + ".pack", pack);
    REQUIRE(scrubbed(fixture, *vault).errors == 0);
  }

  void check_other_restores() {
    CHECK(restored(fixture, *vault, fixture.owner(), other) == other_content);
  }
};

struct ByteRange {
  std::size_t first = 0;
  std::size_t end = 0;
};

/// One backup of a database as small as can be, so that every place of its container can be tried.
struct SmallVault {
  VaultFixture fixture;
  std::string snapshot;
  std::unique_ptr<MemoryStorage> vault;
  ObjectName name;
  ByteRange filler;  ///< Behind the last record.

  SmallVault() {
    SampleConnection(fixture.folder() / "small.db")
        .execute("PRAGMA page_size=512; CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    snapshot = fixture.back_up("small.db").snapshot;
    vault = fixture.in_memory();
    name = container_of(snapshot);
    // A reader refers to its vault.
    const Vault opened = Vault::open(*vault);
    const ContainerReader reader = ContainerReader::open(opened, array_of<16>(*from_hex(snapshot)));
    const RootKeys owner = fixture.owner_keys();
    const auto dek =
        open_slot(reader.backup().slots[0], slot_context(reader.entry().header, reader.backup()), 0,
                  owner.sk(), owner.pk(), owner.psk());
    filler.first = reader.layout().data_offset;
    for (const RecordInfo& record : reader.open_manifest(dek.value().view()).records) {
      filler.first += record.sealed_bytes;
    }
    filler.end = reader.layout().data_offset + reader.layout().data_len;
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

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: every object of a "
    "vault, by a scrub") {
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

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: drills and packs "
    "in a vault, by a scrub") {
  TwoChains scene;
  scene.furnish();
  const MemoryStorage::Objects sound = scene.vault->snapshot();
  std::size_t objects = 0;
  for (const auto& item : sound) {
    const ObjectName& name = item.first;
    const Bytes& content = item.second.content;
    // Nobody can tell about a key file without its passphrase: opening it does.
    if (!name.starts_with("drills/") && !name.starts_with("media/")) continue;
    CAPTURE(name);
    ++objects;
    for (std::size_t bit = 0; bit < content.size() * 8; bit += 7 * kStride) {
      Bytes changed = content;
      changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      scene.vault->overwrite(name, changed);
      if (damaged_objects(scrubbed(scene.fixture, *scene.vault)) != std::set<std::string>{name}) {
        FAIL_CHECK("a change of bit ", bit, " was not found");
      }
    }
    scene.vault->reset_to(sound);
  }
  CHECK(objects == 2);
}

TEST_CASE(
    "attack: truncate at every length; append garbage: drills, packs and key files in a vault, by "
    "a scrub") {
  TwoChains scene;
  scene.furnish();
  const MemoryStorage::Objects sound = scene.vault->snapshot();
  std::size_t objects = 0;
  for (const auto& item : sound) {
    const ObjectName& name = item.first;
    const Bytes& content = item.second.content;
    if (!name.starts_with("drills/") && !name.starts_with("media/") && !name.starts_with("keys/")) {
      continue;
    }
    CAPTURE(name);
    ++objects;
    const auto unnoticed = [&](Bytes changed) {
      scene.vault->overwrite(name, std::move(changed));
      return damaged_objects(scrubbed(scene.fixture, *scene.vault)) != std::set<std::string>{name};
    };
    for (std::size_t length = 0; length < content.size(); length += 5) {
      if (unnoticed({content.begin(), content.begin() + std::ptrdiff_t(length)})) {
        FAIL_CHECK("cut to ", length, " bytes it passes");
      }
    }
    for (const std::size_t extra : {1U, 16U, 140U, 168U, 70'000U}) {
      Bytes longer = content;
      longer.resize(content.size() + extra);
      if (unnoticed(longer)) FAIL_CHECK("with ", extra, " bytes more it passes");
    }
    scene.vault->reset_to(sound);
  }
  CHECK(objects == 3);
}

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a container at "
    "restore, of which nothing comes out") {
  SmallVault scene;
  const Bytes sound = scene.vault->content(scene.name);
  for (std::size_t bit = 0; bit < sound.size() * 8; bit += 53 * kStride) {
    CAPTURE(bit);
    Bytes changed = sound;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    scene.vault->overwrite(scene.name, std::move(changed));
    const ByteRange filler = scene.filler;
    // What fills the data area up is random and read by nobody but a scrub.
    const bool in_filler = bit / 8 >= filler.first && bit / 8 < filler.end;
    RestoreOptions options;
    options.to = scene.fixture.new_folder();
    const auto attempt = [&] {
      static_cast<void>(restore_from(*scene.vault, scene.fixture.run("stranger"), options,
                                     scene.fixture.owner()));
    };
    if (in_filler) {
      CHECK_NOTHROW(attempt());
      continue;
    }
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CHECK(message_of(attempt).find(scene.name) != std::string::npos);
    CHECK((!std::filesystem::exists(options.to) || std::filesystem::is_empty(options.to)));
  }
}

TEST_CASE("another owner's key in the object vault opens nothing and passes no audit") {
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

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a container at "
    "restore, the others restored") {
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

TEST_CASE("attack: truncate at every length; append garbage: a container, by every verb") {
  SmallVault scene;
  VaultFixture& fixture = scene.fixture;
  const auto& vault = scene.vault;
  const ObjectName name = scene.name;
  const std::string snapshot = scene.snapshot;
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

TEST_CASE(
    "attack: truncate at every length; append garbage: a container or an entry with bytes "
    "appended, by scrub and audit") {
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

TEST_CASE("attack: truncate at every length; append garbage: an entry in a log") {
  TwoChains scene;
  const Bytes32 device = scene.fixture.credential().signing_key().public_key();
  const ObjectName name = entry_object(device, 2);
  const Bytes sound = scene.vault->content(name);
  for (std::size_t length = 0; length < sound.size(); length += 7) {
    CAPTURE(length);
    scene.vault->overwrite(name, Bytes(sound.begin(), sound.begin() + std::ptrdiff_t(length)));
    // The entry after it names the one at its container's end.
    CHECK(error_codes(audited(scene.fixture, *scene.vault)) ==
          std::set<std::string>{"signature", "unlogged"});
  }
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(name));
  INFO("the backups of the other entries are as good as before");
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.increment) ==
        scene.content);
}

}  // namespace valise::test
