// Objects of a format version that this program does not know.

#include <doctest/doctest.h>

#include <fstream>

#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "format/drill.hpp"
#include "format/key_file.hpp"
#include "format/media_pack.hpp"
#include "format/slot.hpp"
#include "ops/attack_forgery.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

struct VersionScene {
  VaultFixture fixture;
  std::string snapshot;
  std::unique_ptr<MemoryStorage> vault;

  VersionScene() {
    fixture.set_policy(1, {"alice"});
    snapshot = fixture.back_up().snapshot;
    vault = fixture.in_memory();
  }

  /// Changes one byte of an object.
  void change(const ObjectName& name, std::size_t at, char to) {
    Bytes content = vault->content(name);
    content.at(at) = static_cast<std::uint8_t>(to);
    vault->overwrite(name, content);
  }

  void check_restore_refused(std::string_view says) {
    const auto attempt = [&] { static_cast<void>(restored(fixture, *vault, fixture.owner())); };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CAPTURE(message_of(attempt));
    CHECK(message_of(attempt).find(says) != std::string::npos);
  }
};

}  // namespace

TEST_CASE("an unknown version of the object vault is refused") {
  VersionScene scene;
  scene.change(kVaultObject, 7, '2');
  scene.check_restore_refused("newer");
  CHECK(kind_of([&] { static_cast<void>(audited(scene.fixture, *scene.vault)); }) ==
        ErrorKind::corrupt);
  CHECK(kind_of([&] { static_cast<void>(scrubbed(scene.fixture, *scene.vault)); }) ==
        ErrorKind::corrupt);
  CHECK(kind_of([&] { static_cast<void>(scene.fixture.back_up_to(*scene.vault)); }) ==
        ErrorKind::corrupt);
}

TEST_CASE("an unknown version of an entry is refused and found") {
  VersionScene scene;
  const Credential credential = scene.fixture.credential();
  const ObjectName name = entry_object(credential.signing_key().public_key(), 1);
  Bytes body = scene.vault->content(name);
  body.resize(body.size() - kSignatureBytes);
  SUBCASE("another magic") { body.at(7) = '2'; }
  SUBCASE("an unknown type") { body.at(8) = 99; }
  SUBCASE("a reserved byte") { body.at(9) = 1; }
  // Signed anew: what a newer version would write, not damage.
  append(body, credential.signing_key().sign(body));
  scene.vault->overwrite(name, body);
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"signature"});
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(name));
}

TEST_CASE("an unknown version of an entry of the owner stops the verbs that rely on it") {
  VersionScene scene;
  const RootKeys owner = scene.fixture.owner_keys();
  const ObjectName name = entry_object(owner.sign_pk(), 3);
  Bytes body = scene.vault->content(name);
  body.resize(body.size() - kSignatureBytes);
  body.at(8) = 99;
  append(body, owner.signing().sign(body));
  scene.vault->overwrite(name, body);
  scene.check_restore_refused("newer version");
  CHECK(kind_of([&] { static_cast<void>(scene.fixture.back_up_to(*scene.vault)); }) ==
        ErrorKind::corrupt);
}

TEST_CASE("an unknown version of a container is refused and found") {
  VersionScene scene;
  const ObjectName name = container_of(scene.snapshot);
  SUBCASE("at its start") { scene.change(name, 6, '2'); }
  SUBCASE("at its end") { scene.change(name, *scene.vault->size(name) - 1, '2'); }
  scene.check_restore_refused(name);
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)) == std::set<std::string>{name});
}

TEST_CASE("an unknown version of a manifest and an unknown codec of a record are refused") {
  VersionScene scene;
  Credential credential = scene.fixture.credential();
  Secret dek;
  const Entry entry = Forgery(credential, DatabaseImage::read(scene.fixture.database()))
                          .put(*scene.vault, credential, &dek);
  const ContainerParts parts = container_parts(*scene.vault, snapshot_of(entry));
  Bytes cbor = open_manifest(manifest_key(dek.view(), parts.backup().commit).view(), parts.manifest,
                             "manifest");
  SUBCASE("the manifest's version") {
    // The head of the map, then the key "v" and its value.
    REQUIRE(cbor.at(2) == 'v');
    REQUIRE(cbor.at(3) == 1);
    cbor[3] = 2;
  }
  SUBCASE("a record's codec") {
    const Bytes row{1, 1, 0, 0};  // pages, zstd
    const auto at = std::search(cbor.begin(), cbor.end(), row.begin(), row.end());
    REQUIRE(at != cbor.end());
    at[1] = 9;
  }
  SUBCASE("a record's kind") {
    const Bytes row{1, 1, 0, 0};
    const auto at = std::search(cbor.begin(), cbor.end(), row.begin(), row.end());
    REQUIRE(at != cbor.end());
    at[0] = 9;
  }
  SUBCASE("more keys than there are") { cbor.push_back(0xf6); }
  put_backup(*scene.vault, with_manifest(parts, dek.view(), cbor, credential.signing_key()));
  scene.check_restore_refused(container_of(snapshot_of(entry)));
  CHECK(row_of(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()), snapshot_of(entry))
            .findings == std::vector<std::string>{"open"});
}

