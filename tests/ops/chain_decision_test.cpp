#include "ops/chain_decision.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "base/hex.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/backup.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"
#include "vault/snapshot_index.hpp"

namespace valise::test {
namespace {

/// Two nights of one source: the third continues the chain, unless something speaks against it.
struct Nights {
  VaultFixture fixture;
  BackupSummary full;
  BackupSummary increment;

  Nights() {
    full = fixture.back_up();
    fixture.change_database();
    increment = fixture.back_up();
    fixture.change_database();
  }

  [[nodiscard]] std::filesystem::path container(const BackupSummary& backup) const {
    return fixture.vault_folder() / container_of(backup.snapshot);
  }
  [[nodiscard]] std::filesystem::path state_file() {
    return fixture.run().places.state_dir / hex(fixture.vault_id()) / "state.db";
  }

  void check_full(std::string_view why) {
    const BackupSummary summary = fixture.back_up();
    CAPTURE(summary.why_full);
    CHECK(summary.full);
    CHECK(summary.why_full.find(why) != std::string::npos);
    CHECK(summary.why_full.find('\n') == std::string::npos);
    INFO("and the night after it continues the new chain");
    fixture.change_database();
    const BackupSummary next = fixture.back_up();
    CAPTURE(next.why_full);
    CHECK_FALSE(next.full);
    CHECK(next.why_full.empty());
  }
};

}  // namespace

TEST_CASE("a chain goes on when nothing speaks against it") {
  Nights nights;
  CHECK(nights.full.full);
  CHECK(nights.full.why_full.find("nothing is known") != std::string::npos);
  CHECK_FALSE(nights.increment.full);
  CHECK(nights.increment.why_full.empty());
  CHECK_FALSE(nights.fixture.back_up().full);
}

TEST_CASE("a new chain starts when it is asked for") {
  Nights nights;
  const BackupSummary summary = nights.fixture.back_up("notes.db", "laptop", true);
  CHECK(summary.full);
  CHECK(summary.why_full == "asked for");
}

TEST_CASE("a new chain starts when the policy changed") {
  Nights nights;
  nights.fixture.set_policy(1, {"alice"});
  nights.check_full("policy");
}

TEST_CASE("a new chain starts when the page size changed") {
  Nights nights;
  SampleConnection(nights.fixture.database()).execute("PRAGMA page_size = 2048; VACUUM");
  nights.check_full("page size");
}

TEST_CASE("a new chain starts when more than half of the pages changed") {
  Nights nights;
  SampleConnection(nights.fixture.database()).execute("UPDATE note SET body = 'x' || id || body");
  nights.check_full("more than half");
}

TEST_CASE("a new chain starts without a state, or with one that is garbage") {
  Nights nights;
  SUBCASE("deleted") { std::filesystem::remove(nights.state_file()); }
  SUBCASE("garbage") { std::filesystem::resize_file(nights.state_file(), 100); }
  SUBCASE("empty") { std::filesystem::resize_file(nights.state_file(), 0); }
  nights.check_full("nothing is known");
}

TEST_CASE("a new chain starts when last night's pages or hashes are not what they were") {
  Nights nights;
  SUBCASE("the pages are gone") {
    for (const auto& item :
         std::filesystem::directory_iterator(nights.state_file().parent_path())) {
      if (item.path().filename().string().starts_with("pages-")) {
        std::filesystem::resize_file(item.path(), 0);
      }
    }
    nights.check_full("state was damaged");
  }
  SUBCASE("a hash row was changed") {
    SampleConnection(nights.state_file())
        .execute("UPDATE hashes SET sealed = zeroblob(length(sealed))");
    nights.check_full("hashes");
  }
  SUBCASE("a hash row is gone") {
    SampleConnection(nights.state_file()).execute("DELETE FROM hashes");
    nights.check_full("hashes");
  }
  SUBCASE("another root") {
    SampleConnection(nights.state_file()).execute("UPDATE source SET page_root = zeroblob(32)");
    nights.check_full("hashes");
  }
}

TEST_CASE("a new chain starts when the state is older than the vault") {
  Nights nights;
  const std::filesystem::path folder = nights.state_file().parent_path();
  const std::filesystem::path kept = nights.fixture.folder() / "kept";
  std::filesystem::copy(folder, kept, std::filesystem::copy_options::recursive);
  nights.fixture.back_up();
  nights.fixture.change_database();
  std::filesystem::remove_all(folder);
  std::filesystem::copy(kept, folder, std::filesystem::copy_options::recursive);
  nights.check_full("older than the vault's last backup");
}

TEST_CASE(
    "a new chain starts when the credential was restored from an older copy, the log goes on") {
  Nights nights;
  const Credential older = nights.fixture.credential();
  nights.fixture.back_up();
  nights.fixture.change_database();
  save_credential(nights.fixture.run().places.config_dir, older);
  INFO("the vault tells the device where its own log stands");
  const BackupSummary summary = nights.fixture.back_up();
  CHECK_FALSE(summary.full);
  CHECK(nights.fixture.credential().own.seq == 4);
  CHECK_FALSE(audit(nights.fixture.run(), {}).has_errors());
}

namespace {

void check_changed_container(bool of_full) {
  Nights nights;
  const std::filesystem::path path = nights.container(of_full ? nights.full : nights.increment);
  SUBCASE("missing") {
    std::filesystem::remove(path);
    nights.check_full("is missing");
  }
  SUBCASE("shorter") {
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
    nights.check_full("size");
  }
  SUBCASE("found damaged by a scrub") {
    // A bit in the middle: the size is as it was, and only a scrub can know.
    Bytes bytes = read_all(path);
    bytes.at(20) ^= 1;
    std::ofstream(path, std::ios::binary) << text_of(bytes);
    CHECK(scrub(nights.fixture.run(), {}).errors == 1);
    nights.check_full("damaged by a scrub");
  }
}

}  // namespace

TEST_CASE("a new chain starts when a container of the chain is not what was written") {
  SUBCASE("the full") { check_changed_container(true); }
  SUBCASE("the increment") { check_changed_container(false); }
}

TEST_CASE("a scrub that finds the container sound again lets the chain go on") {
  Nights nights;
  const std::filesystem::path path = nights.container(nights.increment);
  const std::filesystem::path aside = nights.fixture.folder() / "aside";
  std::filesystem::rename(path, aside);
  CHECK(scrub(nights.fixture.run(), {}).errors == 1);
  std::filesystem::rename(aside, path);
  CHECK(scrub(nights.fixture.run(), {}).errors == 0);
  CHECK_FALSE(nights.fixture.back_up().full);
}

TEST_CASE("a new chain starts when the log of this device has a hole") {
  Nights nights;
  // Another source's entry after the one that is gone, so that the log seems to be up to date.
  nights.fixture.back_up("other.db");
  const Bytes32 device = nights.fixture.credential().signing_key().public_key();
  std::filesystem::remove(nights.fixture.vault_folder() / entry_object(device, 2));
  nights.check_full("log is damaged");
}

namespace {

void check_changed_entry(std::uint64_t seq) {
  Nights nights;
  // A third one, so that neither of the first two is the entry that the device looks at anyway.
  nights.fixture.back_up();
  nights.fixture.change_database();
  const Bytes32 device = nights.fixture.credential().signing_key().public_key();
  const std::filesystem::path path = nights.fixture.vault_folder() / entry_object(device, seq);
  SUBCASE("missing") { std::filesystem::remove(path); }
  SUBCASE("cut") { std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2); }
  SUBCASE("longer than any entry") { std::filesystem::resize_file(path, 200'000); }
  SUBCASE("a byte changed") {
    Bytes bytes = read_all(path);
    bytes.at(bytes.size() / 2) ^= 1;
    std::ofstream(path, std::ios::binary) << text_of(bytes);
  }
  std::string_view why = "log is damaged";
  SUBCASE("another entry of the same device") {
    const Credential credential = nights.fixture.credential();
    const Entry sound = parse_entry(read_all(path), "sound");
    EntryHeader header = sound.header;
    ++header.time;
    const Entry other = sign_entry(header, *sound.as<BackupPayload>(), credential.signing_key());
    std::ofstream(path, std::ios::binary) << text_of(other.bytes);
    why = "is not the entry that this device wrote";
  }
  nights.check_full(why);
  INFO("what was made after it restores");
  const auto vault = nights.fixture.in_memory();
  CHECK(restored(nights.fixture, *vault, nights.fixture.owner()) ==
        dump_database(nights.fixture.database()));
}

}  // namespace

TEST_CASE("a new chain starts when an entry of the chain is not what was written") {
  SUBCASE("the full's") { check_changed_entry(1); }
  SUBCASE("the increment's") { check_changed_entry(2); }
}

TEST_CASE("a new chain starts when the chain is as long as it may be, or too large") {
  Nights nights;
  SampleConnection state(nights.state_file());
  SUBCASE("128 containers") {
    state.execute(
        "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 127) "
        "INSERT INTO chain SELECT source, i, randomblob(16), randomblob(32), 1, 0 "
        "FROM source, n");
    nights.check_full("128 containers");
  }
  SUBCASE("increments over half of the full") {
    state.execute(
        "UPDATE chain SET bytes = (SELECT bytes FROM chain WHERE position = 0) / 2 + 1 "
        "WHERE position = 1");
    nights.check_full("half as large");
  }
}

TEST_CASE("chains of two sources of one device go on beside each other") {
  VaultFixture fixture;
  for (int night = 0; night < 3; ++night) {
    for (const char* name : {"a.db", "b.db"}) {
      CAPTURE(night);
      CHECK(fixture.back_up(name).full == (night == 0));
      fixture.change_database(name);
    }
  }
}

TEST_CASE("a dry run tells what would be done and does nothing") {
  Nights nights;
  BackupOptions options;
  options.dry_run = true;
  const auto before = nights.fixture.in_memory()->snapshot();
  const BackupReport report = backup(nights.fixture.run(), options);
  CHECK(report.sources.at(0).dry_run);
  CHECK_FALSE(report.sources.at(0).full);
  CHECK(report.sources.at(0).pages_changed > 0);
  CHECK(nights.fixture.in_memory()->snapshot().size() == before.size());
  nights.fixture.set_policy(1, {"alice"});
  CHECK(backup(nights.fixture.run(), options).sources.at(0).why_full.find("policy") !=
        std::string::npos);
}

}  // namespace valise::test
