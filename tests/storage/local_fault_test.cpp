#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#ifdef __linux__
#include <sched.h>
#include <sys/mount.h>
#endif

#include "storage/local_storage.hpp"
#include "support/child_process.hpp"
#include "support/error_kind.hpp"
#include "support/file_size_limit.hpp"
#include "support/temp_folder.hpp"

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("kill -9 between write and commit leaves no object, and what it leaves is swept") {
  const TempFolder folder;
  LocalStorage storage = LocalStorage::create(folder.path() / "vault");
  const auto end = run_in_child([&] {
    const auto writer = storage.put("backups/1.valise");
    writer->write(Bytes(1 << 20, 7));
    kill(getpid(), SIGKILL);
    return 0;
  });
  CHECK(end.signal == SIGKILL);
  CHECK_FALSE(storage.size("backups/1.valise"));
  CHECK(storage.list("").empty());
  CHECK(storage.list("tmp").size() == 1);
  CHECK(put_object(storage, "backups/1.valise", bytes_of("again")));
  CHECK(storage.sweep_leftovers(0) == 0);
  for (const auto& entry : fs::directory_iterator(folder.path() / "vault" / "tmp")) {
    fs::last_write_time(entry.path(), fs::file_time_type::clock::now() - std::chrono::hours(1));
  }
  CHECK(storage.sweep_leftovers(0) == 1);
  CHECK(storage.list("tmp").empty());
  CHECK(text_of(read_object(storage, "backups/1.valise", 10)) == "again");
}

TEST_CASE("kill -9 at any moment leaves an object whole or absent") {
  const TempFolder folder;
  LocalStorage storage = LocalStorage::create(folder.path() / "vault");
  const Bytes content(700'000, 42);
  unsigned whole = 0;
  unsigned absent = 0;
  for (int round = 0; round < 40; ++round) {
    const ObjectName name = "backups/" + std::to_string(round);
    const auto end = run_in_child([&] {
      // The kernel's timer kills it wherever it is by then.
      struct sigaction deadly {};
      deadly.sa_handler = [](int) { kill(getpid(), SIGKILL); };
      sigaction(SIGALRM, &deadly, nullptr);
      const auto writer = storage.put(name);
      ualarm(static_cast<useconds_t>(1 + round * 150), 0);
      for (int part = 0; part < 70; ++part) {
        writer->write(ByteSpan(content).subspan(static_cast<std::size_t>(part) * 10'000, 10'000));
      }
      const bool done = writer->commit();
      ualarm(0, 0);
      return done ? 0 : 1;
    });
    CHECK((end.signal == SIGKILL || end.exit_code == 0));
    const bool is_there = storage.size(name).has_value();
    if (end.exit_code == 0) CHECK(is_there);
    if (is_there) CHECK(read_object(storage, name, 1 << 20) == content);
    ++(is_there ? whole : absent);
  }
  CHECK(whole + absent == 40);
  CHECK(absent > 0);
}

TEST_CASE("a write that fails half-way names the object and leaves nothing") {
  const TempFolder folder;
  LocalStorage storage = LocalStorage::create(folder.path() / "vault");
  const Bytes large(600'000, 1);
  std::string at_write;
  std::string at_commit;
  {
    const FileSizeLimit full(65536);
    at_write = message_of([&] { static_cast<void>(put_object(storage, "backups/1", large)); });
    // Small enough to wait in the writer's buffer, so that the commit meets it.
    at_commit =
        message_of([&] { static_cast<void>(put_object(storage, "backups/2", Bytes(100'000, 1))); });
  }
  for (const std::string& message : {at_write, at_commit}) {
    CHECK(contains(message, (folder.path() / "vault" / "backups").string()));
    CHECK(contains(message, "ulimit -f"));
  }
  CHECK(storage.list("").empty());
  CHECK(storage.list("tmp").empty());
  CHECK(put_object(storage, "backups/1", large));
}

TEST_CASE("an object that was cut short is corrupt, and named") {
  const TempFolder folder;
  LocalStorage storage = LocalStorage::create(folder.path() / "vault");
  REQUIRE(put_object(storage, "backups/1", Bytes(1000, 1)));
  fs::resize_file(folder.path() / "vault" / "backups" / "1", 500);
  Bytes out(1000);
  const auto read = [&] { storage.read("backups/1", 0, out); };
  CHECK(kind_of(read) == ErrorKind::corrupt);
  CHECK(contains(message_of(read), "backups/1"));
  CHECK(contains(message_of(read), "has 500"));
}

TEST_CASE("the folder that goes away during a run is an error, not a new folder") {
  const TempFolder folder;
  const fs::path path = folder.path() / "vault";
  LocalStorage storage = LocalStorage::create(path);
  fs::remove_all(path);
  CHECK(kind_of([&] { static_cast<void>(put_object(storage, "vault", {})); }) ==
        ErrorKind::storage);
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("two processes that commit one name: exactly one wins") {
  const TempFolder folder;
  LocalStorage storage = LocalStorage::create(folder.path() / "vault");
  int won = 0;
  for (int round = 0; round < 10; ++round) {
    const ObjectName name = "log/" + std::to_string(round);
    const auto writer = storage.put(name);
    writer->write(bytes_of("parent"));
    const auto end = run_in_child([&] { return put_object(storage, name, bytes_of("child")); });
    CHECK(end.exit_code == 1);
    won += writer->commit() ? 1 : 0;
    CHECK(text_of(read_object(storage, name, 10)) == "child");
  }
  CHECK(won == 0);
}

#ifdef __linux__
namespace {

constexpr int kCannotMount = 77;

/// In a child: a file system of 1 MiB of its own on `path`, which goes with the process.
bool mount_small(const fs::path& path) {
  return unshare(CLONE_NEWNS) == 0 &&
         mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("valise-test", path.c_str(), "tmpfs", 0, "size=1m") == 0;
}

}  // namespace

TEST_CASE("a disk that is full or read-only is an error in words, and older objects stay") {
  const TempFolder folder;
  const auto end = run_in_child([&] {
    if (!mount_small(folder.path())) return kCannotMount;
    LocalStorage storage = LocalStorage::create(folder.path());
    if (!put_object(storage, "backups/1", Bytes(100'000, 1))) return 1;
    const std::string full = message_of(
        [&] { static_cast<void>(put_object(storage, "backups/2", Bytes(2'000'000, 2))); });
    if (!contains(full, "backups/2: No space left on device; the disk is full")) return 2;
    if (!storage.list("tmp").empty() || storage.list("").size() != 1) return 3;
    // The room that the failed write took is free again.
    if (!put_object(storage, "backups/2", Bytes(500'000, 2))) return 4;

    if (mount("none", folder.path().c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
      return kCannotMount;
    }
    LocalStorage read_only = LocalStorage::open(folder.path());
    if (read_object(read_only, "backups/1", 100'000) != Bytes(100'000, 1)) return 5;
    for (const std::string& message :
         {message_of([&] { static_cast<void>(read_only.put("vault")); }),
          message_of([&] { read_only.remove("backups/1"); }),
          message_of([&] { read_only.set_aside("backups/1"); })}) {
      if (!contains(message, "Read-only file system; it is mounted read-only")) return 6;
    }
    return read_only.list("").size() == 2 ? 0 : 7;
  });
  if (end.exit_code == kCannotMount) {
    MESSAGE("not tried here: mounting a small file system needs root");
    return;
  }
  CHECK(end.exit_code == 0);
}
#endif
