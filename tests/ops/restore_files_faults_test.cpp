#include <doctest/doctest.h>

#include <optional>

#include "ops/catalog_scene.hpp"
#include "ops/restore.hpp"
#include "ops/target_folder.hpp"
#include "support/error_kind.hpp"
#include "support/file_size_limit.hpp"
#include "support/peak_memory.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a pack that is damaged, missing or swapped: its files are named, all others come") {
  CatalogScene scene;
  scene.maker.add("sound/1", noise(3000, 1));
  const Bytes32 sound = scene.maker.end_pack();
  scene.maker.add("bad/1", noise(3000, 2));
  scene.maker.add("bad/2", noise(20'000, 3), {.piece_bytes = 1000});
  const Bytes32 bad = scene.maker.end_pack();
  scene.full(scene.maker.take());
  const ObjectName pack = pack_object(bad);
  SUBCASE("damaged") { scene.damage(bad); }
  SUBCASE("missing") { scene.vault.remove(pack); }
  SUBCASE("swapped") { scene.vault.overwrite(pack, scene.vault.content(pack_object(sound))); }
  const RestoreResult result = scene.restore();
  CHECK(result.files == 1);
  CHECK(result.files_damaged.count == 2);
  CHECK(paths_of(result.files_damaged) == Names{"bad/1", "bad/2"});
  for (const FileFault& file : result.files_damaged.first) {
    CHECK(file.problem.starts_with(pack));
  }
  CHECK(files_below(scene.to()) == Names{"forged.db", "sound/1"});
}

TEST_CASE("a file of any size, and a hundred thousand rows, are restored in flat memory") {
  CatalogScene scene;
  SUBCASE("one large file") {
    scene.maker.add("film", Bytes(400'000'000, 7), {.codec = RecordCodec::zstd});
  }
  SUBCASE("many files") {
    for (int i = 0; i < 100'000; ++i) {
      scene.maker.add_missing("Attachments/00/a file of some name " + std::to_string(i), 1);
    }
  }
  scene.full(scene.maker.take());
  const PeakMemory peak = peak_memory(128 * 1024, [&] {
    const RestoreResult result = scene.restore();
    return result.files_bytes == 400'000'000 || result.files_missing == 100'000;
  });
  CHECK(peak == PeakMemory::flat);
}

TEST_CASE("a full disk ends a restore of files, and nothing half has a name") {
  CatalogScene scene;
  scene.maker.add("a", noise(1000, 1));
  scene.maker.add("b", noise(9'000'000, 2));
  scene.maker.add("c", noise(80'000'000, 3), {.piece_bytes = 4'000'000});
  scene.full(scene.maker.take());
  for (const rlim_t limit : {1'000'000U, 30'000'000U}) {
    fs::remove_all(scene.to());
    std::optional<ErrorKind> kind;
    {
      const FileSizeLimit no_room(limit);
      kind = kind_of([&] { static_cast<void>(scene.restore()); });
    }
    CHECK(kind == ErrorKind::storage);
    for (const std::string& name : files_below(scene.to())) {
      CHECK(fs::file_size(scene.to() / name) == (name == "a" ? 1000 : 9'000'000));
    }
  }
  CHECK(scene.restore_over().files == 3);
}

TEST_CASE("what a killed restore left goes with the next one") {
  CatalogScene scene;
  scene.maker.add("a/b/c", "ours");
  scene.maker.add("d", "ours");
  scene.full(scene.maker.take());
  const std::string leftover = ".valise-0123456789abcdef.partial";
  fs::create_directories(scene.to() / "a/b");
  for (const char* const folder : {"", "a", "a/b"}) {
    write_text(scene.to() / folder / leftover, "half");
  }
  write_text(scene.to() / "a" / ".valise-notours.partial", "not ours");
  static_cast<void>(scene.restore());
  CHECK(files_below(scene.to()) == Names{"a/.valise-notours.partial", "a/b/c", "d", "forged.db"});
}

TEST_CASE("an interrupted restore leaves whole files and no database") {
  CatalogScene scene;
  for (int i = 0; i < 300; ++i) scene.maker.add("f" + std::to_string(1000 + i), noise(100, 1));
  scene.full(scene.maker.take());
  Cancellation cancellation;
  Run run = scene.fixture.run("stranger");
  run.cancellation = &cancellation;
  run.on_progress = [&](const Progress& progress) {
    if (progress.step == "restoring files") cancellation.request();
  };
  RestoreOptions options;
  options.to = scene.to();
  CHECK(kind_of([&] {
          static_cast<void>(restore_from(scene.vault, run, options, scene.fixture.owner()));
        }) == ErrorKind::cancelled);
  for (const std::string& name : files_below(scene.to())) {
    CAPTURE(name);
    CHECK(name.starts_with("f1"));
    CHECK(fs::file_size(scene.to() / name) == 100);
  }
  CHECK(scene.restore_over().files == 300);
}

TEST_CASE("two restores do not write files into one folder at once") {
  CatalogScene scene;
  scene.maker.add("a", "ours");
  scene.full(scene.maker.take());
  fs::create_directory(scene.to());
  {
    const TargetFolder other(scene.to(), false);
    const auto work = [&] { static_cast<void>(scene.restore()); };
    CHECK(kind_of(work) == ErrorKind::locked);
  }
  CHECK(scene.restore().files == 1);
}

TEST_CASE("a damaged catalog says how to have the database all the same") {
  CatalogScene scene;
  scene.maker.add("a", "ours");
  const std::string snapshot = scene.full(scene.maker.take());
  // The catalog's record is the second of two: its bytes end the data area before the padding.
  Bytes content = scene.vault.content(container_of(snapshot));
  const ContainerParts parts = container_parts(scene.vault, snapshot);
  bool found = false;
  for (std::size_t at = parts.data.size(); at > 8 && !found; at -= 64) {
    Bytes damaged = content;
    damaged[at] ^= 1;
    scene.vault.overwrite(container_of(snapshot), damaged);
    const std::string message = message_of([&] { static_cast<void>(scene.restore()); });
    found = message.find("record 1 ") != std::string::npos;
    if (!found) {
      fs::remove_all(scene.to());
      continue;
    }
    CHECK(message.find("--db-only") != std::string::npos);
    RestoreOptions options;
    options.db_only = true;
    CHECK(scene.restore(options).messages > 0);
  }
  CHECK(found);
}

}  // namespace valise::test
