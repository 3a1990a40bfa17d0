// Attacks that put sound objects in the wrong places.

#include <doctest/doctest.h>

#include "ops/attack_forgery.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

/// Two fulls of equal shape: every length of one fits the other.
struct Twins {
  VaultFixture fixture;
  std::string a;
  std::string b;
  std::string content;
  std::unique_ptr<MemoryStorage> vault;

  Twins() {
    std::filesystem::copy_file(fixture.database("a.db"), fixture.folder() / "b.db");
    a = fixture.back_up("a.db").snapshot;
    b = fixture.back_up("b.db").snapshot;
    content = dump_database(fixture.database("a.db"));
    vault = fixture.in_memory();
    REQUIRE(vault->size(container_of(a)) == vault->size(container_of(b)));
  }

  void check_refused(const std::string& snapshot) {
    CAPTURE(snapshot);
    const auto attempt = [&] {
      static_cast<void>(restored(fixture, *vault, fixture.owner(), snapshot));
    };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CHECK(message_of(attempt).find(container_of(snapshot)) != std::string::npos);
    CHECK(damaged_objects(scrubbed(fixture, *vault)).contains(container_of(snapshot)));
  }
};

}  // namespace

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: two containers under each "
    "other's names") {
  Twins scene;
  const Bytes a = scene.vault->content(container_of(scene.a));
  scene.vault->overwrite(container_of(scene.a), scene.vault->content(container_of(scene.b)));
  scene.vault->overwrite(container_of(scene.b), a);
  scene.check_refused(scene.a);
  scene.check_refused(scene.b);
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, scene.a).findings == std::vector<std::string>{"damaged"});
  CHECK(row_of(report, scene.b).findings == std::vector<std::string>{"damaged"});
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: renamed container") {
  Twins scene;
  const std::string elsewhere(32, 'e');
  scene.vault->overwrite(container_of(elsewhere), scene.vault->content(container_of(scene.a)));
  scene.vault->remove(container_of(scene.a));
  const std::set<std::string> found = damaged_objects(scrubbed(scene.fixture, *scene.vault));
  CHECK(found == std::set<std::string>{container_of(elsewhere), container_of(scene.a)});
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"missing"});
  CHECK(kind_of([&] {
          static_cast<void>(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.a));
        }) == ErrorKind::corrupt);
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.b) == scene.content);
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: two entries under each other's "
    "names") {
  Twins scene;
  const Bytes32 device = scene.fixture.credential().signing_key().public_key();
  const Bytes first = scene.vault->content(entry_object(device, 1));
  scene.vault->overwrite(entry_object(device, 1), scene.vault->content(entry_object(device, 2)));
  scene.vault->overwrite(entry_object(device, 2), first);
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"foreign"});
  const std::set<std::string> found = damaged_objects(scrubbed(scene.fixture, *scene.vault));
  CHECK(found.contains(entry_object(device, 1)));
  CHECK(found.contains(entry_object(device, 2)));
  CHECK(kind_of([&] {
          static_cast<void>(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.a));
        }) == ErrorKind::not_found);
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: manifest or data of A under "
    "entry B") {
  Twins scene;
  const ContainerParts a = container_parts(*scene.vault, scene.a);
  const ContainerParts b = container_parts(*scene.vault, scene.b);
  REQUIRE(a.manifest.size() == b.manifest.size());
  REQUIRE(a.data.size() == b.data.size());
  SUBCASE("the manifest") {
    ContainerParts mixed = b;
    mixed.manifest = a.manifest;
    put_backup(*scene.vault, mixed);
  }
  SUBCASE("the data") {
    ContainerParts mixed = b;
    mixed.data = a.data;
    put_backup(*scene.vault, mixed);
  }
  SUBCASE("both") {
    ContainerParts mixed = a;
    mixed.entry = b.entry;
    put_backup(*scene.vault, mixed);
  }
  scene.check_refused(scene.b);
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.a) == scene.content);
  const AuditReport deep = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
  CHECK(row_of(deep, scene.b).findings == std::vector<std::string>{"open"});
  CHECK(row_of(deep, scene.a).findings.empty());
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: manifest and data of A under "
    "entry B, signed anew") {
  Twins scene;
  const ContainerParts a = container_parts(*scene.vault, scene.a);
  ContainerParts mixed = container_parts(*scene.vault, scene.b);
  mixed.data = a.data;
  mixed.manifest = a.manifest;
  BackupPayload payload = mixed.backup();
  payload.data_hash = a.backup().data_hash;
  payload.manifest_id = a.backup().manifest_id;
  mixed.entry = resigned(mixed.entry, payload, scene.fixture.credential().signing_key());
  put_backup(*scene.vault, mixed);
  INFO("every hash fits, so only the keys can tell");
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);
  CHECK(error_codes(audited(scene.fixture, *scene.vault)).empty());
  CHECK(kind_of([&] {
          static_cast<void>(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.b));
        }) == ErrorKind::corrupt);
  CHECK(error_codes(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner())) ==
        std::set<std::string>{"open"});
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: refs of A under entry B") {
  Twins scene;
  const Bytes32 pack_a{0xaa};
  const Bytes32 pack_b{0xbb};
  ContainerParts parts = container_parts(*scene.vault, scene.b);
  BackupPayload payload = parts.backup();
  payload.media_count = 1;
  parts.refs.assign(pack_b.begin(), pack_b.end());
  payload.refs_hash = refs_hash(parts.refs);
  parts.entry = resigned(parts.entry, payload, scene.fixture.credential().signing_key());
  put_backup(*scene.vault, parts);
  CHECK_FALSE(
      damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(container_of(scene.b)));
  parts.refs.assign(pack_a.begin(), pack_a.end());
  scene.vault->overwrite(container_of(scene.b), parts.joined());
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(container_of(scene.b)));
  INFO("one ref less than the entry says, and one more");
  parts.refs.clear();
  for (int count = 0; count < 3; count += 2) {
    for (int i = 0; i < count; ++i) append(parts.refs, i == 0 ? pack_a : pack_b);
    scene.vault->overwrite(container_of(scene.b), parts.joined());
    CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"damaged"});
    CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(container_of(scene.b)));
  }
}

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: objects "
    "of another vault") {
  Twins scene;
  VaultFixture foreign;
  const std::string theirs = foreign.back_up("a.db").snapshot;
  const auto their_vault = foreign.in_memory();
  SUBCASE("a container") {
    scene.vault->overwrite(container_of(theirs), their_vault->content(container_of(theirs)));
    CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)) ==
          std::set<std::string>{container_of(theirs)});
  }
  SUBCASE("a device's log") {
    const Bytes32 device = foreign.credential().signing_key().public_key();
    scene.vault->overwrite(entry_object(device, 1), their_vault->content(entry_object(device, 1)));
    CHECK(error_codes(audited(scene.fixture, *scene.vault)) ==
          std::set<std::string>{"uncertified"});
  }
  SUBCASE("an entry of the owner, in the owner's own log") {
    const Bytes32 owner = scene.fixture.owner_keys().sign_pk();
    const Bytes32 other = foreign.owner_keys().sign_pk();
    scene.vault->overwrite(entry_object(owner, 3), their_vault->content(entry_object(other, 1)));
    CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"foreign"});
    scene.fixture.warnings.clear();
    CHECK_NOTHROW(static_cast<void>(restored(scene.fixture, *scene.vault, scene.fixture.owner())));
    REQUIRE_FALSE(scene.fixture.warnings.empty());
    CHECK(scene.fixture.warnings[0].find(entry_object(owner, 3)) == 0);
    CHECK(kind_of([&] { static_cast<void>(scene.fixture.back_up_to(*scene.vault, "a.db")); }) ==
          ErrorKind::corrupt);
  }
  SUBCASE("an entry for another vault, signed by this vault's own device") {
    Credential credential = scene.fixture.credential();
    const ContainerParts parts = container_parts(*scene.vault, scene.b);
    EntryHeader header = parts.entry.header;
    header.vault_id = foreign.vault_id();
    ContainerParts moved = parts;
    moved.entry = sign_entry(header, parts.backup(), credential.signing_key());
    put_backup(*scene.vault, moved);
    CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"foreign"});
    CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(container_of(scene.b)));
    CHECK(kind_of([&] {
            static_cast<void>(
                restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.b));
          }) == ErrorKind::not_found);
  }
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: one bid twice") {
  Twins scene;
  Credential credential = scene.fixture.credential();
  const ContainerParts parts = container_parts(*scene.vault, scene.a);
  EntryHeader header = parts.entry.header;
  header.seq = credential.own.seq + 1;
  header.prev = credential.own.entry_id;
  header.time += 24 * 3600;
  const Entry again = sign_entry(header, parts.backup(), credential.signing_key());
  put_entry(*scene.vault, again);
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(error_codes(report).contains("duplicate"));
  unsigned rows = 0;
  for (const AuditedBackup& backup : report.backups) {
    if (backup.snapshot != scene.a) continue;
    ++rows;
    CHECK(std::count(backup.findings.begin(), backup.findings.end(), "duplicate") == 1);
  }
  CHECK(rows == 2);
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.b) == scene.content);
}

}  // namespace valise::test