TEST_CASE("an unknown version of a key file is refused and found") {
  VersionScene scene;
  const std::string passphrase = "correct horse battery staple again";
  scene.vault->overwrite(key_object(1), [&] {
    const KeyFile file = seal_key_file(scene.fixture.owner_keys(), bytes_of(passphrase),
                                       {kKeyFileMemoryKibMin, 1, 1}, Bytes16{1});
    return Bytes(file.begin(), file.end());
  }());
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);
  scene.change(key_object(1), 7, '2');
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)) ==
        std::set<std::string>{key_object(1)});
  const UnlockSource by_passphrase = [&] {
    Unlock unlock;
    unlock.secret = Secret::copy_of(bytes_of(passphrase));
    return unlock;
  };
  CHECK(kind_of([&] { static_cast<void>(restored(scene.fixture, *scene.vault, by_passphrase)); }) ==
        ErrorKind::corrupt);
}

TEST_CASE("an unknown version of a drill is found and proves nothing") {
  VersionScene scene;
  const ContainerParts parts = container_parts(*scene.vault, scene.snapshot);
  const RootKeys alice = scene.fixture.agent_keys("alice");
  const SlotContext context = slot_context(parts.entry.header, parts.backup());
  const auto share =
      open_slot(parts.backup().slots[1], context, 1, alice.sk(), alice.pk(), alice.psk());
  REQUIRE(share);
  Drill drill{scene.fixture.vault_id(), parts.entry.id, 1, scene.fixture.clock.now(), {}};
  drill.receipt = array_of<32>(slot_receipt(share->view(), parts.backup().bid, 1).view());
  const auto good = sign_drill(drill, alice.signing());
  Bytes bytes(good.begin(), good.end());
  bytes.at(7) = '2';
  bytes.resize(bytes.size() - kSignatureBytes);
  append(bytes, alice.signing().sign(bytes));
  const ObjectName name = "drills/" + hex(parts.entry.id) + ".1";
  scene.vault->overwrite(name, bytes);
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, scene.snapshot).findings == std::vector<std::string>{"drill"});
  CHECK_FALSE(row_of(report, scene.snapshot).readers.at(1).drilled);
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)) == std::set<std::string>{name});
}

TEST_CASE("an unknown version of a media pack is found") {
  VersionScene scene;
  MediaPackBuilder builder;
  static_cast<void>(builder.add(Bytes32{1}, bytes_of("a piece")));
  Bytes pack = builder.finish();
  const auto name_of = [](ByteSpan bytes) {
    const std::string id = hex(media_pack_id(bytes));
    return "media/" + id.substr(0, 2) + "/" + id + ".pack";
  };
  scene.vault->overwrite(name_of(pack), pack);
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);
  pack.at(7) = '2';
  scene.vault->overwrite(name_of(pack), pack);
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)) ==
        std::set<std::string>{name_of(pack)});
}

TEST_CASE("an unknown version of a card names nobody") {
  VaultFixture fixture;
  const std::string path = fixture.new_agent("alice");
  Bytes card = encode_card(make_card(fixture.agent_keys("alice"), CardKind::agent, "alice"));
  card.at(0) = 2;
  const Bytes32 sum = hash("VL1.card.sum", {ByteSpan(card).first(card.size() - 4)});
  std::copy_n(sum.begin(), 4, card.end() - 4);
  std::ofstream(path, std::ios::binary) << text_of(card);
  CHECK(kind_of([&] { fixture.set_policy(1, {"alice"}); }) == ErrorKind::corrupt);
  CHECK_FALSE(show_policy(fixture.run()).escrow);
}

TEST_CASE("an unknown version of the credential is refused, and one of the state is replaced") {
  VaultFixture fixture;
  fixture.back_up();
  const std::string id = hex(fixture.vault_id());
  SUBCASE("the credential") {
    const std::filesystem::path path = fixture.run().places.config_dir / id / "credential";
    Bytes bytes = read_all(path);
    bytes.at(7) = '2';
    std::ofstream(path, std::ios::binary) << text_of(bytes);
    const auto attempt = [&] { fixture.back_up(); };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CHECK(message_of(attempt).find(path.string()) != std::string::npos);
  }
  SUBCASE("the state") {
    SampleConnection(fixture.run().places.state_dir / id / "state.db")
        .execute("PRAGMA user_version = 999");
    fixture.change_database();
    const BackupSummary summary = fixture.back_up();
    CHECK(summary.full);
    CHECK(summary.why_full.find("nothing is known") != std::string::npos);
    fixture.change_database();
    CHECK_FALSE(fixture.back_up().full);
  }
}

}  // namespace valise::test
