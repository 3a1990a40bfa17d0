// Entries of writers, and containers of anybody, under the ids of backups that are not theirs.

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/random.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/copy.hpp"
#include "ops/scrub.hpp"
#include "ops/scrub_packs.hpp"
#include "ops/theft_scene.hpp"
#include "ops/verify.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "vault/object_names.hpp"
#include "vault/snapshot_index.hpp"

namespace valise::test {
namespace {

/// A vault in memory in which the phone, which is enrolled, claims backups of the laptop.
struct ClaimScene {
  TheftScene theft;
  std::unique_ptr<MemoryStorage> vault = theft.fixture.in_memory();
  Credential phone = theft.fixture.credential("phone");

  [[nodiscard]] EntryHeader next() const {
    EntryHeader header;
    header.vault_id = theft.fixture.vault_id();
    header.seq = phone.own.seq + 1;
    header.prev = phone.own.entry_id;
    header.time = 1'800'000'000;
    return header;
  }
  Entry log(const EntryPayload& payload) {
    Entry entry = sign_entry(next(), payload, phone.signing_key());
    put_entry(*vault, entry);
    phone.own = {entry.header.seq, entry.id};
    return entry;
  }
  Entry claim(const std::string& snapshot, const Bytes32& parent = {}) {
    BackupPayload payload = container_parts(*vault, snapshot).backup();
    payload.parent = parent;
    return log(payload);
  }
  void prune(const std::string& snapshot) {
    PrunePayload payload;
    payload.bids = {array_of<16>(*from_hex(snapshot))};
    static_cast<void>(log(payload));
  }
  ScrubReport quarantine() {
    return scrub_in(*vault, theft.fixture.run("auditor"), {.quarantine = true});
  }
  [[nodiscard]] bool has(const std::string& snapshot) const {
    return vault->size(container_of(snapshot)).has_value();
  }
};

std::vector<std::string> kinds_of(const ScrubReport& report, const ObjectName& object) {
  std::vector<std::string> kinds;
  for (const ScrubFinding& finding : report.findings) {
    if (finding.object == object) kinds.push_back(finding.kind);
  }
  return kinds;
}

/// A container under another id, signed by a key that nobody knows.
std::string put_stray(MemoryStorage& vault, const std::string& like) {
  ContainerParts parts = container_parts(vault, like);
  BackupPayload payload = parts.backup();
  payload.bid = random_array<16>();
  parts.entry = resigned(parts.entry, payload, SigningKey::generate());
  vault.overwrite(container_object(payload.bid), parts.joined());
  return hex(payload.bid);
}

}  // namespace

TEST_CASE("a scrub believes the container's entry and not another device's claim of its id") {
  ClaimScene scene;
  const std::string& newest = scene.theft.of_laptop[3];
  const Entry claim = scene.claim(newest);
  const ScrubReport report = scene.quarantine();
  CHECK(report.errors == 0);
  CHECK(kinds_of(report, entry_object(claim.header.signer, claim.header.seq)) ==
        std::vector<std::string>{"empty-claim"});
  REQUIRE(scene.has(newest));
  CHECK(kind_of([&] {
          static_cast<void>(
              restored(scene.theft.fixture, *scene.vault, scene.theft.fixture.owner(), newest));
        }) == std::nullopt);
}

TEST_CASE("a claim has no container moved whose entry does not stand in the log") {
  ClaimScene scene;
  const std::string& newest = scene.theft.of_laptop[3];
  const Entry real = container_parts(*scene.vault, newest).entry;
  static_cast<void>(scene.claim(newest));
  scene.vault->remove(entry_object(real.header.signer, real.header.seq));
  const ScrubReport report = scene.quarantine();
  CHECK(report.errors == 1);
  CHECK(kinds_of(report, container_of(newest)) == std::vector<std::string>{"claimed"});
  CHECK(scene.has(newest));
  INFO("when its run has ended, all is well");
  put_entry(*scene.vault, real);
  CHECK(scene.quarantine().errors == 0);
}

TEST_CASE("a container that a stranger signed is damage, whatever stands under its id") {
  ClaimScene scene;
  const std::string& newest = scene.theft.of_laptop[3];
  ContainerParts parts = container_parts(*scene.vault, newest);
  parts.entry = resigned(parts.entry, parts.backup(), SigningKey::generate());
  scene.vault->overwrite(container_of(newest), parts.joined());
  CHECK(scene.quarantine().errors == 1);
  CHECK_FALSE(scene.has(newest));
}

TEST_CASE("a device gives up what it wrote itself, and no other's backup by a claim of its id") {
  ClaimScene scene;
  const std::string& full = scene.theft.of_laptop[0];
  static_cast<void>(scene.claim(full));
  scene.prune(full);
  CHECK(scene.quarantine().errors == 0);
  scene.vault->remove(container_of(full));
  const ScrubReport report = scrubbed(scene.theft.fixture, *scene.vault);
  CHECK(kinds_of(report, container_of(full)) == std::vector<std::string>{"missing"});
  CHECK(report.errors == 1);
}

TEST_CASE("a prune gives up what its device wrote before it, and nothing later") {
  ClaimScene scene;
  scene.prune(scene.theft.of_phone);
  const Entry again = scene.claim(scene.theft.of_phone);
  const Vault vault = Vault::open(*scene.vault);
  const RootChain roots = RootChain::read(vault);
  const SnapshotIndex index = SnapshotIndex::read(vault, roots);
  CHECK(index.by_entry(again.id) != nullptr);
  CHECK(std::count_if(index.all().begin(), index.all().end(),
                      [&](const Snapshot& one) { return one.id() == scene.theft.of_phone; }) == 1);
}

TEST_CASE("a claim of another's id is warned of, and is no backup to list, verify or copy") {
  ClaimScene scene;
  VaultFixture& fixture = scene.theft.fixture;
  const std::string& newest = scene.theft.of_laptop[3];
  // Nor does one that it names as its parent go unverified.
  const Entry claim = scene.claim(newest, container_parts(*scene.vault, newest).entry.id);
  const ObjectName name = entry_object(claim.header.signer, claim.header.seq);
  static_cast<void>(write_file(fixture.vault_folder() / name, claim.bytes, 0600, Existing::refuse));
  fixture.warnings.clear();
  const Run run = fixture.run();
  const auto is_warned = [&] {
    const bool warned = std::any_of(
        fixture.warnings.begin(), fixture.warnings.end(),
        [&](const std::string& warning) { return warning.find(name) != std::string::npos; });
    fixture.warnings.clear();
    return warned;
  };
  const std::vector<SnapshotRow> rows = list_snapshots(run, {});
  CHECK(rows.size() == 5);
  CHECK(std::count_if(rows.begin(), rows.end(),
                      [&](const SnapshotRow& row) { return row.snapshot == newest; }) == 1);
  CHECK(is_warned());
  VerifyOptions every;
  every.all = true;
  const VerifyReport verified = verify(run, every, fixture.owner());
  CHECK(verified.failed == 0);
  CHECK(verified.snapshots.size() == 5);
  CHECK(is_warned());
  CopyOptions copy;
  copy.to = fixture.vault_folder();
  copy.all = true;
  copy.dry_run = true;
  const CopyReport copied = copy_snapshots(run, copy, fixture.owner(), {});
  CHECK(copied.failures.empty());
  CHECK(is_warned());
}

TEST_CASE("a scrub lists what was set aside once, however many containers no entry names") {
  ClaimScene scene;
  for (int i = 0; i < 8; ++i) static_cast<void>(put_stray(*scene.vault, scene.theft.of_phone));
  FaultyStorage storage(*scene.vault, {});
  std::atomic<int> lists{0};
  storage.on_done = [&](StorageCall call, const ObjectName& folder) {
    if (call == StorageCall::list && folder == kDamagedFolder) ++lists;
  };
  const ScrubReport report = scrub_in(storage, scene.theft.fixture.run("auditor"), {});
  CHECK(std::count_if(report.findings.begin(), report.findings.end(),
                      [](const ScrubFinding& one) { return one.kind == "orphan"; }) == 8);
  CHECK(lists == 1);
}

TEST_CASE("missing packs are told of logged containers, and no more of them than can be read") {
  constexpr std::size_t kNamed = kMissingPacksToldMax + 500;
  ClaimScene scene;
  Forgery forgery(scene.phone, DatabaseImage::read(scene.theft.fixture.database()));
  for (std::size_t i = 0; i < kNamed; ++i) {
    Bytes32 id{};
    id[0] = static_cast<std::uint8_t>(i >> 8);
    id[1] = static_cast<std::uint8_t>(i);
    forgery.header.refs.push_back(id);
  }
  const Entry entry = forgery.put(*scene.vault, scene.phone);
  const auto missing = [](const ScrubReport& report) {
    return std::count_if(report.findings.begin(), report.findings.end(),
                         [](const ScrubFinding& one) { return one.kind == "missing"; });
  };
  const ScrubReport report = scrubbed(scene.theft.fixture, *scene.vault);
  CHECK(missing(report) == kMissingPacksToldMax + 1);
  const auto rest =
      std::find_if(report.findings.begin(), report.findings.end(),
                   [](const ScrubFinding& one) { return one.object == kMediaFolder; });
  REQUIRE(rest != report.findings.end());
  CHECK(rest->problem.find("500 more") != std::string::npos);
  INFO("what no log names is anybody's, and needs nothing");
  static_cast<void>(put_stray(*scene.vault, snapshot_of(entry)));
  scene.vault->remove(container_of(snapshot_of(entry)));
  scene.vault->remove(entry_object(entry.header.signer, entry.header.seq));
  CHECK(missing(scrubbed(scene.theft.fixture, *scene.vault)) == 0);
}

}  // namespace valise::test
