#include "vault/merged_catalog.hpp"

#include <doctest/doctest.h>

#include "format/refusal.hpp"
#include "format/root_keys.hpp"
#include "support/error_kind.hpp"
#include "support/media_maker.hpp"
#include "support/memory_storage.hpp"
#include "vault/container_writer.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

CatalogFile catalog_row(const std::string& path, FileState state, std::uint64_t size = 0) {
  CatalogFile file;
  file.path = path;
  file.state = state;
  file.size = size;
  if (state == FileState::symlink) file.link = "elsewhere";
  return file;
}

CatalogFile piled_row(const std::string& path, std::size_t pieces) {
  CatalogFile file = catalog_row(path, FileState::present, pieces);
  for (std::size_t i = 0; i < pieces; ++i) {
    CatalogPiece& piece = file.pieces.emplace_back();
    piece.codec = RecordCodec::none;
    piece.offset = 8 + 17 * (i % 1000);
    piece.sealed_bytes = 17;
    piece.plain_bytes = 1;
    piece.pack = Bytes32{static_cast<std::uint8_t>(i)};
  }
  return file;
}

struct CatalogScene {
  MemoryStorage storage;
  RootKeys owner = RootKeys::generate();
  SigningKey device = SigningKey::generate();
  Vault vault = [this] {
    storage.overwrite(kVaultObject, encode_vault_object(owner.sign_pk()));
    return Vault::open(storage);
  }();
  MergedCatalog merged;
  std::vector<std::string> objects;  // The containers, in order.

  void add(const std::vector<MadeRecord>& records) {
    const bool full = objects.empty();
    ContainerWriter writer(vault);
    Manifest manifest;
    manifest.database.page_size = 4096;
    BackupHeader header;
    header.entry.seq = 1;
    if (!full) {
      manifest.parent_page_root = Bytes32{1};
      header.parent = Bytes32{1};
    }
    // A page record before them: the catalog's do not begin at the data area's start.
    writer.add_record(
        seal_record(writer.dek(), writer.bid(), 0, Bytes(100, 1)),
        {.kind = full ? RecordKind::pages : RecordKind::delta_pages, .plain_bytes = 4096});
    for (const MadeRecord& record : records) {
      writer.add_record(
          seal_record(writer.dek(), writer.bid(), writer.record_count(), record.payload),
          record.info);
    }
    const Secret dek = Secret::copy_of(writer.dek());
    const SlotReader reader{owner.pk(), owner.psk()};
    const Bytes16 bid = writer.bid();
    static_cast<void>(writer.finish(manifest, header, {&reader, 1}, device));
    objects.push_back(container_object(bid));
    const ContainerReader container = ContainerReader::open(vault, bid);
    merged.add(container, dek.view(), container.open_manifest(dek.view()));
  }
  void add(const std::vector<CatalogFile>& files, RecordCodec codec = RecordCodec::zstd) {
    add(catalog_records(files, codec));
  }
  /// What is left of it, as "path:size" a file.
  std::vector<std::string> rest() {
    std::vector<std::string> found;
    while (const std::optional<CatalogFile> file = merged.next()) {
      found.push_back(file->path + ":" + std::to_string(file->size));
    }
    return found;
  }
};

using Rows = std::vector<std::string>;
constexpr FileState kMissing = FileState::missing;
constexpr FileState kRemoved = FileState::removed;

}  // namespace

TEST_CASE("a chain's catalogs are one: the newest row wins, and a removed file is gone") {
  CatalogScene scene;
  scene.add({catalog_row("a", kMissing, 1), catalog_row("b", kMissing, 1),
             catalog_row("b/c", kMissing, 1), catalog_row("d", kMissing, 1)});
  scene.add({catalog_row("b", kRemoved), catalog_row("d", kMissing, 2),
             catalog_row("e", kMissing, 2), catalog_row("never", kRemoved)},
            RecordCodec::none);
  scene.add(std::vector<CatalogFile>{});
  scene.add(
      {catalog_row("A", kMissing, 4), catalog_row("b", kMissing, 4), catalog_row("d", kRemoved)});
  const auto before = scene.merged.anew();
  CHECK(scene.rest() == Rows{"A:4", "a:1", "b:4", "b/c:1", "e:2"});
  CHECK(before->next()->path == "A");
  CHECK(before->next()->path == "a");
  CHECK(scene.merged.anew()->next()->path == "A");
  CHECK(scene.rest().empty());
}

TEST_CASE("a chain without a catalog has no files") {
  CatalogScene none;
  CHECK(none.rest().empty());
  CatalogScene scene;
  scene.add(std::vector<CatalogFile>{});
  scene.add(std::vector<CatalogFile>{});
  CHECK(scene.rest().empty());
}

TEST_CASE("files come whole where their pieces are spread over several records") {
  CatalogScene scene;
  const std::vector<CatalogFile> files{piled_row("a", 3), piled_row("b", 70'000),
                                       catalog_row("c", FileState::symlink)};
  REQUIRE(catalog_records(files).size() > 2);
  scene.add(files);
  scene.add({piled_row("a", 20'000)});
  const auto a = scene.merged.next();
  REQUIRE(a);
  CHECK(a->pieces.size() == 20'000);
  const auto b = scene.merged.next();
  REQUIRE(b);
  CHECK(b->pieces.size() == 70'000);
  CHECK(b->pieces[69'999].pack == files[1].pieces[69'999].pack);
  const auto c = scene.merged.next();
  REQUIRE(c);
  CHECK(c->link == "elsewhere");
  CHECK_FALSE(scene.merged.next());
}

TEST_CASE("a catalog that cannot be is refused by the name of its container") {
  CatalogScene scene;
  std::size_t guilty = 0;
  const auto rest_is_refused = [&](std::string_view says) {
    const auto error = refusal([&] { static_cast<void>(scene.rest()); });
    REQUIRE(error);
    CAPTURE(error->what());
    CHECK(error->kind() == ErrorKind::corrupt);
    CHECK(std::string_view(error->what()).starts_with(scene.objects.at(guilty)));
    CHECK(std::string_view(error->what()).find(says) != std::string_view::npos);
  };
  const std::vector<CatalogFile> honest{catalog_row("a", kMissing), catalog_row("b", kMissing)};
  SUBCASE("a full that removes") {
    scene.add({catalog_row("a", kMissing), catalog_row("b", kRemoved)});
    rest_is_refused("stands alone");
  }
  SUBCASE("a record that is changed") {
    scene.add(honest);
    scene.add(honest);
    guilty = 1;
    Bytes content = scene.storage.content(scene.objects[1]);
    content.at(8 + 116 + 20) ^= 1;
    scene.storage.overwrite(scene.objects[1], content);
    rest_is_refused("record 1");
  }
  SUBCASE("a frame that states another length") {
    std::vector<MadeRecord> records = catalog_records(honest);
    records[0].info.plain_bytes += 1;
    scene.add(records);
    rest_is_refused("zstd");
  }
  SUBCASE("another frame behind it") {
    std::vector<MadeRecord> records = catalog_records(honest);
    append(records[0].payload, zstd_frame(Bytes(3)));
    scene.add(records);
    rest_is_refused("frame");
  }
  SUBCASE("files out of order from one record to the next") {
    std::vector<MadeRecord> records = catalog_records(honest);
    records.push_back(records.front());
    scene.add(records);
    rest_is_refused("sorted");
  }
  SUBCASE("the last record ends inside a file") {
    std::vector<MadeRecord> records = catalog_records({piled_row("b", 70'000)});
    records.pop_back();
    scene.add(records);
    rest_is_refused("inside a file");
  }
}

}  // namespace valise::test
