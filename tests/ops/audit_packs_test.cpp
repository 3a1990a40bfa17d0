#include "ops/audit_packs.hpp"

#include <doctest/doctest.h>

#include "ops/audit_scene.hpp"
#include "ops/catalog_scene.hpp"
#include "support/texts.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

using Codes = std::multiset<std::string>;

/// A full that names one pack, and two increments that name this one and another.
struct PackScene : CatalogScene {
  Bytes32 first{};
  Bytes32 second{};
  std::string full_id;
  std::vector<std::string> increments;

  PackScene() {
    maker.add("a", noise(5000, 1));
    first = maker.end_pack();
    full_id = full(maker.take());
    maker.add("b", noise(7000, 2));
    second = maker.end_pack();
    increments.push_back(increment({maker.take().back()}));
    increments.push_back(increment({}));
  }
  [[nodiscard]] AuditReport by_device() { return audited(fixture, vault, "laptop"); }
  [[nodiscard]] AuditReport by_owner() { return audited_deep(fixture, vault, fixture.owner()); }
  void cut(const Bytes32& pack, std::size_t bytes) {
    Bytes content = vault.content(pack_object(pack));
    content.resize(bytes);
    vault.overwrite(pack_object(pack), content);
  }
  [[nodiscard]] std::vector<std::string> codes_at(const AuditReport& report, std::size_t row) {
    return row_of(report, row == 0 ? full_id : increments.at(row - 1)).findings;
  }
};

using Row = std::vector<std::string>;

}  // namespace

TEST_CASE("an audit of a vault whose packs are all there finds nothing, and reads none") {
  PackScene scene;
  const AuditReport report = scene.by_device();
  CHECK(codes_in(report).empty());
  CHECK(report.levels == std::array<std::uint64_t, 4>{0, 3, 0, 0});
  CHECK(scene.by_owner().levels == std::array<std::uint64_t, 4>{0, 0, 0, 3});
  INFO("what is in them is scrub's to find, and the words of the report say so");
  scene.damage(scene.first);
  CHECK(codes_in(scene.by_device()).empty());
  CHECK(scene.by_owner().levels[3] == 3);
}

TEST_CASE("an audit without a key finds a pack that is missing, and who names it") {
  PackScene scene;
  SUBCASE("of the full") {
    scene.vault.remove(pack_object(scene.first));
    const AuditReport report = scene.by_device();
    CHECK(codes_in(report) == Codes{"chain", "chain", "missing", "missing", "missing", "missing"});
    CHECK(report.levels == std::array<std::uint64_t, 4>{3, 0, 0, 0});
    CHECK(scene.codes_at(report, 0) == Row{"missing"});
    CHECK(scene.codes_at(report, 1) == Row{"missing", "chain"});
    CHECK(row_of(report, scene.full_id).present);
    bool told = false;
    for (const AuditFinding& finding : report.findings) {
      if (finding.object != pack_object(scene.first)) continue;
      told = true;
      CHECK(finding.severity == Severity::error);
      CHECK(contains(finding.message, "named by 3 backups: " + scene.full_id));
    }
    CHECK(told);
    CHECK(contains(finding_of(report, "chain").message,
                   "backup " + scene.full_id + ", on which it builds, lacks media packs"));
    CHECK(scene.by_owner().levels[3] == 0);
  }
  SUBCASE("of an increment: what came before it stays proven") {
    scene.vault.remove(pack_object(scene.second));
    const AuditReport report = scene.by_owner();
    CHECK(codes_in(report) == Codes{"chain", "missing", "missing", "missing"});
    CHECK(row_of(report, scene.full_id).level == 3);
    CHECK(row_of(report, scene.increments[0]).level < 3);
    CHECK(row_of(report, scene.increments[1]).level < 3);
    CHECK_FALSE(row_of(report, scene.increments[1]).own_slot_rebuilt);
  }
  SUBCASE("all of them") {
    for (const Bytes32& pack : scene.maker.packs()) scene.vault.remove(pack_object(pack));
    CHECK(scene.by_device().errors == 3 + 2 + 2);
  }
}

TEST_CASE("an audit tells of a pack named by many backups once, and marks each of them") {
  CatalogScene scene;
  scene.maker.add("a", noise(100, 1));
  const Bytes32 pack = scene.maker.end_pack();
  const std::vector<CatalogFile> files = scene.maker.take();
  for (int i = 0; i < 13; ++i) scene.full(files);
  scene.vault.remove(pack_object(pack));
  const AuditReport report = audited(scene.fixture, scene.vault, "laptop");
  CHECK(report.errors == 13 + 1);
  CHECK(report.levels[0] == 13);
  const AuditFinding& told = report.findings.back();
  CHECK(told.object == pack_object(pack));
  CHECK(contains(told.message, "named by 13 backups: "));
  CHECK(contains(told.message, " and 3 more"));
}

TEST_CASE("an audit finds a pack of a length that no pack has, and with a key one that is short") {
  PackScene scene;
  const std::size_t whole = scene.vault.content(pack_object(scene.second)).size();
  SUBCASE("empty") { scene.cut(scene.second, 0); }
  SUBCASE("a byte less") { scene.cut(scene.second, whole - 1); }
  SUBCASE("of a length that another pack may have") {
    scene.cut(scene.second, 64);
    CHECK(codes_in(scene.by_device()).empty());
    const AuditReport report = scene.by_owner();
    CHECK(codes_in(report) == Codes{"chain", "damaged"});
    CHECK(contains(finding_of(report, "damaged").message, "is 64 bytes long"));
    CHECK(row_of(report, scene.increments[0]).level < 3);
    return;
  }
  const AuditReport report = scene.by_device();
  CHECK(codes_in(report) == Codes{"chain", "damaged", "damaged", "damaged"});
  CHECK(scene.codes_at(report, 1) == Row{"damaged"});
  CHECK(row_of(report, scene.full_id).level == 1);
}

