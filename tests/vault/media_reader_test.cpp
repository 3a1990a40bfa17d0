#include "vault/media_reader.hpp"

#include <doctest/doctest.h>

#include <future>

#include "format/refusal.hpp"
#include "format/root_keys.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/media_maker.hpp"
#include "support/memory_storage.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

struct PieceScene {
  MemoryStorage storage;
  Vault vault = [this] {
    storage.overwrite(kVaultObject, encode_vault_object(RootKeys::generate().sign_pk()));
    return Vault::open(storage);
  }();
  MediaMaker maker{storage};
  MediaReader reader{vault};

  Bytes content(const CatalogFile& file) {
    Bytes out;
    reader.read_file(file, [&](ByteSpan piece) { append(out, piece); });
    return out;
  }
  /// The file is refused as damaged, by the name of the pack of its first piece.
  void refused(const CatalogFile& file, std::string_view says) {
    const auto error = refusal([&] { static_cast<void>(content(file)); });
    REQUIRE(error);
    CAPTURE(error->what());
    CHECK(error->kind() == ErrorKind::corrupt);
    CHECK(std::string_view(error->what()).starts_with(pack_object(file.pieces.at(0).pack)));
    CHECK(std::string_view(error->what()).find(says) != std::string_view::npos);
  }
};

}  // namespace

TEST_CASE("files come back out of their packs, whatever their pieces") {
  PieceScene scene;
  const Bytes large = noise(9'000'000, 1);
  const Bytes text(300'000, 'x');
  scene.maker.add("empty", "");
  scene.maker.add("large", large);
  scene.maker.add("one", "1");
  scene.maker.end_pack();
  scene.maker.add("text", text, {.codec = RecordCodec::zstd, .piece_bytes = 100'000});
  const std::vector<CatalogFile> files = scene.maker.take();
  CHECK(files[1].pieces.size() == 2);
  CHECK(files[3].pieces.size() == 3);
  CHECK(scene.content(files[0]).empty());
  CHECK(scene.content(files[1]) == large);
  CHECK(text_of(scene.content(files[2])) == "1");
  CHECK(scene.content(files[3]) == text);
}

TEST_CASE("a pack that is damaged, missing, short or another one is named") {
  PieceScene scene;
  scene.maker.add("a", noise(5000, 1));
  scene.maker.end_pack();
  scene.maker.add("b", noise(5000, 2));
  std::vector<CatalogFile> files = scene.maker.take();
  const ObjectName pack = pack_object(files[0].pieces[0].pack);
  Bytes content = scene.storage.content(pack);
  SUBCASE("damaged") {
    content[100] ^= 1;
    scene.storage.overwrite(pack, content);
    scene.refused(files[0], "was changed");
  }
  SUBCASE("missing") {
    scene.storage.remove(pack);
    scene.refused(files[0], "missing");
  }
  SUBCASE("short") {
    content.resize(2000);
    scene.storage.overwrite(pack, content);
    scene.refused(files[0], "");
  }
  SUBCASE("swapped") {
    scene.storage.overwrite(pack, scene.storage.content(pack_object(files[1].pieces[0].pack)));
    scene.refused(files[0], "is not the one meant");
  }
  CHECK(scene.content(files[1]) == noise(5000, 2));
}

TEST_CASE("content that is not what the catalog states is refused") {
  PieceScene scene;
  scene.maker.add("a", std::string(5000, 'a'), {.codec = RecordCodec::zstd});
  scene.maker.add("b", noise(5000, 2), {.piece_bytes = 1000});
  scene.maker.add("c", "");
  std::vector<CatalogFile> files = scene.maker.take();
  SUBCASE("another hash") {
    files[0].content_hash[3] ^= 1;
    scene.refused(files[0], "hash mismatch");
  }
  SUBCASE("pieces in another order") {
    std::swap(files[1].pieces[1], files[1].pieces[2]);
    scene.refused(files[1], "hash mismatch");
  }
  SUBCASE("a frame of another length") {
    files[0].pieces[0].plain_bytes += 1;
    scene.refused(files[0], "zstd");
  }
  SUBCASE("no frame") {
    files[1].pieces[0].codec = RecordCodec::zstd;
    scene.refused(files[1], "zstd");
  }
  SUBCASE("empty, with the hash of something else") {
    files[2].content_hash[0] ^= 1;
    CHECK(kind_of([&] { static_cast<void>(scene.content(files[2])); }) == ErrorKind::corrupt);
  }
}

TEST_CASE("a storage that fails is no damage") {
  PieceScene scene;
  scene.maker.add("a", noise(5000, 1));
  const std::vector<CatalogFile> files = scene.maker.take();
  FaultyStorage faulty(scene.storage, {2, FaultPlan::Kind::error, only(StorageCall::read)});
  const Vault vault = Vault::open(faulty);
  const MediaReader reader(vault);
  CHECK(kind_of([&] { reader.read_file(files[0], [](ByteSpan) {}); }) == ErrorKind::storage);
}

TEST_CASE("pieces are read by several threads at once") {
  PieceScene scene;
  for (int i = 0; i < 40; ++i) {
    scene.maker.add(std::to_string(100 + i), std::string(20'000, static_cast<char>('a' + i % 26)),
                    {.codec = RecordCodec::zstd});
  }
  const std::vector<CatalogFile> files = scene.maker.take();
  const auto read_all_files = [&] {
    for (const CatalogFile& file : files) {
      if (scene.content(file).size() != 20'000) return false;
    }
    return true;
  };
  auto first = std::async(std::launch::async, read_all_files);
  auto second = std::async(std::launch::async, read_all_files);
  CHECK(first.get());
  CHECK(second.get());
}

}  // namespace valise::test
