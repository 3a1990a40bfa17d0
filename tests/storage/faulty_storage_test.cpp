#include "support/faulty_storage.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support/error_kind.hpp"
#include "support/memory_storage.hpp"

using namespace valise;
using namespace valise::test;

namespace {

/// Seven calls that change something and three that do not.
void work_on(Storage& storage) {
  const auto writer = storage.put("backups/1");
  writer->write(bytes_of("0123456789"));
  static_cast<void>(writer->commit());
  static_cast<void>(put_object(storage, "keys/1", bytes_of("key")));
  static_cast<void>(read_object(storage, "keys/1", 10));
  static_cast<void>(storage.list(""));
  storage.remove("keys/1");
}

}  // namespace

TEST_CASE("faulty storage fails the call of the plan, and that one only") {
  std::uint64_t fail_at = 1;
  for (;; ++fail_at) {
    MemoryStorage memory;
    FaultyStorage storage(memory, {.fail_at = fail_at});
    const auto error = kind_of([&] { work_on(storage); });
    if (!storage.failed()) {
      CHECK_FALSE(error);
      break;
    }
    CHECK(error == ErrorKind::storage);
    CHECK(storage.counted_calls() == fail_at);
    // The next attempt meets no further fault.
    CHECK_FALSE(kind_of([&] { work_on(storage); }));
  }
  CHECK(fail_at == 11);
}

TEST_CASE("faulty storage counts the kinds of calls it was told to") {
  MemoryStorage memory;
  FaultyStorage storage(memory, {.fail_at = 2, .counted = only(StorageCall::commit)});
  CHECK(kind_of([&] { work_on(storage); }) == ErrorKind::storage);
  CHECK(storage.counted_calls() == 2);
  CHECK(storage.calls(StorageCall::put) == 2);
  CHECK(storage.calls(StorageCall::write) == 2);
  CHECK(storage.calls(StorageCall::read) == 0);
  CHECK(memory.size("backups/1"));
  CHECK_FALSE(memory.size("keys/1"));
}

TEST_CASE("after a crash nothing works any more, with the last commit done or not done") {
  for (const auto kind : {FaultPlan::Kind::crash, FaultPlan::Kind::crash_after}) {
    MemoryStorage memory;
    FaultyStorage storage(memory,
                          {.fail_at = 1, .kind = kind, .counted = only(StorageCall::commit)});
    CHECK(kind_of([&] { work_on(storage); }) == ErrorKind::storage);
    CHECK(kind_of([&] { static_cast<void>(storage.list("")); }) == ErrorKind::storage);
    CHECK(kind_of([&] { static_cast<void>(storage.size("a")); }) == ErrorKind::storage);
    CHECK(kind_of([&] { storage.remove("a"); }) == ErrorKind::storage);
    CHECK(kind_of([&] { storage.set_aside("a"); }) == ErrorKind::storage);
    CHECK(kind_of([&] { static_cast<void>(storage.put("a")); }) == ErrorKind::storage);
    CHECK(memory.size("backups/1").has_value() == (kind == FaultPlan::Kind::crash_after));
  }
}

TEST_CASE("an answer that gets lost is an error of work that was done") {
  MemoryStorage memory;
  FaultyStorage storage(
      memory,
      {.fail_at = 1, .kind = FaultPlan::Kind::error_after, .counted = only(StorageCall::remove)});
  REQUIRE(put_object(storage, "a", {}));
  CHECK(kind_of([&] { storage.remove("a"); }) == ErrorKind::storage);
  CHECK_FALSE(memory.size("a"));
}

TEST_CASE("a torn write passes on its first half") {
  MemoryStorage memory;
  FaultyStorage storage(
      memory,
      {.fail_at = 1, .kind = FaultPlan::Kind::torn_write, .counted = only(StorageCall::write)});
  const auto writer = storage.put("a");
  CHECK(kind_of([&] { writer->write(bytes_of("0123456789")); }) == ErrorKind::storage);
  CHECK_FALSE(memory.size("a"));
  // A caller that wrongly goes on makes an object that is wrong, and so is found out.
  CHECK(writer->commit());
  CHECK(text_of(memory.content("a")) == "01234");
}

TEST_CASE("memory storage goes back to a snapshot, and can be damaged") {
  MemoryStorage memory;
  REQUIRE(put_object(memory, "a", bytes_of("1")));
  const auto before = memory.snapshot();
  memory.overwrite("a", Bytes{2});
  REQUIRE(put_object(memory, "b", {}));
  CHECK(memory.content("a") == Bytes{2});
  memory.reset_to(before);
  CHECK(text_of(memory.content("a")) == "1");
  CHECK_FALSE(memory.size("b"));
  CHECK(kind_of([&] { static_cast<void>(memory.content("b")); }) == ErrorKind::not_found);
}
