#include <doctest/doctest.h>

#include "ops/catalog_scene.hpp"
#include "ops/scrub.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

using FoundPacks = std::set<std::pair<std::string, std::string>>;

FoundPacks pack_findings(CatalogScene& scene) {
  FoundPacks found;
  for (const ScrubFinding& finding : scrubbed(scene.fixture, scene.vault).findings) {
    if (pack_id_of(finding.object)) found.emplace(finding.kind, finding.object);
  }
  return found;
}

}  // namespace

TEST_CASE("scrub names a pack that is missing and the container that needs it") {
  CatalogScene scene;
  scene.maker.add("a", "a");
  const Bytes32 pack = scene.maker.end_pack();
  const std::string snapshot = scene.full(scene.maker.take());
  scene.increment({});
  CHECK(pack_findings(scene).empty());
  scene.vault.remove(pack_object(pack));
  const ScrubReport report = scrubbed(scene.fixture, scene.vault);
  CHECK(damaged_objects(report) == std::set<std::string>{pack_object(pack)});
  CHECK(report.findings.at(0).kind == "missing");
  CHECK(report.findings.at(0).problem.find("backups/") != std::string::npos);
  CHECK(report.findings.at(0).problem.find("1 more") != std::string::npos);
  CHECK(scrub_in(scene.vault, scene.fixture.run("auditor"), {.quarantine = true}).errors == 1);
}

TEST_CASE("scrub tells of packs that no container names, and calls them no error") {
  CatalogScene scene;
  scene.maker.add("a", "a");
  const std::string snapshot = scene.full(scene.maker.take());
  scene.maker.add("b", "b");
  const Bytes32 pack = scene.maker.end_pack();
  CHECK(pack_findings(scene) == FoundPacks{{"unreferenced", pack_object(pack)}});
  CHECK(scrubbed(scene.fixture, scene.vault).errors == 0);
  SUBCASE("but not where a container cannot be asked") {
    Bytes content = scene.vault.content(container_of(snapshot));
    content.resize(content.size() - 1);
    scene.vault.overwrite(container_of(snapshot), content);
    CHECK(pack_findings(scene).empty());
  }
  SUBCASE("or is gone") {
    scene.vault.remove(container_of(snapshot));
    CHECK(pack_findings(scene).empty());
  }
}

}  // namespace valise::test
