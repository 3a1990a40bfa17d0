#include "storage/local_storage.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "support/child_process.hpp"
#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"
#include "support/texts.hpp"

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

namespace {

std::vector<ObjectName> names(const std::vector<ObjectInfo>& objects) {
  std::vector<ObjectName> out;
  for (const ObjectInfo& object : objects) out.push_back(object.name);
  return out;
}

unsigned object_mode_of(const fs::path& path) {
  struct stat info {};
  REQUIRE(lstat(path.c_str(), &info) == 0);
  return info.st_mode & 07777U;
}

/// A storage in a fresh folder.
struct Fixture {
  TempFolder folder;
  fs::path path = folder.path() / "vault";
  LocalStorage storage = LocalStorage::create(path);
};

}  // namespace

TEST_CASE("open refuses a folder that is not there, and writes nothing") {
  const TempFolder folder;
  const auto open = [](const fs::path& path) {
    return [path] { static_cast<void>(LocalStorage::open(path)); };
  };
  CHECK(kind_of(open(folder.path() / "none")) == ErrorKind::not_found);
  CHECK(contains(message_of(open(folder.path() / "none")), (folder.path() / "none").string()));
  std::ofstream(folder.path() / "file") << "x";
  CHECK(kind_of(open(folder.path() / "file")) == ErrorKind::not_found);
  CHECK(kind_of(open(folder.path() / "file" / "below")) == ErrorKind::not_found);
  fs::create_directory(folder.path() / "empty");
  CHECK(LocalStorage::open(folder.path() / "empty").list("").empty());
  CHECK(fs::is_empty(folder.path() / "empty"));
}

TEST_CASE("create makes a private folder with its parents and leaves it empty") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a" / "vault";
  const LocalStorage storage = LocalStorage::create(path);
  CHECK(storage.describe() == path.string());
  CHECK(object_mode_of(path) == 0700);
  CHECK(fs::is_empty(path));
  // An attempt that was interrupted may be repeated.
  fs::create_directory(path / "tmp");
  std::ofstream(path / "tmp" / std::string(32, 'a')) << "x";
  static_cast<void>(LocalStorage::create(path));
}

TEST_CASE("create refuses a folder that holds something, and leaves it alone") {
  const TempFolder folder;
  std::ofstream(folder.path() / "photo.jpg") << "x";
  const auto create = [&] { static_cast<void>(LocalStorage::create(folder.path())); };
  CHECK(kind_of(create) == ErrorKind::usage);
  CHECK(contains(message_of(create), "photo.jpg"));
  CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
  CHECK(kind_of([&] {
          static_cast<void>(LocalStorage::create(folder.path() / "photo.jpg" / "below"));
        }) == ErrorKind::storage);
}

TEST_CASE("objects and folders are private, and a moved storage still works") {
  Fixture f;
  LocalStorage moved = std::move(f.storage);
  REQUIRE(put_object(moved, "media/ab/1.pack", bytes_of("x")));
  CHECK(object_mode_of(f.path / "media") == 0700);
  CHECK(object_mode_of(f.path / "media" / "ab") == 0700);
  CHECK(object_mode_of(f.path / "media" / "ab" / "1.pack") == 0600);
  CHECK(fs::hard_link_count(f.path / "media" / "ab" / "1.pack") == 1);
}

TEST_CASE("a write under way stands in tmp, and is listed only there") {
  Fixture f;
  const auto writer = f.storage.put("vault");
  writer->write(bytes_of("x"));
  CHECK(f.storage.list("").empty());
  const auto under_way = f.storage.list("tmp");
  REQUIRE(under_way.size() == 1);
  CHECK(under_way[0].name.size() == 4 + 32);
  CHECK(object_mode_of(f.path / under_way[0].name) == 0600);
}

