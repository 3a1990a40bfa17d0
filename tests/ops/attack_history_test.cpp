// Attacks on the order and the completeness of logs.

#include <doctest/doctest.h>

#include <fstream>

#include "base/hex.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/audit.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

/// Three backups of one source, and a checkpoint that an auditor took after them.
struct History {
  VaultFixture fixture;
  std::vector<std::string> snapshots;
  std::unique_ptr<MemoryStorage> vault;
  Bytes32 device{};
  std::filesystem::path checkpoint;

  History() {
    for (int night = 0; night < 3; ++night) {
      snapshots.push_back(fixture.back_up().snapshot);
      fixture.change_database();
    }
    vault = fixture.in_memory();
    device = fixture.credential().signing_key().public_key();
    checkpoint = fixture.folder() / "checkpoint";
    write_checkpoint();
  }

  void write_checkpoint() {
    std::ofstream out(checkpoint);
    out << "# a report may be given back whole\n";
    for (const CheckpointLine& line : audited(fixture, *vault).checkpoint) {
      out << line.signer << " " << line.seq << " " << line.entry_id << "\n";
    }
  }

  [[nodiscard]] std::set<std::string> codes_for_holder() {
    AuditOptions options;
    options.checkpoint = checkpoint;
    return error_codes(audit_in(*vault, fixture.run("auditor"), options, {}));
  }
  [[nodiscard]] std::set<std::string> codes_for_stranger() {
    return error_codes(audited(fixture, *vault));
  }
  [[nodiscard]] std::set<std::string> codes_for_device() {
    return error_codes(audited(fixture, *vault, "laptop"));
  }

  void check_both_shown(const AuditReport& report, const Entry& one, const Entry& other) {
    INFO("both branches are shown");
    const std::vector<std::string> said = error_messages(report);
    REQUIRE(said.size() == 1);
    CHECK(said[0].find(hex(one.id)) != std::string::npos);
    CHECK(said[0].find(hex(other.id)) != std::string::npos);
  }

  /// Takes the newest backup away, entry and container.
  void cut_newest(std::uint64_t seq) {
    vault->remove(entry_object(device, seq));
    vault->remove(container_of(snapshots.at(seq - 1)));
  }
};

