// What somebody who can write to the storage puts among the entries of a log.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/test_files.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// A vault under e2ee with two nights of the laptop: entries 1 and 2 of both logs.
struct JunkScene {
  VaultFixture fixture;
  std::string first;
  std::string second;
  Bytes32 root;
  Bytes32 self;

  JunkScene() {
    first = fixture.back_up().snapshot;
    fixture.change_database();
    second = fixture.back_up().snapshot;
    root = fixture.owner_keys().sign_pk();
    self = fixture.credential().signing_key().public_key();
    fixture.warnings.clear();
  }
  [[nodiscard]] fs::path path(const ObjectName& name) const {
    return fixture.vault_folder() / name;
  }
  void put(const ObjectName& name, ByteSpan content) {
    static_cast<void>(write_file(path(name), content, 0600, Existing::replace));
  }
  [[nodiscard]] bool warned_of(const std::string& text) const {
    return std::any_of(
        fixture.warnings.begin(), fixture.warnings.end(),
        [&](const std::string& warning) { return warning.find(text) != std::string::npos; });
  }

  template <typename Work>
  void goes_on_and_warns(const ObjectName& junk, Work&& work) {
    fixture.warnings.clear();
    CHECK_NOTHROW(work());
    CHECK(warned_of(junk));
    CHECK(warned_of("scrub --quarantine"));
  }
  template <typename Work>
  void stops_and_tells(const ObjectName& junk, Work&& work) {
    CHECK(kind_of(work) == ErrorKind::corrupt);
    CAPTURE(message_of(work));
    CHECK(message_of(work).find(junk) != std::string::npos);
    CHECK(message_of(work).find("scrub --quarantine") != std::string::npos);
  }

  void readers_go_on(const ObjectName& junk) {
    const Run reader = fixture.run("reader");
    goes_on_and_warns(junk, [&] { CHECK(list_snapshots(reader, {}).size() == 2); });
    goes_on_and_warns(junk, [&] {
      RestoreOptions options;
      options.snapshot = first;
      options.to = fixture.new_folder();
      static_cast<void>(restore(reader, options, fixture.owner()));
    });
    goes_on_and_warns(junk, [&] {
      VerifyOptions options;
      options.all = true;
      CHECK(verify(reader, options, fixture.owner()).failed == 0);
    });
    goes_on_and_warns(junk, [&] { CHECK(list_devices(reader).size() == 1); });
  }
  [[nodiscard]] auto backing_up() {
    return [this] {
      fixture.change_database();
      static_cast<void>(fixture.back_up());
    };
  }
  [[nodiscard]] auto pruning() {
    return [this] {
      PruneOptions options;
      options.keep.last = 100;
      static_cast<void>(prune(fixture.run(), options, {}, [](const PruneReport&) {}));
    };
  }
  [[nodiscard]] auto revoking() {
    return [this] {
      static_cast<void>(revoke_device(fixture.run(), {"laptop", ""}, fixture.owner(),
                                      [](const RevocationPlan&) { return true; }));
    };
  }
  [[nodiscard]] auto enrolling() {
    return
        [this] { static_cast<void>(add_device(fixture.run("phone"), "phone", fixture.owner())); };
  }
  /// Scrubs with --quarantine; the objects that it moved.
  std::set<std::string> moved() {
    std::set<std::string> objects;
    for (const ScrubFinding& finding : scrub(fixture.run(), {.quarantine = true}).findings) {
      if (finding.quarantined) objects.insert(finding.object);
    }
    return objects;
  }
};

}  // namespace

