// Attacks on what an increment builds on.

#include <doctest/doctest.h>

#include "format/page_records.hpp"
#include "ops/attack_forgery.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"

namespace valise::test {
namespace {

/// A malicious writer's increment, sound in itself: nothing in it but the changed page 1.
Forgery increment_on(const Credential& credential, const DatabaseImage& parent,
                     const Entry& parent_entry) {
  Forgery forgery(credential, parent);
  forgery.manifest.parent_page_root = parent.page_root();
  const ByteSpan page = ByteSpan(parent.content).first(parent.page_size);
  forgery.records.clear();
  forgery.records.push_back(
      {PageCompressor().delta({1}, page, page),
       {.kind = RecordKind::delta_pages, .plain_bytes = static_cast<std::uint32_t>(page.size())}});
  forgery.header.parent = parent_entry.id;
  return forgery;
}

struct Chained {
  VaultFixture fixture;
  std::unique_ptr<MemoryStorage> vault;
  Credential credential;
  DatabaseImage image;

  Chained() {
    static_cast<void>(fixture.back_up());
    reload();
  }
  void reload() {
    vault = fixture.in_memory();
    credential = fixture.credential();
    image = DatabaseImage::read(fixture.database());
  }

  void check_refused(const Entry& increment) {
    const std::string snapshot = snapshot_of(increment);
    const auto attempt = [&] {
      static_cast<void>(restored(fixture, *vault, fixture.owner(), snapshot));
    };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CHECK(message_of(attempt).find(snapshot) != std::string::npos);
    const AuditReport report = audited(fixture, *vault);
    CHECK(row_of(report, snapshot).findings == std::vector<std::string>{"parent"});
  }
};

}  // namespace

TEST_CASE(
    "an increment on a sound parent restores, so that the attacks on increments fail for their "
    "parent") {
  Chained scene;
  const Entry full = Forgery(scene.credential, scene.image).put(*scene.vault, scene.credential);
  const Entry increment =
      increment_on(scene.credential, scene.image, full).put(*scene.vault, scene.credential);
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), snapshot_of(increment)) ==
        dump_database(scene.fixture.database()));
  CHECK_FALSE(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()).has_errors());
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: increment under another "
    "source's parent") {
  Chained scene;
  const Entry full = Forgery(scene.credential, scene.image).put(*scene.vault, scene.credential);
  Forgery forgery = increment_on(scene.credential, scene.image, full);
  forgery.header.source = Bytes16{0xf1};
  scene.check_refused(forgery.put(*scene.vault, scene.credential));
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: increment under a parent of "
    "another policy") {
  Chained scene;
  const Entry before = Forgery(scene.credential, scene.image).put(*scene.vault, scene.credential);
  // The forged full is published for good, so that the real device's next entry follows it.
  for (const auto& [name, object] : scene.vault->snapshot()) {
    LocalStorage to = LocalStorage::open(scene.fixture.vault_folder());
    static_cast<void>(put_object(to, name, object.content));
  }
  scene.fixture.set_policy(1, {"alice"});
  static_cast<void>(scene.fixture.back_up());
  scene.reload();
  Forgery forgery = increment_on(scene.credential, scene.image, before);
  forgery.header.source = before.as<BackupPayload>()->source;
  scene.check_refused(forgery.put(*scene.vault, scene.credential));
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: increment under another "
    "device's parent") {
  Chained scene;
  static_cast<void>(add_device(scene.fixture.run("phone"), "phone", scene.fixture.owner()));
  scene.reload();
  const Entry full = Forgery(scene.credential, scene.image).put(*scene.vault, scene.credential);
  Credential phone = scene.fixture.credential("phone");
  Forgery forgery = increment_on(phone, scene.image, full);
  scene.check_refused(forgery.put(*scene.vault, phone));
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: increment under a parent that "
    "exists nowhere") {
  Chained scene;
  Entry nowhere = Forgery(scene.credential, scene.image).put(*scene.vault, scene.credential);
  nowhere.id = Bytes32{0xee};
  scene.check_refused(
      increment_on(scene.credential, scene.image, nowhere).put(*scene.vault, scene.credential));
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: increment whose manifest names "
    "another parent's pages") {
  Chained scene;
  const Entry full = Forgery(scene.credential, scene.image).put(*scene.vault, scene.credential);
  Forgery forgery = increment_on(scene.credential, scene.image, full);
  forgery.manifest.parent_page_root = Bytes32{1};
  const Entry increment = forgery.put(*scene.vault, scene.credential);
  const auto attempt = [&] {
    static_cast<void>(
        restored(scene.fixture, *scene.vault, scene.fixture.owner(), snapshot_of(increment)));
  };
  CHECK(kind_of(attempt) == ErrorKind::corrupt);
  CHECK(message_of(attempt).find("parent page root") != std::string::npos);
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: header and manifest disagree "
    "on being an increment") {
  Chained scene;
  const Entry full = Forgery(scene.credential, scene.image).put(*scene.vault, scene.credential);
  Forgery forgery(scene.credential, scene.image);
  SUBCASE("a full with a parent") { forgery.header.parent = full.id; }
  SUBCASE("an increment without one") {
    forgery = increment_on(scene.credential, scene.image, full);
    forgery.header.parent = Bytes32{};
  }
  const Entry forged = forgery.put(*scene.vault, scene.credential);
  const auto attempt = [&] {
    static_cast<void>(
        restored(scene.fixture, *scene.vault, scene.fixture.owner(), snapshot_of(forged)));
  };
  CHECK(kind_of(attempt) == ErrorKind::corrupt);
  CHECK(message_of(attempt).find("disagree") != std::string::npos);
}

}  // namespace valise::test