TEST_CASE(
    "attack: paths ../, absolute, NUL, symlink race, duplicates: a symbolic link inside a vault's "
    "folder") {
  Fixture f;
  const fs::path outside = f.folder.path() / "outside";
  fs::create_directory(outside);
  std::ofstream(outside / "secret") << "secret";
  fs::create_directory_symlink(outside, f.path / "log");
  fs::create_symlink(outside / "secret", f.path / "vault");
  std::uint8_t byte = 0;

  CHECK(kind_of([&] { f.storage.read("vault", 0, {&byte, 1}); }) == ErrorKind::corrupt);
  CHECK(kind_of([&] { static_cast<void>(f.storage.size("vault")); }) == ErrorKind::corrupt);
  CHECK(kind_of([&] { static_cast<void>(put_object(f.storage, "vault", {})); }) ==
        ErrorKind::corrupt);
  const auto read = [&] { f.storage.read("log/secret", 0, {&byte, 1}); };
  CHECK(kind_of(read) == ErrorKind::storage);
  CHECK(contains(message_of(read), (f.path / "log").string() + " is a symbolic link"));
  CHECK(kind_of([&] { static_cast<void>(f.storage.size("log/secret")); }) == ErrorKind::storage);
  CHECK(kind_of([&] { static_cast<void>(f.storage.list("log")); }) == ErrorKind::storage);
  CHECK(kind_of([&] { static_cast<void>(put_object(f.storage, "log/a/1", {})); }) ==
        ErrorKind::storage);
  CHECK(kind_of([&] { f.storage.remove("log/secret"); }) == ErrorKind::storage);
  CHECK(kind_of([&] { f.storage.set_aside("log/secret"); }) == ErrorKind::storage);
  CHECK(byte == 0);

  INFO("but scrub sees them, and can put them aside or remove them");
  CHECK(names(f.storage.list("")) == std::vector<ObjectName>{"log", "vault"});
  CHECK(f.storage.list("")[0].size == 0);
  f.storage.set_aside("vault");
  CHECK(fs::is_symlink(f.path / "damaged" / "vault"));
  f.storage.remove("log");
  CHECK(f.storage.list("").empty());
  CHECK(fs::exists(outside / "secret"));
  CHECK(std::distance(fs::directory_iterator(outside), fs::directory_iterator()) == 1);
  CHECK(fs::is_empty(f.path / "tmp"));
}

TEST_CASE("a temporary folder that is a symbolic link stops every write") {
  Fixture f;
  fs::create_directory_symlink(f.folder.path(), f.path / "tmp");
  CHECK(kind_of([&] { static_cast<void>(f.storage.put("vault")); }) == ErrorKind::storage);
  CHECK(kind_of([&] { f.storage.sweep_leftovers(0); }) == ErrorKind::storage);
}

TEST_CASE("a pipe or a folder in the place of an object is refused, without waiting") {
  Fixture f;
  REQUIRE(mkfifo((f.path / "vault").c_str(), 0600) == 0);
  fs::create_directories(f.path / "backups" / "1.valise");
  std::uint8_t byte = 0;
  for (const char* name : {"vault", "backups/1.valise"}) {
    CAPTURE(name);
    CHECK(kind_of([&] { f.storage.read(name, 0, {&byte, 1}); }) == ErrorKind::corrupt);
    CHECK(kind_of([&] { static_cast<void>(f.storage.size(name)); }) == ErrorKind::corrupt);
    CHECK(kind_of([&] { static_cast<void>(put_object(f.storage, name, {})); }) ==
          ErrorKind::corrupt);
    CHECK(contains(message_of([&] { static_cast<void>(f.storage.size(name)); }), name));
  }
  CHECK(kind_of([&] { f.storage.remove("backups/1.valise"); }) == ErrorKind::storage);
  f.storage.set_aside("backups/1.valise");
  f.storage.set_aside("vault");
  CHECK(f.storage.list("").empty());
}

