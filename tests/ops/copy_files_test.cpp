#include <doctest/doctest.h>

#include <fstream>

#include "base/hex.hpp"
#include "crypto/random.hpp"
#include "ops/media_scene.hpp"
#include "support/test_files.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// Two nights with attachments, and a second vault that the same device is enrolled in.
struct CopyFilesScene {
  MediaScene media;
  Secret new_code;
  std::vector<BackupSummary> nights;

  CopyFilesScene() {
    put_noise("Attachments/a", 100'000);
    put_noise("Attachments/film", (std::size_t{8} << 20) + 5);
    media.put("Attachments/empty", "");
    media.put("Attachments/same as a", text_at(media.at("Attachments/a")));
    media.name("Attachments/missing", 77);
    nights.push_back(media.back_up());
    fs::remove(media.at("Attachments/empty"));
    put_noise("Attachments/b", 5'000);
    nights.push_back(media.back_up());
    InitOptions options;
    options.device_name = "first";
    static_cast<void>(
        init_vault(at_new(), options, [&](const Secret& code) { new_code = code.clone(); }));
  }
  void put_noise(const std::string& path, std::size_t size) const {
    Bytes bytes(size);
    fill_random(bytes);
    media.put(path, text_of(bytes));
  }
  [[nodiscard]] fs::path new_vault() const { return media.night.folder() / "new"; }
  [[nodiscard]] Run at_new() {
    Run run = media.night.run();
    run.places.vault = new_vault();
    return run;
  }
  [[nodiscard]] UnlockSource new_owner() const {
    return [this] { return Unlock{Unlock::Kind::recovery_code, new_code.clone(), std::nullopt}; };
  }
  CopyReport copy(const fs::path& to, const std::vector<std::string>& snapshots = {}) {
    CopyOptions options;
    options.to = to;
    options.snapshots = snapshots;
    options.all = snapshots.empty();
    return copy_snapshots(media.night.run(), options, media.night.owner());
  }
  [[nodiscard]] std::size_t packs_of_new() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(new_vault() / "media")) {
      count += static_cast<std::size_t>(entry.is_regular_file());
    }
    return count;
  }
};

void check_same_files(const std::map<std::string, KeptFile>& a,
                      const std::map<std::string, KeptFile>& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& item : a) {
    const std::string& path = item.first;
    const KeptFile& file = item.second;
    CAPTURE(path);
    CHECK(b.at(path).content == file.content);
    CHECK(b.at(path).row.state == file.row.state);
    CHECK(b.at(path).row.mtime_ns == file.row.mtime_ns);
    CHECK(b.at(path).row.mode == file.row.mode);
    CHECK(b.at(path).row.size == file.row.size);
  }
}

}  // namespace

TEST_CASE("a copy in another vault holds the same attachments, each sealed anew and once") {
  CopyFilesScene scene;
  const CopyReport report = scene.copy(scene.new_vault());
  CHECK(report.failures.empty());
  REQUIRE(report.copies.size() == 2);
  CHECK_FALSE(report.copies[1].full);
  for (std::size_t night = 0; night < 2; ++night) {
    const auto original = scene.media.files_of(scene.nights[night].snapshot);
    const auto copy =
        MediaScene::files_in(scene.new_vault(), scene.new_owner(), report.copies[night].snapshot);
    check_same_files(original, copy);
    CHECK(copy.at("Attachments/a").row.pieces[0].key !=
          original.at("Attachments/a").row.pieces[0].key);
    CHECK(copy.at("Attachments/a").row.pieces[0].key ==
          copy.at("Attachments/same as a").row.pieces[0].key);
  }
  CHECK(scene.packs_of_new() == 2);
  CHECK(report.copies[1].files.bytes_added < 10'000);
}

TEST_CASE("a copy in the same vault names the pieces that stand there") {
  CopyFilesScene scene;
  static_cast<void>(scene.media.night.put_under_escrow());
  const auto packs = scene.media.packs();
  const CopyReport report = scene.copy(scene.media.night.vault());
  CHECK(report.failures.empty());
  REQUIRE(report.copies.size() == 2);
  CHECK(scene.media.packs() == packs);
  for (std::size_t night = 0; night < 2; ++night) {
    check_same_files(scene.media.files_of(scene.nights[night].snapshot),
                     scene.media.files_of(report.copies[night].snapshot));
  }
}

TEST_CASE("a damaged attachment is named, and all else is copied") {
  CopyFilesScene scene;
  const auto original = scene.media.files_of(scene.nights[0].snapshot);
  const CatalogPiece& piece = original.at("Attachments/a").row.pieces[0];
  for (const fs::path& pack : scene.media.packs()) {
    if (pack.filename().string() != hex(piece.pack) + ".pack") continue;
    std::fstream file(pack, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(piece.offset + 10));
    file.put('x').put('y').put('z');
  }
  const CopyReport report = scene.copy(scene.new_vault(), {scene.nights[0].snapshot});
  REQUIRE(report.copies.size() == 1);
  REQUIRE(report.failures.size() == 2);
  CHECK(std::string(report.failures[0].error.what()).find("Attachments/a ") != std::string::npos);
  CHECK(std::string(report.failures[1].error.what()).find("same as a") != std::string::npos);
  const auto copy =
      MediaScene::files_in(scene.new_vault(), scene.new_owner(), report.copies[0].snapshot);
  CHECK(copy.at("Attachments/a").row.state == FileState::missing);
  CHECK(copy.at("Attachments/film").content == original.at("Attachments/film").content);
}

}  // namespace valise::test
