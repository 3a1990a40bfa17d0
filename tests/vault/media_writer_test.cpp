#include "vault/media_writer.hpp"

#include <doctest/doctest.h>

#include "crypto/random.hpp"
#include "support/memory_storage.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

struct MediaFixture {
  MemoryStorage storage;
  std::uint8_t named = 0;
  std::map<Bytes32, Bytes32> ids;

  MediaFixture() { REQUIRE(put_object(storage, kVaultObject, encode_vault_object(Bytes32{1}))); }
  std::vector<CatalogPiece> write(Storage& to, const std::vector<Bytes>& contents) {
    const Vault vault = Vault::open(to);
    MediaWriter writer(
        vault, [this] { return Bytes32{++named}; },
        [this](const Bytes32& name, const Bytes32& id, std::uint64_t bytes) {
          ids[name] = id;
          CHECK(storage.size(pack_object(id)) == bytes);
        });
    PieceSealer sealer;
    std::vector<CatalogPiece> pieces;
    for (const Bytes& content : contents) pieces.push_back(writer.add(sealer.seal(content)));
    writer.finish();
    return pieces;
  }
};

}  // namespace

TEST_CASE("pieces stand in packs where the writer says") {
  MediaFixture fixture;
  std::vector<Bytes> contents;
  for (int i = 0; i < 9; ++i) {
    contents.emplace_back(i == 3 ? std::size_t{100} : std::size_t{6} << 20);
    fill_random(contents.back());
  }
  const auto pieces = fixture.write(fixture.storage, contents);
  REQUIRE(pieces.size() == contents.size());
  CHECK(fixture.ids.size() == 2);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    Bytes sealed(pieces[i].sealed_bytes);
    const ObjectName object = pack_object(fixture.ids.at(pieces[i].pack));
    fixture.storage.read(object, pieces[i].offset, sealed);
    CHECK(open_media_piece(pieces[i].key, sealed, object) == contents[i]);
    const Bytes file = read_object(fixture.storage, object, kMediaPackBytesMax);
    CHECK(pack_object(media_pack_id(file)) == object);
  }
}

TEST_CASE("without pieces there is no pack") {
  MediaFixture fixture;
  CHECK(fixture.write(fixture.storage, {}).empty());
  CHECK(fixture.named == 0);
  CHECK(fixture.storage.list(kMediaFolder).empty());
}

}  // namespace valise::test
