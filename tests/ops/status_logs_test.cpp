// What a status says where the vault is not what this device remembers of it.

#include <doctest/doctest.h>

#include "base/files.hpp"
#include "ops/attack_forgery.hpp"
#include "support/shared.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// Two nights of the laptop, and what stands in its log.
struct RememberedScene {
  VaultFixture fixture;
  std::vector<BackupSummary> nights;

  RememberedScene() {
    for (int i = 0; i < 2; ++i) {
      nights.push_back(fixture.back_up());
      fixture.change_database();
    }
    REQUIRE_FALSE(nights[1].full);
    REQUIRE(now().ok());
  }
  [[nodiscard]] StatusReport now() { return status(fixture.run(), {}); }
  [[nodiscard]] fs::path own(std::uint64_t seq) {
    return fixture.vault_folder() /
           entry_object(fixture.credential().signing_key().public_key(), seq);
  }
  [[nodiscard]] fs::path owners(std::uint64_t seq) {
    return fixture.vault_folder() / entry_object(fixture.credential().root_pk, seq);
  }
  void put(const fs::path& path, ByteSpan bytes) {
    static_cast<void>(write_file(path, bytes, 0600, Existing::replace));
  }
  void says(const fs::path& object, const std::string& words) {
    const StatusReport report = now();
    CHECK_FALSE(report.ok());
    REQUIRE(report.log_problems.size() == 1);
    const std::string& problem = report.log_problems[0];
    CAPTURE(problem);
    CHECK(problem.starts_with(fs::relative(object, fixture.vault_folder()).string()));
    CHECK(problem.find(words) != std::string::npos);
  }
};

}  // namespace

TEST_CASE("a status sees that this device's own log lacks what it signed") {
  RememberedScene scene;
  const fs::path last = scene.own(2);
  SUBCASE("its last entry is gone") {
    fs::remove(last);
    scene.says(last, "copy of the vault");
  }
  SUBCASE("junk stands in its place") {
    scene.put(last, bytes_of("junk"));
    scene.says(last, "scrub --quarantine");
  }
  SUBCASE("junk stands after it, and stops the next backup") {
    scene.put(scene.own(3), bytes_of("junk"));
    scene.says(scene.own(3), "scrub --quarantine");
  }
  SUBCASE("another entry of its own stands there") {
    Credential credential = scene.fixture.credential();
    PrunePayload payload;
    payload.bids = {Bytes16{1}};
    const Entry kept = parse_entry(read_all(last), "the entry");
    scene.put(last, sign_entry(kept.header, payload, credential.signing_key()).bytes);
    scene.says(last, "not the entry that this device signed");
  }
}

TEST_CASE("a status sees that the owner's log is not what this device remembers") {
  RememberedScene scene;
  scene.fixture.set_policy(1, {"alice"});
  static_cast<void>(scene.fixture.back_up());
  REQUIRE(scene.now().ok());
  const std::uint64_t end = scene.fixture.credential().root.seq;
  SUBCASE("it was cut") {
    fs::remove(scene.owners(end));
    CHECK_FALSE(scene.now().ok());
    CHECK(scene.now().log_problems.at(0).find("may be missing") != std::string::npos);
  }
  SUBCASE("its end was damaged") {
    Bytes bytes = read_all(scene.owners(end));
    bytes.at(150) ^= 1;
    scene.put(scene.owners(end), bytes);
    CHECK(scene.now().log_problems.size() == 2);
  }
  SUBCASE("junk stands after it, and stops the next backup") {
    scene.put(scene.owners(end + 1), bytes_of("junk"));
    scene.says(scene.owners(end + 1), "scrub --quarantine");
  }
}

TEST_CASE("a container of the same size by another key is damage, and the next night is a full") {
  RememberedScene scene;
  const auto vault = scene.fixture.in_memory();
  const std::string id = scene.nights[0].snapshot;
  ContainerParts parts = container_parts(*vault, id);
  const fs::path place = scene.fixture.vault_folder() / container_of(id);
  const Bytes sound = read_all(place);
  parts.entry = resigned(parts.entry, parts.backup(), SigningKey::generate());
  const Bytes other = parts.joined();
  REQUIRE(other.size() == sound.size());
  scene.put(place, other);
  const StatusReport report = scene.now();
  CHECK(report.sources.at(0).present);
  CHECK(report.sources.at(0).damaged);
  CHECK_FALSE(report.ok());
  bool full = true;
  SUBCASE("while it stands there") {}
  SUBCASE("but not once it was put back") {
    scene.put(place, sound);
    CHECK(scene.now().ok());
    full = false;
  }
  const BackupSummary next = scene.fixture.back_up();
  CHECK(next.full == full);
  CHECK(scene.now().ok());
}

}  // namespace valise::test
