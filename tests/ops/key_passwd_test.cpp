#include "ops/key_passwd.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <chrono>
#include <fstream>

#include "format/key_file.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/file_size_limit.hpp"
#include "support/night_fixture.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"
#include "vault/key_ring.hpp"
#include "vault/object_names.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

constexpr const char* kFirst = "crate velvet noon hazel orbit";
constexpr const char* kSecond = "walnut copper thistle ember gravel";
constexpr std::uint32_t kLeastMemoryKib = 64 * 1024;

Secret secret_of(const char* of) { return Secret::copy_of(bytes_of(of)); }

UnlockSource by_passphrase(const char* passphrase,
                           const std::optional<fs::path>& agent_key = std::nullopt) {
  return [=] { return Unlock{Unlock::Kind::passphrase, secret_of(passphrase), agent_key}; };
}

bool owner_opens(Storage& storage, const UnlockSource& unlock) {
  try {
    static_cast<void>(open_owner_key(Vault::open(storage), unlock()));
    return true;
  } catch (const Error& error) {
    const bool expected =
        error.kind() == ErrorKind::wrong_key || error.kind() == ErrorKind::not_found;
    if (!expected) throw;
    return false;
  }
}

PassphraseChangeResult change_in(Storage& storage, const UnlockSource& unlock, const char* to) {
  return change_owner_passphrase(storage, kLeastMemoryKib, unlock, [&] { return secret_of(to); });
}

std::vector<std::string> key_files(const Storage& storage) {
  std::vector<std::string> names;
  for (const ObjectInfo& object : storage.list(kKeysFolder)) names.push_back(object.name);
  return names;
}

/// A vault with a passphrase, in memory.
struct KeyScene {
  NightFixture fixture;
  MemoryStorage vault{fixture.clock};

  KeyScene() {
    const LocalStorage storage = LocalStorage::open(fixture.vault());
    copy_objects(storage, vault);
    static_cast<void>(change_in(vault, fixture.owner(), kFirst));
  }
};

struct AgentScene {
  NightFixture fixture;
  fs::path dir = fixture.folder() / "mara";
  AgentFiles files;
  Secret code;

  explicit AgentScene(const char* passphrase) {
    KeygenOptions options;
    options.name = "Mara";
    options.dir = dir;
    if (passphrase != nullptr) options.passphrase = secret_of(passphrase);
    options.passphrase_memory_kib = kLeastMemoryKib;
    files =
        escrow_keygen(fixture.run(), options, [&](const Secret& shown) { code = shown.clone(); });
  }
  [[nodiscard]] fs::path key() const { return dir / "agent.key"; }
  [[nodiscard]] UnlockSource by_code() const {
    return [this] { return Unlock{Unlock::Kind::recovery_code, code.clone(), key()}; };
  }
  PassphraseChangeResult change(const UnlockSource& unlock, const char* to) {
    return change_passphrase(fixture.run(), {kLeastMemoryKib, key()}, unlock,
                             [&] { return secret_of(to); });
  }
  [[nodiscard]] bool opens(const char* passphrase) const {
    const std::string bytes = text_at(key());
    return kind_of([&] {
             static_cast<void>(open_key_file(bytes_of(bytes), bytes_of(passphrase), "key"));
           }) == std::nullopt;
  }
};

}  // namespace

TEST_CASE("a vault without a passphrase gets its first one with the recovery code") {
  NightFixture fixture;
  LocalStorage storage = LocalStorage::open(fixture.vault());
  CHECK(kind_of([&] { static_cast<void>(change_in(storage, by_passphrase(kFirst), kSecond)); }) ==
        ErrorKind::not_found);
  const PassphraseChangeResult result = change_passphrase(
      fixture.run(), {kLeastMemoryKib, {}}, fixture.owner(), [&] { return secret_of(kFirst); });
  CHECK(result.first);
  CHECK(result.key_file == "keys/0001.key");
  CHECK(result.removed.empty());
  CHECK(owner_opens(storage, by_passphrase(kFirst)));
  CHECK(owner_opens(storage, fixture.owner()));
}

