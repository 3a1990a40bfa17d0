#include "valise/init.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "format/recovery_code.hpp"
#include "format/root_keys.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/shared.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

constexpr const char* kPassphrase = "crate velvet noon hazel orbit";
constexpr std::uint32_t kQuickMemoryKib = 64 * 1024;

Secret secret(std::string_view text) { return Secret::copy_of(bytes_of(text)); }

UnlockSource with(Unlock::Kind kind, std::string_view text) {
  return [kind, text = std::string(text)] { return Unlock{kind, secret(text), std::nullopt}; };
}

/// Files below `folder` that hold the bytes.
std::vector<std::string> files_with(const fs::path& folder, ByteSpan bytes) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const Bytes content = read_all(entry.path());
    if (std::search(content.begin(), content.end(), bytes.begin(), bytes.end()) != content.end()) {
      found.push_back(entry.path().string());
    }
  }
  return found;
}

struct InitScene {
  Run run() {
    Run run;
    run.places = {folder.path() / "vault", folder.path() / "config", folder.path() / "state"};
    return run;
  }
  InitResult init(const std::optional<std::string>& passphrase) {
    InitOptions options;
    if (passphrase) options.passphrase = secret(*passphrase);
    options.device_name = "first";
    options.passphrase_memory_kib = kQuickMemoryKib;
    return init_vault(run(), options, [this](const Secret& made) { code = made.clone(); });
  }
  TempFolder folder;
  Secret code;
};

}  // namespace

TEST_CASE("a vault opens with its passphrase and with its recovery code, and with no other") {
  InitScene scene;
  static_cast<void>(scene.init(kPassphrase));
  CHECK(scene.code.size() == 44);
  const fs::path source = scene.folder.path() / "a.db";
  make_database(source, {.rows = 300});
  // No secret is asked for.
  static_cast<void>(backup(scene.run(), {.sources = {source}}));
  const auto opens = [&](const UnlockSource& unlock) {
    return kind_of([&] { static_cast<void>(verify(scene.run(), {}, unlock)); });
  };
  const std::string code = text_of(scene.code.view());
  CHECK_FALSE(opens(with(Unlock::Kind::passphrase, kPassphrase)).has_value());
  CHECK_FALSE(opens(with(Unlock::Kind::recovery_code, code)).has_value());
  CHECK(opens(with(Unlock::Kind::passphrase, "crate velvet noon hazel orbis")) ==
        ErrorKind::wrong_key);
  CHECK(opens(with(Unlock::Kind::passphrase, "")).has_value());
  // A slip of the pen is told from another vault's code.
  std::string slip = code;
  slip[2] = slip[2] == 'A' ? 'B' : 'A';
  CHECK(opens(with(Unlock::Kind::recovery_code, slip)).has_value());
  NightFixture other;
  CHECK(opens(other.owner()) == ErrorKind::wrong_key);
}

TEST_CASE("no file of the device or the vault holds a secret that opens the vault") {
  InitScene scene;
  static_cast<void>(scene.init(kPassphrase));
  const fs::path source = scene.folder.path() / "source" / "a.db";
  fs::create_directory(source.parent_path());
  make_database(source, {.rows = 900});
  for (int night = 0; night < 2; ++night) {
    SampleConnection(source).execute("UPDATE note SET body = 'night' WHERE id = 3");
    static_cast<void>(backup(scene.run(), {.sources = {source}}));
  }
  const Secret seed = parse_recovery_code(scene.code.view());
  const RootKeys owner(seed.view());
  std::string undashed = text_of(scene.code.view());
  std::erase(undashed, '-');
  const std::string seed_hex = hex(seed.view());
  for (const char* const part : {"vault", "config", "state"}) {
    CAPTURE(part);
    const fs::path folder = scene.folder.path() / part;
    REQUIRE(fs::exists(folder));
    CHECK(files_with(folder, bytes_of(kPassphrase)).empty());
    CHECK(files_with(folder, scene.code.view()).empty());
    CHECK(files_with(folder, bytes_of(undashed)).empty());
    CHECK(files_with(folder, seed.view()).empty());
    CHECK(files_with(folder, bytes_of(seed_hex)).empty());
    CHECK(files_with(folder, owner.sk()).empty());
    CHECK(files_with(folder, owner.signing().seed()).empty());
  }
  // What the search can find: the owner's public key does stand in the credential.
  CHECK_FALSE(files_with(scene.folder.path() / "config", owner.pk()).empty());
}