TEST_CASE("junk in the owner's log stops no reader, stops who signs, and is moved by a scrub") {
  JunkScene scene;
  ObjectName junk = entry_object(scene.root, 3);
  SUBCASE("words") { scene.put(junk, bytes_of("junk")); }
  SUBCASE("the highest number") {
    junk = entry_object(scene.root, kEntrySeqMax);
    scene.put(junk, bytes_of("junk"));
  }
  SUBCASE("an old entry under another number") {
    scene.put(junk, read_all(scene.path(entry_object(scene.root, 1))));
  }
  SUBCASE("an entry of another signer") {
    scene.put(junk, read_all(scene.path(entry_object(scene.self, 1))));
  }
  SUBCASE("nothing") { scene.put(junk, {}); }
  SUBCASE("more than an entry can be") { scene.put(junk, Bytes(200'000)); }
  scene.readers_go_on(junk);
  scene.goes_on_and_warns(junk, [&] { static_cast<void>(show_policy(scene.fixture.run())); });
  scene.stops_and_tells(junk, scene.backing_up());
  scene.stops_and_tells(junk, scene.pruning());
  scene.stops_and_tells(junk, [&] { scene.fixture.set_policy(0, {}); });
  scene.stops_and_tells(junk, scene.revoking());
  scene.stops_and_tells(junk, scene.enrolling());

  CHECK(scene.moved() == std::set<std::string>{junk});
  CHECK_FALSE(fs::exists(scene.path(junk)));
  CHECK(scrub(scene.fixture.run(), {}).errors == 0);
  scene.fixture.warnings.clear();
  CHECK_NOTHROW(scene.backing_up()());
  CHECK_NOTHROW(scene.pruning()());
  CHECK_NOTHROW(scene.fixture.set_policy(0, {}));
  CHECK_NOTHROW(scene.enrolling()());
  CHECK_NOTHROW(scene.revoking()());
  CHECK(scene.fixture.warnings.empty());
}

TEST_CASE("junk in a device's own log stops that device alone, until a scrub has moved it") {
  JunkScene scene;
  ObjectName junk = entry_object(scene.self, 3);
  SUBCASE("the next number") {}
  SUBCASE("further on") { junk = entry_object(scene.self, 50); }
  SUBCASE("the highest number") { junk = entry_object(scene.self, kEntrySeqMax); }
  scene.put(junk, bytes_of("junk"));
  scene.readers_go_on(junk);
  scene.stops_and_tells(junk, scene.backing_up());
  scene.stops_and_tells(junk, scene.pruning());
  CHECK_NOTHROW(scene.enrolling()());
  CHECK(scene.moved() == std::set<std::string>{junk});
  scene.fixture.warnings.clear();
  CHECK_NOTHROW(scene.backing_up()());
  CHECK_NOTHROW(scene.pruning()());
  CHECK(scene.fixture.warnings.empty());
}

TEST_CASE("an entry that the device remembers is missed as ever when a scrub has moved it") {
  JunkScene scene;
  SUBCASE("the owner's last: a policy that was damaged may not be passed over by a writer") {
    scene.fixture.set_policy(1, {"alice"});
    static_cast<void>(scene.fixture.back_up());
    const ObjectName damaged = entry_object(scene.root, 3);
    Bytes bytes = read_all(scene.path(damaged));
    bytes[150] ^= 1;
    scene.put(damaged, bytes);
    scene.stops_and_tells(damaged, scene.backing_up());
    CHECK(scene.moved() == std::set<std::string>{damaged});
    LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
    const BackupReport report = scene.fixture.back_up_to(storage);
    CHECK(report.rolled_back);
    INFO("and this device has put it back, as the owner signed it");
    bytes[150] ^= 1;
    CHECK(read_all(scene.path(damaged)) == bytes);
    CHECK_NOTHROW(scene.pruning()());
  }
  SUBCASE("its own last") {
    const ObjectName damaged = entry_object(scene.self, 2);
    Bytes bytes = read_all(scene.path(damaged));
    bytes[150] ^= 1;
    scene.put(damaged, bytes);
    CHECK(scene.moved() == std::set<std::string>{damaged});
    CHECK(kind_of(scene.pruning()) == ErrorKind::audit_finding);
    LocalStorage storage = LocalStorage::open(scene.fixture.vault_folder());
    CHECK(scene.fixture.back_up_to(storage).rolled_back);
  }
  SUBCASE("its own last, with junk above that hides its absence from the names") {
    fs::remove(scene.path(entry_object(scene.self, 2)));
    const ObjectName junk = entry_object(scene.self, 7);
    scene.put(junk, bytes_of("junk"));
    scene.stops_and_tells(junk, scene.backing_up());
    CHECK(scene.moved() == std::set<std::string>{junk});
    CHECK(kind_of(scene.pruning()) == ErrorKind::audit_finding);
  }
}

TEST_CASE("nothing is joined over a hole in the owner's log, whatever stands in it") {
  JunkScene scene;
  scene.fixture.set_policy(0, {});
  const ObjectName damaged = entry_object(scene.root, 2);
  Bytes bytes = read_all(scene.path(damaged));
  bytes[150] ^= 1;
  scene.put(damaged, bytes);
  const auto listing = [&] { static_cast<void>(list_snapshots(scene.fixture.run("reader"), {})); };
  CHECK(kind_of(listing) == ErrorKind::corrupt);
  INFO("it names what is damaged, not the one behind it");
  CHECK(message_of(listing).find(damaged) == 0);
}

TEST_CASE("a scrub moves no entry that its signer wrote, not one of a newer version either") {
  JunkScene scene;
  const RootKeys owner = scene.fixture.owner_keys();
  const ObjectName name = entry_object(scene.root, 2);
  const Bytes whole = read_all(scene.path(name));
  Bytes body = whole;
  body.resize(body.size() - kSignatureBytes);
  SUBCASE("an unknown mark") { body.at(7) = '2'; }
  SUBCASE("an unknown type") { body.at(8) = 99; }
  append(body, owner.signing().sign(body));
  scene.put(name, body);
  CHECK(scene.moved().empty());
  CHECK(kind_of([&] { static_cast<void>(list_snapshots(scene.fixture.run("reader"), {})); }) ==
        ErrorKind::corrupt);
  INFO("the same bytes under another number are junk");
  scene.put(name, whole);
  scene.put(entry_object(scene.root, 3), body);
  CHECK(scene.moved() == std::set<std::string>{entry_object(scene.root, 3)});
}

}  // namespace valise::test
