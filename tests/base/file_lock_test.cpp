#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/files.hpp"
#include "support/child_process.hpp"
#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"
#include "valise/run.hpp"

using namespace valise;
using namespace valise::test;

TEST_CASE("a lock is held by one, and free again when that one goes") {
  const TempFolder folder;
  const auto path = folder.path() / "lock";
  {
    const FileLock held(path, 0, "the vault");
    const auto again = [&] { const FileLock second(path, 0, "the vault"); };
    CHECK(kind_of(again) == ErrorKind::locked);
    CHECK(message_of(again).starts_with("the vault is in use by another run"));
    const auto end = run_in_child([&] { return kind_of(again) == ErrorKind::locked ? 0 : 1; });
    CHECK(end.exit_code == 0);
  }
  const FileLock free_again(path, 0, "the vault");
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("a lock goes with the process that held it, however it ended") {
  const TempFolder folder;
  const auto end = run_in_child([&] {
    const FileLock held(folder.path() / "lock", 0, "the vault");
    kill(getpid(), SIGKILL);
    return 0;
  });
  CHECK(end.signal == SIGKILL);
  const FileLock free_again(folder.path() / "lock", 0, "the vault");
}

TEST_CASE("a lock waits for as long as it was told") {
  const TempFolder folder;
  const auto path = folder.path() / "lock";
  auto held = std::make_unique<FileLock>(path, 0, "the vault");
  const auto begin = std::chrono::steady_clock::now();
  CHECK(kind_of([&] { const FileLock second(path, 1, "the vault"); }) == ErrorKind::locked);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(950));

  std::jthread release([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    held.reset();
  });
  const FileLock second(path, 60, "the vault");
}

TEST_CASE("waiting for a lock ends when the run is cancelled") {
  const TempFolder folder;
  const FileLock held(folder.path() / "lock", 0, "the vault");
  Cancellation cancellation;
  std::jthread cancel([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    cancellation.request();
  });
  CHECK(kind_of([&] {
          const FileLock second(folder.path() / "lock", 600, "the vault", &cancellation);
        }) == ErrorKind::cancelled);
}

TEST_CASE("a lock that cannot be opened is an error of its path") {
  const TempFolder folder;
  const auto path = folder.path() / "none" / "lock";
  const auto lock = [&] { const FileLock held(path, 0, "the vault"); };
  CHECK(kind_of(lock) == ErrorKind::storage);
  CHECK(message_of(lock).find(path.string()) != std::string::npos);
}