TEST_CASE("a new passphrase opens, the old one does not any more, the code still does") {
  KeyScene scene;
  CHECK(key_files(scene.vault) == std::vector<std::string>{"keys/0001.key"});
  const PassphraseChangeResult result = change_in(scene.vault, by_passphrase(kFirst), kSecond);
  CHECK_FALSE(result.first);
  CHECK(result.removed == std::vector<std::string>{"keys/0001.key"});
  CHECK(key_files(scene.vault) == std::vector<std::string>{"keys/0002.key"});
  CHECK(owner_opens(scene.vault, by_passphrase(kSecond)));
  CHECK_FALSE(owner_opens(scene.vault, by_passphrase(kFirst)));
  CHECK(owner_opens(scene.vault, scene.fixture.owner()));

  INFO("with the code, as by somebody who forgot it");
  static_cast<void>(change_in(scene.vault, scene.fixture.owner(), kFirst));
  CHECK(key_files(scene.vault) == std::vector<std::string>{"keys/0003.key"});
  CHECK(owner_opens(scene.vault, by_passphrase(kFirst)));
}

TEST_CASE("a passphrase is not changed by a wrong one, to a weak one, or by an agent") {
  KeyScene scene;
  const auto before = scene.vault.snapshot();
  bool asked = false;
  const auto attempt = [&](const UnlockSource& unlock, const char* to) {
    return kind_of([&] {
      static_cast<void>(change_owner_passphrase(scene.vault, kLeastMemoryKib, unlock, [&] {
        asked = true;
        return secret_of(to);
      }));
    });
  };
  CHECK(attempt(by_passphrase(kSecond), kSecond) == ErrorKind::wrong_key);
  CHECK(attempt(NightFixture().owner(), kSecond) == ErrorKind::wrong_key);
  CHECK(attempt(by_passphrase(kFirst, "/some/agent.key"), kSecond) == ErrorKind::usage);
  INFO("nobody chooses a new passphrase in vain");
  CHECK_FALSE(asked);
  CHECK(attempt(by_passphrase(kFirst), "password1") == ErrorKind::usage);
  const auto after = scene.vault.snapshot();
  REQUIRE(after.size() == before.size());
  for (const auto& [name, object] : before) CHECK(after.at(name).content == object.content);
}

TEST_CASE("whatever call fails, the vault opens with the old or the new passphrase") {
  using Kind = FaultPlan::Kind;
  KeyScene scene;
  // What a change that was cut short left behind goes with the next one.
  static_cast<void>(change_in(scene.vault, by_passphrase(kFirst), kFirst));
  const auto start = scene.vault.snapshot();
  for (const Kind kind :
       {Kind::error, Kind::error_after, Kind::torn_write, Kind::crash, Kind::crash_after}) {
    for (std::uint64_t fail_at = 1;; ++fail_at) {
      scene.vault.reset_to(start);
      FaultyStorage faulty(scene.vault, {.fail_at = fail_at, .kind = kind});
      bool failed = false;
      try {
        static_cast<void>(change_in(faulty, scene.fixture.owner(), kSecond));
      } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::storage);
        failed = true;
      }
      CAPTURE(fail_at);
      if (!faulty.failed()) {
        CHECK_FALSE(failed);
        break;
      }
      CHECK(failed);
      CHECK((owner_opens(scene.vault, by_passphrase(kSecond)) ||
             owner_opens(scene.vault, by_passphrase(kFirst))));
      CHECK(owner_opens(scene.vault, scene.fixture.owner()));
    }
  }
}

TEST_CASE("an old key file that cannot be removed is named, and both passphrases open") {
  KeyScene scene;
  FaultyStorage faulty(scene.vault, {.fail_at = 1, .counted = only(StorageCall::remove)});
  const std::string message =
      message_of([&] { static_cast<void>(change_in(faulty, by_passphrase(kFirst), kSecond)); });
  CHECK(message.find("keys/0001.key") != std::string::npos);
  CHECK(message.find("the old one still does") != std::string::npos);
  CHECK(owner_opens(scene.vault, by_passphrase(kFirst)));
  CHECK(owner_opens(scene.vault, by_passphrase(kSecond)));
  INFO("once more ends it");
  static_cast<void>(change_in(scene.vault, by_passphrase(kFirst), kSecond));
  CHECK(key_files(scene.vault) == std::vector<std::string>{"keys/0003.key"});
}