TEST_CASE("no plaintext of the database stands in the vault, the state or the configuration") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "source" / "chat.db";
  fs::create_directory(source.parent_path());
  make_database(source, {.rows = 900});
  // Noise beside the mark, so that nothing compresses it away.
  const std::string mark = "a mark that stands in every row 7f3a";
  for (int night = 0; night < 3; ++night) {
    SampleConnection(source).execute(
        "UPDATE note SET body = '" + mark +
        "' || hex(randomblob(60)) WHERE id % 50 = " + std::to_string(night));
    static_cast<void>(fixture.night(source));
  }
  REQUIRE(files_with(source.parent_path(), bytes_of(mark)).size() == 1);
  for (const std::string& text : {mark, std::string("a mark that"), std::string("note_by_body"),
                                  std::string("SQLite format 3")}) {
    CAPTURE(text);
    CHECK(files_with(fixture.vault(), bytes_of(text)).empty());
    CHECK(files_with(fixture.memory() / "config", bytes_of(text)).empty());
    auto in_state = files_with(fixture.memory() / "state", bytes_of(text));
    // The state is a SQLite database itself.
    if (text == "SQLite format 3") std::erase(in_state, fixture.state_file().string());
    CHECK(in_state.empty());
  }
  // Neither does its path: only the device's own memory names it.
  CHECK(files_with(fixture.vault(), bytes_of("chat.db")).empty());
  CHECK(files_with(fixture.vault(), bytes_of(source.string())).empty());
}

TEST_CASE("no plaintext is left where a backup was cut short") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "source" / "chat.db";
  fs::create_directory(source.parent_path());
  make_database(source, {.rows = 900});
  const std::string mark = "a mark that stands in every row 7f3a";
  SampleConnection(source).execute("UPDATE note SET body = '" + mark + "' || hex(randomblob(60))");
  Cancellation cancellation;
  Run run = fixture.run();
  run.cancellation = &cancellation;
  run.on_progress = [&](const Progress&) { cancellation.request(); };
  CHECK(kind_of([&] { static_cast<void>(backup(run, {.sources = {source}})); }) ==
        ErrorKind::cancelled);
  CHECK(files_with(fixture.vault(), bytes_of(mark)).empty());
  CHECK(files_with(fixture.memory(), bytes_of(mark)).empty());
}

TEST_CASE("every file of a vault and of a device is private to its owner") {
  NightFixture fixture;
  const fs::path source = fixture.folder() / "a.db";
  make_database(source, {.rows = 300});
  static_cast<void>(fixture.night(source));
  constexpr fs::perms kOthers = fs::perms::group_all | fs::perms::others_all;
  for (const fs::path& folder : {fixture.vault(), fixture.memory()}) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      CAPTURE(entry.path().string());
      CHECK((entry.status().permissions() & kOthers) == fs::perms::none);
    }
  }
}

TEST_CASE("init refuses a weak passphrase, a bad name and a folder in use, and makes nothing") {
  InitScene scene;
  const auto is_refused = [&](const InitOptions& options, const Run& run) {
    bool shown = false;
    CHECK(kind_of([&] {
            static_cast<void>(init_vault(run, options, [&](const Secret&) { shown = true; }));
          }) == ErrorKind::usage);
    CHECK_FALSE(shown);
    CHECK_FALSE(fs::exists(scene.folder.path() / "config"));
  };
  is_refused({.passphrase = secret("password1"), .device_name = "first"}, scene.run());
  is_refused({.passphrase = {}, .device_name = ""}, scene.run());
  is_refused({.passphrase = {}, .device_name = std::string(33, 'x')}, scene.run());
  is_refused({.passphrase = secret(kPassphrase), .device_name = "a", .passphrase_memory_kib = 1024},
             scene.run());
  CHECK_FALSE(fs::exists(scene.folder.path() / "vault"));
  fs::create_directory(scene.folder.path() / "vault");
  static_cast<void>(write_file(scene.folder.path() / "vault" / "letter", bytes_of("dear"), 0600,
                               Existing::refuse));
  is_refused({.passphrase = {}, .device_name = "first"}, scene.run());
  CHECK(fs::exists(scene.folder.path() / "vault" / "letter"));
}

TEST_CASE("a vault is not made twice in one folder") {
  NightFixture fixture;
  const Bytes before = read_all(fixture.vault() / "vault");
  CHECK(kind_of([&] {
          static_cast<void>(init_vault(fixture.run(), {.passphrase = {}, .device_name = "second"},
                                       [](const Secret&) {}));
        }) == ErrorKind::usage);
  CHECK(read_all(fixture.vault() / "vault") == before);
}

TEST_CASE("a recovery code that could not be kept makes no vault") {
  InitScene scene;
  CHECK(kind_of([&] {
          static_cast<void>(
              init_vault(scene.run(), {.passphrase = {}, .device_name = "first"},
                         [](const Secret&) { throw Error(ErrorKind::storage, "the printer"); }));
        }) == ErrorKind::storage);
  CHECK_FALSE(fs::exists(scene.folder.path() / "config"));
  CHECK_FALSE(fs::exists(scene.folder.path() / "vault" / "vault"));
  // It can be tried again, in the same place.
  CHECK_NOTHROW(static_cast<void>(scene.init(std::nullopt)));
}