const std::set<std::string> kNothing;

}  // namespace

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a gap in a "
    "device's log") {
  History scene;
  CHECK(scene.codes_for_holder() == kNothing);
  scene.vault->remove(entry_object(scene.device, 2));
  // The third backup builds on the one whose entry is gone, and so names its container's.
  CHECK(scene.codes_for_stranger() == std::set<std::string>{"gap", "parent", "unlogged"});
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault))
            .contains(entry_object(scene.device, 3)));
  CHECK(kind_of([&] {
          static_cast<void>(
              restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.snapshots[2]));
        }) == ErrorKind::corrupt);
  CHECK_NOTHROW(static_cast<void>(
      restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.snapshots[0])));
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a gap in the "
    "owner's log") {
  History scene;
  scene.fixture.set_policy(1, {"alice"});
  scene.vault = scene.fixture.in_memory();
  scene.vault->remove(entry_object(scene.fixture.owner_keys().sign_pk(), 2));
  CHECK(scene.codes_for_stranger().contains("gap"));
  CHECK(kind_of([&] {
          static_cast<void>(restored(scene.fixture, *scene.vault, scene.fixture.owner()));
        }) == ErrorKind::corrupt);
  CHECK(kind_of([&] { static_cast<void>(scene.fixture.back_up_to(*scene.vault)); }) ==
        ErrorKind::corrupt);
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a wrong prev") {
  History scene;
  const ContainerParts parts = container_parts(*scene.vault, scene.snapshots[2]);
  EntryHeader header = parts.entry.header;
  SUBCASE("an invented one") { header.prev = Bytes32{7}; }
  SUBCASE("none") { header.prev = Bytes32{}; }
  SUBCASE("the one before the last") {
    header.prev = container_parts(*scene.vault, scene.snapshots[0]).entry.id;
  }
  ContainerParts changed = parts;
  changed.entry = sign_entry(header, parts.backup(), scene.fixture.credential().signing_key());
  put_backup(*scene.vault, changed);
  CHECK(scene.codes_for_stranger() == std::set<std::string>{"prev"});
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a fork, for "
    "those who remember the other branch") {
  History scene;
  const ContainerParts parts = container_parts(*scene.vault, scene.snapshots[2]);
  EntryHeader header = parts.entry.header;
  header.time += 1;
  ContainerParts other = parts;
  other.entry = sign_entry(header, parts.backup(), scene.fixture.credential().signing_key());
  put_backup(*scene.vault, other);
  CHECK(scene.codes_for_stranger() == kNothing);
  CHECK(scene.codes_for_holder() == std::set<std::string>{"fork"});
  AuditOptions options;
  options.checkpoint = scene.checkpoint;
  scene.check_both_shown(audit_in(*scene.vault, scene.fixture.run("auditor"), options, {}),
                         parts.entry, other.entry);
  scene.check_both_shown(audited(scene.fixture, *scene.vault, "laptop"), parts.entry, other.entry);
  CHECK(scene.codes_for_device() == std::set<std::string>{"fork"});
  INFO("the device does not write onto a branch that is not its own");
  CHECK(kind_of([&] { static_cast<void>(scene.fixture.back_up_to(*scene.vault)); }) ==
        ErrorKind::corrupt);
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a fork, for a "
    "new device against the newest policy") {
  History scene;
  const ContainerParts parts = container_parts(*scene.vault, scene.snapshots[2]);
  scene.fixture.set_policy(1, {"alice"});
  scene.vault = scene.fixture.in_memory();
  EntryHeader header = parts.entry.header;
  header.time += 1;
  ContainerParts other = parts;
  other.entry = sign_entry(header, parts.backup(), scene.fixture.credential().signing_key());
  put_backup(*scene.vault, other);
  CHECK(scene.codes_for_stranger() == std::set<std::string>{"fork"});
  scene.check_both_shown(audited(scene.fixture, *scene.vault), parts.entry, other.entry);
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: two entries "
    "with one seq, one in the log and one in the container") {
  History scene;
  const ContainerParts parts = container_parts(*scene.vault, scene.snapshots[2]);
  EntryHeader header = parts.entry.header;
  header.time += 1;
  const Entry other = sign_entry(header, parts.backup(), scene.fixture.credential().signing_key());
  put_entry(*scene.vault, other);
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, scene.snapshots[2]).findings == std::vector<std::string>{"fork"});
  scene.check_both_shown(report, parts.entry, other);
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault))
            .contains(container_of(scene.snapshots[2])));
  CHECK(kind_of([&] {
          static_cast<void>(
              restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.snapshots[2]));
        }) == ErrorKind::corrupt);
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a rollback, for "
    "those who remember") {
  History scene;
  scene.cut_newest(3);
  INFO("who remembers nothing cannot know");
  CHECK(scene.codes_for_stranger() == kNothing);
  CHECK(scene.codes_for_holder() == std::set<std::string>{"rollback"});
  CHECK(scene.codes_for_device() == std::set<std::string>{"rollback"});

  INFO("the device backs up all the same, as a full, and says so");
  const BackupReport report = scene.fixture.back_up_to(*scene.vault);
  CHECK(report.rolled_back);
  CHECK(report.sources.at(0).full);
  CHECK(report.sources.at(0).why_full.find("older") != std::string::npos);
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner()) ==
        dump_database(scene.fixture.database()));
  INFO("and the hole can be seen by everybody from now on");
  CHECK(scene.codes_for_stranger() == std::set<std::string>{"gap"});

  scene.fixture.change_database();
  const BackupReport next = scene.fixture.back_up_to(*scene.vault);
  CHECK_FALSE(next.rolled_back);
  CHECK_FALSE(next.sources.at(0).full);
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: after a "
    "rollback every source backs up") {
  VaultFixture fixture;
  fixture.back_up("a.db");
  const auto before = fixture.in_memory();
  fixture.back_up("b.db");
  const auto vault = fixture.in_memory();
  vault->reset_to(before->snapshot());
  CHECK(fixture.back_up_to(*vault, "a.db").rolled_back);
  const BackupReport report = fixture.back_up_to(*vault, "b.db");
  CHECK(report.sources.at(0).full);
  CHECK_FALSE(report.sources.at(0).why_full.empty());
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a rollback of a "
    "whole vault, for its device") {
  History scene;
  scene.fixture.set_policy(1, {"alice"});
  static_cast<void>(scene.fixture.back_up());
  INFO("the owner's log is older too");
  CHECK(scene.codes_for_device() == std::set<std::string>{"rollback"});
  const BackupReport report = scene.fixture.back_up_to(*scene.vault);
  CHECK(report.rolled_back);
  CHECK(report.sources.at(0).full);
  INFO("the policy that the device has seen stays in force");
  CHECK(report.sources.at(0).policy == "escrow");
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a rollback, for "
    "a new device against the newest policy") {
  History scene;
  scene.fixture.set_policy(1, {"alice"});
  scene.vault = scene.fixture.in_memory();
  CHECK(scene.codes_for_stranger() == kNothing);
  scene.cut_newest(3);
  CHECK(scene.codes_for_stranger() == std::set<std::string>{"rollback"});
}

TEST_CASE(
    "attack: gap, wrong prev, two entries with one seq; log cut to an older state: a rollback to "
    "nothing, against the newest policy") {
  History scene;
  scene.fixture.set_policy(1, {"alice"});
  scene.vault = scene.fixture.in_memory();
  for (std::uint64_t seq = 1; seq <= 3; ++seq) scene.cut_newest(seq);
  CHECK(scene.codes_for_stranger() == std::set<std::string>{"rollback"});
  CHECK(scene.codes_for_holder() == std::set<std::string>{"rollback"});
}

TEST_CASE("a container taken away is missing, and the log still names it") {
  History scene;
  scene.vault->remove(container_of(scene.snapshots[1]));
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, scene.snapshots[1]).findings == std::vector<std::string>{"missing"});
  CHECK_FALSE(row_of(report, scene.snapshots[1]).present);
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)) ==
        std::set<std::string>{container_of(scene.snapshots[1])});
  const auto attempt = [&] {
    static_cast<void>(
        restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.snapshots[2]));
  };
  CHECK(kind_of(attempt) == ErrorKind::corrupt);
  CHECK(message_of(attempt).find(container_of(scene.snapshots[1])) != std::string::npos);
  CHECK_NOTHROW(static_cast<void>(
      restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.snapshots[0])));
}

}  // namespace valise::test