TEST_CASE("what is planted among the key files keeps nobody from a new passphrase") {
  KeyScene scene;
  std::string expected = "keys/0002.key";
  SUBCASE("junk at the last number") { scene.vault.overwrite("keys/9999.key", Bytes(140, 'x')); }
  SUBCASE("a large object at the last number") {
    scene.vault.overwrite("keys/9999.key", Bytes(100'000, 'x'));
  }
  SUBCASE("junk at the next numbers") {
    for (const char* name : {"keys/0002.key", "keys/0003.key"}) {
      scene.vault.overwrite(name, Bytes(140, 'x'));
    }
    expected = "keys/0004.key";
  }
  SUBCASE("a key file of the owner's form at the last number") {
    Bytes forged = scene.vault.content("keys/0001.key");
    forged.back() ^= 1U;
    scene.vault.overwrite("keys/9999.key", forged);
    expected = "keys/9998.key";
  }
  SUBCASE("another vault's key file") {
    KeyScene other;
    scene.vault.overwrite("keys/9999.key", other.vault.content("keys/0001.key"));
  }
  CHECK(owner_opens(scene.vault, by_passphrase(kFirst)));
  const PassphraseChangeResult result = change_in(scene.vault, by_passphrase(kFirst), kSecond);
  CHECK(result.key_file == expected);
  CHECK(key_files(scene.vault) == std::vector<std::string>{expected});
  CHECK(owner_opens(scene.vault, by_passphrase(kSecond)));
  CHECK_FALSE(owner_opens(scene.vault, by_passphrase(kFirst)));
}

TEST_CASE("forged key files that shut the passphrase out go by the recovery code") {
  KeyScene scene;
  Bytes forged = scene.vault.content("keys/0001.key");
  forged.back() ^= 1U;
  for (const char* name : {"keys/9997.key", "keys/9998.key", "keys/9999.key"}) {
    scene.vault.overwrite(name, forged);
  }
  CHECK_FALSE(owner_opens(scene.vault, by_passphrase(kFirst)));
  CHECK(change_in(scene.vault, scene.fixture.owner(), kSecond).removed.size() == 4);
  CHECK(key_files(scene.vault) == std::vector<std::string>{"keys/9996.key"});
  CHECK(owner_opens(scene.vault, by_passphrase(kSecond)));
}

TEST_CASE("where every number is taken, the owner is told what to do, and nothing changes") {
  KeyScene scene;
  for (unsigned number = 2; number <= kKeyNumberMax; ++number) {
    scene.vault.overwrite(key_object(number), {'x'});
  }
  const auto change = [&] {
    static_cast<void>(change_in(scene.vault, scene.fixture.owner(), kSecond));
  };
  CHECK(kind_of(change) == ErrorKind::limit);
  CHECK(message_of(change).find("move away what is no key file of yours") != std::string::npos);
  CHECK(key_files(scene.vault).size() == kKeyNumberMax);
  CHECK(owner_opens(scene.vault, by_passphrase(kFirst)));
}

TEST_CASE("a pipe or a folder in the place of a key file is stepped over") {
  NightFixture fixture;
  LocalStorage storage = LocalStorage::open(fixture.vault());
  static_cast<void>(change_in(storage, fixture.owner(), kFirst));
  fs::create_directory(fixture.vault() / "keys" / "0002.key");
  REQUIRE(mkfifo((fixture.vault() / "keys" / "0003.key").c_str(), 0600) == 0);
  REQUIRE(mkfifo((fixture.vault() / "keys" / "9999.key").c_str(), 0600) == 0);
  CHECK(change_in(storage, by_passphrase(kFirst), kSecond).key_file == "keys/0004.key");
  CHECK(key_files(storage) == std::vector<std::string>{"keys/0004.key"});
  CHECK(owner_opens(storage, by_passphrase(kSecond)));
}

TEST_CASE("two changes at once do not write over each other") {
  KeyScene scene;
  FaultyStorage hooked(scene.vault, {});
  bool once = false;
  hooked.on_done = [&](StorageCall call, const ObjectName&) {
    if (call != StorageCall::list || once) return;
    once = true;
    static_cast<void>(change_in(scene.vault, scene.fixture.owner(), kSecond));
  };
  CHECK(kind_of([&] {
          static_cast<void>(
              change_in(hooked, scene.fixture.owner(), "ember gravel orbit noon crate"));
        }) == ErrorKind::storage);
  REQUIRE(once);
  CHECK(owner_opens(scene.vault, by_passphrase(kSecond)));
}

TEST_CASE("an agent's key file is replaced whole, with another passphrase") {
  AgentScene scene(kFirst);
  SUBCASE("by the old passphrase") {
    const PassphraseChangeResult result = scene.change(by_passphrase(kFirst, scene.key()), kSecond);
    CHECK_FALSE(result.first);
    CHECK(result.key_file == scene.key().string());
  }
  SUBCASE("by the code") { static_cast<void>(scene.change(scene.by_code(), kSecond)); }
  SUBCASE("by the code, after the file was damaged") {
    fs::resize_file(scene.key(), 20);
    CHECK_FALSE(scene.change(scene.by_code(), kSecond).first);
  }
  SUBCASE("by the code, after the file's mark was damaged") {
    std::fstream(scene.key(), std::ios::in | std::ios::out) << "X";
    CHECK_FALSE(scene.change(scene.by_code(), kSecond).first);
  }
  SUBCASE("through a link, which stays one") {
    fs::rename(scene.key(), scene.fixture.folder() / "stick.key");
    fs::create_symlink(scene.fixture.folder() / "stick.key", scene.key());
    static_cast<void>(scene.change(scene.by_code(), kSecond));
    CHECK(fs::is_symlink(scene.key()));
  }
  CHECK(scene.opens(kSecond));
  CHECK_FALSE(scene.opens(kFirst));
  struct stat status {};
  REQUIRE(::stat(scene.key().c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0600U);
  INFO("nothing is left beside it");
  CHECK(std::distance(fs::directory_iterator(scene.dir), fs::directory_iterator()) == 2);
}

TEST_CASE("what is no key file is never written over, though the agent's card lies beside it") {
  AgentScene scene(kFirst);
  fs::path named = scene.dir / "diary";
  SUBCASE("a text") { std::ofstream(named) << "ten years of my life\n"; }
  SUBCASE("a text as long as a key file") { std::ofstream(named) << std::string(140, 'x'); }
  SUBCASE("a text of many pages") { std::ofstream(named) << std::string(100000, 'x'); }
  SUBCASE("an empty file") { std::ofstream(named).close(); }
  SUBCASE("the card") { named = scene.dir / "agent.card"; }
  SUBCASE("a device's credential") { fs::copy_file(scene.fixture.credential_file(), named); }
  SUBCASE("a link to a text") {
    std::ofstream(scene.fixture.folder() / "text") << "ten years of my life\n";
    fs::create_symlink(scene.fixture.folder() / "text", named);
  }
  REQUIRE(fs::exists(named));
  const std::string before = text_at(named);
  const auto attempt = [&] {
    static_cast<void>(change_passphrase(
        scene.fixture.run(), {kLeastMemoryKib, named},
        []() -> Unlock { throw Error(ErrorKind::internal, "asked for a key"); },
        [] { return secret_of(kSecond); }));
  };
  CHECK(kind_of(attempt) == ErrorKind::usage);
  CHECK(message_of(attempt).find(named.string() + " is not a key file") != std::string::npos);
  CHECK(text_at(named) == before);
}

TEST_CASE("neither a folder, nor a pipe, nor a link to nothing becomes a key file") {
  AgentScene scene(nullptr);
  SUBCASE("a folder") { fs::create_directory(scene.key()); }
  SUBCASE("a pipe") { REQUIRE(::mkfifo(scene.key().c_str(), 0600) == 0); }
  SUBCASE("a link to nothing") { fs::create_symlink("nothing", scene.key()); }
  const fs::file_type before = fs::symlink_status(scene.key()).type();
  CHECK(kind_of([&] { static_cast<void>(scene.change(scene.by_code(), kSecond)); }) ==
        ErrorKind::usage);
  CHECK(fs::symlink_status(scene.key()).type() == before);
}

TEST_CASE("what takes the key file's place while the passphrase is asked for is left alone") {
  AgentScene scene(nullptr);
  bool had_passphrase = false;
  SUBCASE("where there was none") {}
  SUBCASE("where there was one") {
    static_cast<void>(scene.change(scene.by_code(), kFirst));
    had_passphrase = true;
  }
  CAPTURE(had_passphrase);
  const UnlockSource slow = [&] {
    fs::remove(scene.key());
    std::ofstream(scene.key()) << "ten years of my life\n";
    return scene.by_code()();
  };
  CHECK(kind_of([&] { static_cast<void>(scene.change(slow, kSecond)); }) == ErrorKind::usage);
  CHECK(text_at(scene.key()) == "ten years of my life\n");
}

TEST_CASE("what an interrupted change left in the vault goes with a later one") {
  NightFixture fixture;
  const fs::path tmp = fixture.vault() / "tmp";
  const fs::path old = tmp / "0123456789abcdef0123456789abcdef";
  const fs::path young = tmp / "fedcba9876543210fedcba9876543210";
  fs::create_directories(tmp);
  // Files are dated by the system, whatever the fixture's clock says.
  const auto now = std::chrono::system_clock::now();
  for (const fs::path& path : {old, young}) {
    std::ofstream(path) << "half a key file";
    const auto day = std::chrono::hours(24) * (path == old ? 8 : 6);
    fs::last_write_time(path, std::chrono::file_clock::from_sys(now - day));
  }
  static_cast<void>(change_passphrase(fixture.run(), {kLeastMemoryKib, {}}, fixture.owner(),
                                      [] { return secret_of(kFirst); }));
  CHECK_FALSE(fs::exists(old));
  INFO("another machine may be writing this one");
  CHECK(fs::exists(young));
}

TEST_CASE("an agent's key file that cannot be written leaves the old one as it was") {
  AgentScene scene(kFirst);
  const auto attempt = [&] {
    // Less than a key file.
    const FileSizeLimit full_disk(100);
    static_cast<void>(scene.change(scene.by_code(), kSecond));
  };
  CHECK(kind_of(attempt) == ErrorKind::storage);
  CHECK(scene.opens(kFirst));
  CHECK(std::distance(fs::directory_iterator(scene.dir), fs::directory_iterator()) == 2);
}

TEST_CASE("an agent without a passphrase gets one, and a stranger's code does not do it") {
  AgentScene scene(nullptr);
  CHECK_FALSE(fs::exists(scene.key()));
  AgentScene other(nullptr);
  const UnlockSource strange = [&] {
    return Unlock{Unlock::Kind::recovery_code, other.code.clone(), scene.key()};
  };
  CHECK(kind_of([&] { static_cast<void>(scene.change(strange, kSecond)); }) ==
        ErrorKind::wrong_key);
  CHECK(kind_of([&] {
          static_cast<void>(scene.change(by_passphrase(kFirst, scene.key()), kSecond));
        }) == ErrorKind::not_found);
  CHECK_FALSE(fs::exists(scene.key()));
  CHECK(scene.change(scene.by_code(), kFirst).first);
  CHECK(scene.opens(kFirst));
  fs::remove_all(scene.dir);
  CHECK(kind_of([&] { static_cast<void>(scene.change(scene.by_code(), kSecond)); }) ==
        ErrorKind::not_found);
}