TEST_CASE("of very many lost packs an audit keeps some and counts all") {
  std::vector<Bytes32> refs(kLostPacksKeptMax + 10);
  for (std::size_t i = 0; i < refs.size(); ++i) {
    refs[i][0] = static_cast<std::uint8_t>(i >> 8);
    refs[i][1] = static_cast<std::uint8_t>(i);
  }
  const std::vector<ListedPack> packs{{refs[3], 4096}, {refs[7], 4097}, {refs[9], 1 << 30}};
  REQUIRE(find_pack(packs, refs[7]) == &packs[1]);
  CHECK(find_pack(packs, refs[8]) == nullptr);
  const LostPacks lost = lost_packs(packs, refs);
  CHECK(lost.missing == refs.size() - 3);
  CHECK(lost.misshapen == 2);
  CHECK(lost.packs.size() == kLostPacksKeptMax);
  CHECK(lost.packs[0].missing);
  CHECK(lost.packs[6].id == refs[7]);
  CHECK_FALSE(lost.packs[6].missing);
  CHECK_FALSE(lost_packs(packs, {refs[3]}).any());
}

TEST_CASE("a container whose list of packs was changed is damaged") {
  PackScene scene;
  Bytes content = scene.vault.content(container_of(scene.full_id));
  const ContainerParts parts = container_parts(scene.vault, scene.full_id);
  const ContainerLayout layout = container_layout(parts.backup(), parts.entry.bytes.size(), "test");
  content.at(layout.refs_offset) ^= 1;
  scene.vault.overwrite(container_of(scene.full_id), content);
  const AuditReport report = scene.by_device();
  CHECK(codes_in(report) == Codes{"chain", "chain", "damaged"});
  CHECK(contains(finding_of(report, "damaged").message, "its list of packs was changed"));
}

TEST_CASE("an increment whose chain is broken is proven by no level and is no recent backup") {
  AuditScene scene;
  const auto snapshots = scene.nights(5);
  AuditOptions options;
  options.max_age_seconds = kDay;
  CHECK(codes_in(scene.audit(options)).empty());
  SUBCASE("the full is gone: no night counts any more") {
    scene.vault.storage().remove("backups/" + snapshots[0] + ".valise");
    const AuditReport report = scene.pinned_audit();
    CHECK(codes_in(report) == Codes{"chain", "chain", "chain", "chain", "missing"});
    CHECK(report.levels == std::array<std::uint64_t, 4>{5, 0, 0, 0});
    CHECK(contains(
        finding_of(report, "chain").message,
        "its chain is broken: backup " + snapshots[0] + ", on which it builds, is missing"));
    CHECK(contains(finding_of(scene.audit(options), "overdue").message,
                   "it has no backup that counts"));
  }
  SUBCASE("one in the middle is damaged: those before it stay proven") {
    const std::string name = "backups/" + snapshots[2] + ".valise";
    Bytes bytes = scene.vault.storage().content(name);
    bytes.pop_back();
    scene.vault.storage().overwrite(name, bytes);
    const AuditReport report = scene.pinned_audit();
    CHECK(codes_in(report) == Codes{"chain", "chain", "damaged"});
    CHECK(report.levels == std::array<std::uint64_t, 4>{3, 2, 0, 0});
    CHECK(contains(finding_of(scene.audit(options), "overdue").message, "3 days ago"));
  }
  SUBCASE("a full pruned below its increments") {
    scene.vault.prune(0, {snapshots[0]});
    const AuditReport report = scene.pinned_audit();
    CHECK(codes_in(report) == Codes{"chain", "chain", "chain", "chain"});
    CHECK(contains(finding_of(report, "chain").message, "was pruned"));
  }
  SUBCASE("a chain that begins anew is whole") {
    scene.vault.storage().remove("backups/" + snapshots[4] + ".valise");
    scene.vault.set_policy(0, {});
    scene.nights(2);
    CHECK(codes_in(scene.audit(options)) == Codes{"missing"});
  }
}

TEST_CASE("an increment on a backup that does not open is not rebuilt") {
  VaultFixture fixture;
  const std::string full = fixture.back_up().snapshot;
  fixture.change_database();
  const std::string increment = fixture.back_up().snapshot;
  const auto vault = fixture.in_memory();
  CHECK(audited_deep(fixture, *vault, fixture.owner()).levels[3] == 2);
  Bytes content = vault->content(container_of(full));
  content.at(20) ^= 1;
  vault->overwrite(container_of(full), content);
  CHECK(codes_in(audited(fixture, *vault, "laptop")).empty());
  const AuditReport report = audited_deep(fixture, *vault, fixture.owner());
  CHECK(codes_in(report) == Codes{"chain", "open"});
  CHECK(report.levels[3] == 0);
  CHECK(row_of(report, increment).findings == Row{"chain"});
  CHECK_FALSE(row_of(report, increment).own_slot_rebuilt);
}

}  // namespace valise::test