TEST_CASE("strange names are listed in printable form, and no call opens them") {
  Fixture f;
  REQUIRE(put_object(f.storage, "log/a", {}));
  std::ofstream(f.path / "a file \x1b[31m.txt") << "x";
  std::ofstream(f.path / ".DS_Store") << "xy";
  std::ofstream(f.path / "50%") << "x";
  fs::create_directory(f.path / "h\xc3\xa9");
  std::ofstream(f.path / "h\xc3\xa9" / "tmp") << "x";
  fs::create_directory(f.path / "log" / "tmp");
  std::ofstream(f.path / "log" / "tmp" / "1") << "x";
  const std::vector<ObjectName> expected{".DS_Store",   "50%25", "a file %1b[31m.txt",
                                         "h%c3%a9/tmp", "log/a", "log/tmp/1"};
  CHECK(names(f.storage.list("")) == expected);
  CHECK(f.storage.list("")[0].size == 2);
  CHECK(kind_of([&] { f.storage.remove("50%25"); }) == ErrorKind::storage);
  CHECK(contains(message_of([&] { f.storage.remove("\x1b[31m"); }), "\"%1b[31m\""));
}

TEST_CASE("a tree that is far too deep is listed by its top and exhausts nothing") {
  Fixture f;
  fs::path deep = f.path;
  for (int i = 0; i < 40; ++i) deep /= "d";
  fs::create_directories(deep);
  std::ofstream(deep / "bottom") << "x";
  const auto found = f.storage.list("");
  REQUIRE(found.size() == 1);
  CHECK(found[0].name.starts_with("d/d/d/"));
  CHECK(found[0].name.size() < 40);
}

TEST_CASE("leftovers are swept by age, and only what a put can have made") {
  Fixture f;
  { static_cast<void>(put_object(f.storage, "vault", {})); }
  const auto leave = [&](const std::string& name, std::int64_t age) {
    const fs::path path = f.path / "tmp" / name;
    std::ofstream(path) << "x";
    const time_t modified = time(nullptr) - age;
    const timespec times[2] = {{modified, 0}, {modified, 0}};
    REQUIRE(utimensat(AT_FDCWD, path.c_str(), times, 0) == 0);
  };
  constexpr std::int64_t kDay = 86400;
  leave(std::string(32, 'a'), 8 * kDay);
  leave(std::string(32, 'b'), 7 * kDay - 600);
  leave(std::string(32, 'c'), 7 * kDay + 1);
  leave(std::string(32, 'd'), -kDay);  // The clock was set back.
  leave("README", 8 * kDay);
  leave(std::string(32, 'X'), 8 * kDay);
  fs::create_directory(f.path / "tmp" / std::string(32, 'e'));
  CHECK(f.storage.sweep_leftovers(7 * kDay) == 2);
  CHECK(f.storage.sweep_leftovers(7 * kDay) == 0);
  CHECK(names(f.storage.list("tmp")) ==
        std::vector<ObjectName>{"tmp/README", "tmp/" + std::string(32, 'X'),
                                "tmp/" + std::string(32, 'b'), "tmp/" + std::string(32, 'd')});
  const TempFolder empty;
  CHECK(LocalStorage::open(empty.path()).sweep_leftovers(0) == 0);
  CHECK(fs::is_empty(empty.path()));
}

TEST_CASE("a folder that may only be read still gives its objects, and says why it takes none") {
  Fixture f;
  REQUIRE(put_object(f.storage, "vault", bytes_of("key")));
  for (const fs::path& path : {f.folder.path(), f.path}) fs::permissions(path, fs::perms(0555));
  fs::permissions(f.path / "tmp", fs::perms(0555));
  fs::permissions(f.path / "vault", fs::perms(0444));
  const auto end = run_in_child([&] {
    if (!give_up_privileges()) return 2;
    LocalStorage storage = LocalStorage::open(f.path);
    if (text_of(read_object(storage, "vault", 10)) != "key") return 3;
    if (storage.list("").size() != 1) return 4;
    const auto refused = [](const std::string& message) {
      return contains(message, "Permission denied; look at who owns it");
    };
    if (!refused(message_of([&] { static_cast<void>(storage.put("new")); }))) return 5;
    if (!refused(message_of([&] { storage.remove("vault"); }))) return 6;
    if (!refused(message_of([&] { storage.set_aside("vault"); }))) return 7;
    return 0;
  });
  CHECK(end.exit_code == 0);
  for (const fs::path& path : {f.path, f.path / "tmp"}) fs::permissions(path, fs::perms(0700));
}
