#include "support/storage_suite.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "base/error.hpp"
#include "support/error_kind.hpp"

namespace valise::test {
namespace {

Bytes pattern(std::size_t size, unsigned seed) {
  Bytes bytes(size);
  std::uint32_t state = seed * 2654435761U + 1;
  for (std::uint8_t& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<std::uint8_t>(state >> 24);
  }
  return bytes;
}

std::vector<ObjectName> names(const std::vector<ObjectInfo>& objects) {
  std::vector<ObjectName> out;
  for (const ObjectInfo& object : objects) out.push_back(object.name);
  return out;
}

Bytes read_back(const Storage& storage, const ObjectName& name) {
  return read_object(storage, name, 64 << 20);
}

void check_put(Storage& storage) {
  CHECK(storage.list("").empty());
  CHECK(storage.list("log").empty());
  CHECK_FALSE(storage.size("vault"));

  CHECK(put_object(storage, "vault", bytes_of("public key")));
  CHECK(text_of(read_back(storage, "vault")) == "public key");
  CHECK(storage.size("vault") == 10);

  INFO("an object that exists is left alone");
  CHECK_FALSE(put_object(storage, "vault", bytes_of("another")));
  CHECK(text_of(read_back(storage, "vault")) == "public key");

  CHECK(put_object(storage, "log/a/0000000001.entry", {}));
  CHECK(storage.size("log/a/0000000001.entry") == 0);
  CHECK(read_back(storage, "log/a/0000000001.entry").empty());
}

void check_writer(Storage& storage) {
  // Of all sizes around a buffer's, small and large writes mixed.
  const Bytes large = pattern((9 << 20) + 17, 1);
  {
    const auto writer = storage.put("backups/large.valise");
    CHECK_FALSE(storage.size("backups/large.valise"));
    CHECK(storage.list("backups").empty());
    ByteSpan rest = large;
    for (std::size_t part = 1; !rest.empty(); part = part * 3 + 1) {
      const std::size_t size = std::min(part, rest.size());
      writer->write(rest.first(size));
      rest = rest.subspan(size);
    }
    writer->write({});
    CHECK(writer->commit());
  }
  CHECK(read_back(storage, "backups/large.valise") == large);

  {
    const auto writer = storage.put("backups/abandoned.valise");
    writer->write(large);
  }
  CHECK_FALSE(storage.size("backups/abandoned.valise"));
  CHECK(names(storage.list("backups")) == std::vector<ObjectName>{"backups/large.valise"});
  CHECK(storage.list("tmp").empty());

  const auto first = storage.put("backups/raced.valise");
  const auto second = storage.put("backups/raced.valise");
  first->write(bytes_of("first"));
  second->write(bytes_of("second"));
  CHECK(second->commit());
  CHECK_FALSE(first->commit());
  CHECK(text_of(read_back(storage, "backups/raced.valise")) == "second");
  CHECK(kind_of([&] { static_cast<void>(second->commit()); }) == ErrorKind::internal);
}

void check_read(Storage& storage) {
  const Bytes content = pattern(1000, 2);
  REQUIRE(put_object(storage, "media/ab/pack.pack", content));
  Bytes part(100);
  storage.read("media/ab/pack.pack", 900, part);
  CHECK(std::equal(part.begin(), part.end(), content.begin() + 900));
  storage.read("media/ab/pack.pack", 1000, {});
  CHECK(kind_of([&] { storage.read("media/ab/pack.pack", 901, part); }) == ErrorKind::corrupt);
  CHECK(kind_of([&] { storage.read("media/ab/pack.pack", 1 << 30, part); }) == ErrorKind::corrupt);
  CHECK(kind_of([&] { storage.read("media/ab/none", 0, part); }) == ErrorKind::not_found);
  CHECK(kind_of([&] { storage.read("media/none/none", 0, part); }) == ErrorKind::not_found);
  CHECK(kind_of([&] { static_cast<void>(read_object(storage, "none", 1)); }) ==
        ErrorKind::not_found);
  CHECK(kind_of([&] { static_cast<void>(read_object(storage, "media/ab/pack.pack", 999)); }) ==
        ErrorKind::limit);
  CHECK(read_object(storage, "media/ab/pack.pack", 1000) == content);
  INFO("an error names the object");
  CHECK(message_of([&] { storage.read("media/ab/none", 0, part); }).find("media/ab/none") !=
        std::string::npos);
}

void check_list(Storage& storage) {
  for (const char* name : {"order/b/2", "order/a", "order/b.1", "order/b/10", "order-too"}) {
    REQUIRE(put_object(storage, name, bytes_of(name)));
  }
  const auto found = storage.list("order");
  CHECK(names(found) == std::vector<ObjectName>{"order/a", "order/b.1", "order/b/10", "order/b/2"});
  CHECK(found.at(2).size == 10);
  CHECK(found.at(2).modified > 1'500'000'000);
  CHECK(names(storage.list("order/b")) == std::vector<ObjectName>{"order/b/10", "order/b/2"});
  CHECK(storage.list("order/a").empty());
  CHECK(storage.list("orde").empty());
  const auto all = names(storage.list(""));
  CHECK(std::is_sorted(all.begin(), all.end()));
  CHECK(std::count(all.begin(), all.end(), "order/b/10") == 1);
  CHECK(std::count(all.begin(), all.end(), "vault") == 1);
}

void check_remove_and_set_aside(Storage& storage) {
  storage.remove("order/a");
  storage.remove("order/a");
  storage.remove("nowhere/at/all");
  CHECK_FALSE(storage.size("order/a"));
  CHECK(put_object(storage, "order/a", bytes_of("again")));

  for (const char* content : {"bad 1", "bad 2", "bad 3"}) {
    REQUIRE(put_object(storage, "keys/0001.key", bytes_of(content)));
    storage.set_aside("keys/0001.key");
    CHECK_FALSE(storage.size("keys/0001.key"));
  }
  CHECK(names(storage.list("damaged")) == std::vector<ObjectName>{"damaged/keys_0001.key",
                                                                  "damaged/keys_0001.key.2",
                                                                  "damaged/keys_0001.key.3"});
  CHECK(text_of(read_back(storage, "damaged/keys_0001.key.2")) == "bad 2");
  const auto all = names(storage.list(""));
  CHECK(std::none_of(all.begin(), all.end(), reserved_object_name));
  CHECK(kind_of([&] { storage.set_aside("keys/0001.key"); }) == ErrorKind::not_found);
  CHECK(kind_of([&] { storage.set_aside("no/such/folder"); }) == ErrorKind::not_found);
  storage.remove("damaged/keys_0001.key");
  CHECK(storage.list("damaged").size() == 2);
}

void check_names(Storage& storage) {
  const auto before = names(storage.list(""));
  const std::string bad[] = {"",
                             "/",
                             "/a",
                             "a/",
                             "a//b",
                             ".",
                             "..",
                             "a/..",
                             "../a",
                             "a/.b",
                             ".hid",
                             "a b",
                             "a\nb",
                             "a%20b",
                             "\xc3\xa9",
                             "a\\b",
                             std::string(201, 'a'),
                             std::string("a\0b", 3)};
  for (const std::string& name : bad) {
    CAPTURE(printable_name(name));
    std::uint8_t byte = 0;
    CHECK(kind_of([&] { static_cast<void>(storage.put(name)); }) == ErrorKind::storage);
    CHECK(kind_of([&] { storage.read(name, 0, {&byte, 1}); }) == ErrorKind::storage);
    CHECK(kind_of([&] { static_cast<void>(storage.size(name)); }) == ErrorKind::storage);
    CHECK(kind_of([&] { storage.remove(name); }) == ErrorKind::storage);
    CHECK(kind_of([&] { storage.set_aside(name); }) == ErrorKind::storage);
    if (name.empty()) continue;
    CHECK(kind_of([&] { static_cast<void>(storage.list(name)); }) == ErrorKind::storage);
  }
  for (const char* name : {"tmp", "tmp/a", "damaged", "damaged/a"}) {
    CHECK(kind_of([&] { static_cast<void>(storage.put(name)); }) == ErrorKind::storage);
    CHECK(kind_of([&] { storage.set_aside(name); }) == ErrorKind::storage);
  }
  CHECK(put_object(storage, "damagedly/" + std::string(190, 'x'), {}));
  storage.set_aside("damagedly/" + std::string(190, 'x'));
  CHECK(names(storage.list("")) == before);

  INFO("an object is no folder, and a folder is no object");
  REQUIRE(put_object(storage, "place/object", {}));
  const auto put_both = [&](const char* name) {
    return kind_of([&] { static_cast<void>(put_object(storage, name, bytes_of("x"))); });
  };
  CHECK(put_both("place/object/below") == ErrorKind::storage);
  CHECK(put_both("place") == ErrorKind::corrupt);
  CHECK_FALSE(storage.size("place/object/below"));
  CHECK(storage.size("place/object") == 0);
}

void check_threads(Storage& storage) {
  constexpr unsigned kThreads = 4;
  constexpr unsigned kRounds = 25;
  for (unsigned round = 0; round < kRounds; ++round) {
    const ObjectName name = "race/" + std::to_string(round);
    std::atomic<int> waiting{kThreads};
    std::atomic<unsigned> won{0};
    std::atomic<unsigned> winner{0};
    std::atomic<unsigned> failed{0};
    {
      std::vector<std::jthread> threads;
      for (unsigned i = 0; i < kThreads; ++i) {
        threads.emplace_back([&, i] {
          try {
            const auto writer = storage.put(name);
            writer->write(pattern(5000, i));
            // All at the commit at once.
            --waiting;
            while (waiting > 0) std::this_thread::yield();
            if (!writer->commit()) return;
            winner = i;
            ++won;
          } catch (const Error&) {
            waiting = 0;
            ++failed;
          }
        });
      }
    }
    CHECK(failed == 0);
    CHECK(won == 1);
    CHECK(read_back(storage, name) == pattern(5000, winner));
  }
  CHECK(storage.list("race").size() == kRounds);
  CHECK(storage.list("tmp").empty());
}

}  // namespace

void run_storage_suite(Storage& storage) {
  CHECK_FALSE(storage.describe().empty());
  check_put(storage);
  check_writer(storage);
  check_read(storage);
  check_list(storage);
  check_remove_and_set_aside(storage);
  check_names(storage);
  check_threads(storage);
}

}  // namespace valise::test
