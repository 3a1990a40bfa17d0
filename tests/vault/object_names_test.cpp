#include "vault/object_names.hpp"

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "crypto/random.hpp"

namespace valise::test {

TEST_CASE("names of objects can be taken apart again") {
  const Bytes32 signer = random_array<32>();
  const Bytes16 bid = random_array<16>();
  CHECK(key_object(1) == "keys/0001.key");
  CHECK(entry_object(Bytes32{}, 7) == "log/" + std::string(64, '0') + "/0000000007.entry");
  for (const unsigned number : {1U, 42U, kKeyNumberMax}) {
    CHECK(key_number_of(key_object(number)) == number);
  }
  for (const std::uint64_t seq : {std::uint64_t{1}, std::uint64_t{123456}, kEntrySeqMax}) {
    const auto at = entry_at(entry_object(signer, seq));
    REQUIRE(at);
    CHECK(at->signer == signer);
    CHECK(at->seq == seq);
    CHECK(entry_object(signer, seq).starts_with(log_folder(signer) + "/"));
  }
  CHECK(container_bid_of(container_object(bid)) == bid);
  const std::string id = hex(signer);
  CHECK(pack_object(signer) == "media/" + id.substr(0, 2) + "/" + id + ".pack");
  CHECK(pack_id_of(pack_object(signer)) == signer);
  for (const int slot : {1, 9, 10, 16}) {
    const auto at = drill_at("drills/" + id + "." + std::to_string(slot));
    REQUIRE(at);
    CHECK(at->entry_id == signer);
    CHECK(at->slot == slot);
  }
  for (const ObjectName& name :
       {key_object(1), entry_object(signer, kEntrySeqMax), container_object(bid)}) {
    CHECK(valid_object_name(name));
  }
}

TEST_CASE("a name of any other form is no object's") {
  const std::string id(64, 'a');
  const std::string bid(32, 'b');
  const auto nobodys = [](const std::string& name) {
    return !key_number_of(name) && !container_bid_of(name) && !pack_id_of(name) &&
           !entry_at(name) && !drill_at(name);
  };
  REQUIRE_FALSE(nobodys("backups/" + bid + ".valise"));
  const std::string bad[] = {
      "",
      "vault",
      "keys/",
      "keys/.key",
      "keys/1.key",
      "keys/0000.key",
      "keys/00001.key",
      "keys/-001.key",
      "keys/+001.key",
      "keys/ 001.key",
      "keys/0x01.key",
      "keys/0001.key2",
      "keys/0001",
      "key/0001.key",
      "Keys/0001.key",
      "backups/.valise",
      "backups/" + bid,
      "backups/" + bid + ".VALISE",
      "backups/" + bid + "0.valise",
      "backups/" + bid.substr(1) + ".valise",
      "backups/" + std::string(32, 'B') + ".valise",
      "backups/" + std::string(32, 'g') + ".valise",
      "backups/sub/" + bid + ".valise",
      "log/" + id + "/0000000000.entry",
      "log/" + id + "/1.entry",
      "log/" + id + "/00000000001.entry",
      "log/" + id + "/000000000x.entry",
      "log/" + id + "0000000001.entry",
      "log/" + id.substr(1) + "/0000000001.entry",
      "log/" + std::string(64, 'A') + "/0000000001.entry",
      "log/" + id + "/0000000001.entry.entry",
      "log/" + id + "/sub/0000000001.entry",
      "media/aa/" + id,
      "media/ab/" + id + ".pack",
      "media/" + id + ".pack",
      "media/AA/" + std::string(64, 'A') + ".pack",
      "media/aa/" + id.substr(1) + ".pack",
      "drills/" + id,
      "drills/" + id + ".",
      "drills/" + id + ".0",
      "drills/" + id + ".17",
      "drills/" + id + ".01",
      "drills/" + id + ".001",
      "drills/" + id + ".x",
      "drills/" + id.substr(1) + ".1",
  };
  for (const std::string& name : bad) {
    CAPTURE(name);
    CHECK(nobodys(name));
  }
}

}  // namespace valise::test
