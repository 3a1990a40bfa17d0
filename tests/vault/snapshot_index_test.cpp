#include "vault/snapshot_index.hpp"

#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "support/error_kind.hpp"
#include "vault/log_fixture.hpp"

namespace valise::test {
namespace {

constexpr UnixSeconds kDay = 24 * 3600;

const auto kAll = [](const Snapshot&) { return true; };

/// One policy, one device and its backups.
struct IndexFixture : LogFixture {
  SigningKey device = SigningKey::generate();
  Entry policy = add_policy();
  Entry certificate = add_device(device, "laptop", policy.id);
  LogHead head{0, certificate.id};

  Entry back_up(std::uint8_t bid, const Bytes32& parent = {}, std::uint8_t source = 1) {
    return add(device, head, backup(bid, policy.id, parent, source));
  }
  /// The roots live as long as the index needs them.
  SnapshotIndex read() {
    roots = RootChain::read(vault());
    return SnapshotIndex::read(vault(), roots);
  }
  std::vector<std::uint8_t> order() {
    std::vector<std::uint8_t> bids;
    const SnapshotIndex index = read();
    for (const Snapshot& snapshot : index.all()) bids.push_back(snapshot.backup().bid[0]);
    return bids;
  }
  RootChain roots;
};

}  // namespace

TEST_CASE(
    "snapshots of all devices come in the order of time, and a clock set back changes nothing") {
  IndexFixture log;
  const UnixSeconds start = log.time;
  log.back_up(1);
  log.time = start + 2 * kDay;
  log.back_up(2);
  log.time = start + kDay;  // Set back by a day.
  log.back_up(3);
  const SigningKey phone = SigningKey::generate();
  log.time = start + kDay;
  const Entry certificate = log.add_device(phone, "phone", log.policy.id);
  LogHead phone_head{0, certificate.id};
  log.time = start + kDay + 60;
  log.add(phone, phone_head, LogFixture::backup(4, log.policy.id));
  log.time = start + 3 * kDay;
  log.back_up(5);
  CHECK(log.order() == std::vector<std::uint8_t>{1, 4, 2, 3, 5});
  const SnapshotIndex index = log.read();
  CHECK(index.problems().empty());
  INFO("the third counts as made when the second was, and says what its clock said");
  CHECK(index.all()[3].time == index.all()[2].time);
  CHECK(index.all()[3].entry.header.time < index.all()[2].entry.header.time);
  CHECK(index.all()[1].device->name == "phone");
}

TEST_CASE("a snapshot is found as the latest, by the start of its id, or by a day") {
  IndexFixture log;
  log.time = 1'800'014'400;  // 2027-01-15T12:00:00Z
  log.back_up(0x10);
  log.time += kDay;
  log.back_up(0x11, {}, 2);
  log.time += kDay;
  log.back_up(0x12);
  const SnapshotIndex index = log.read();
  const auto bid = [&](std::string_view name, const auto& wanted) {
    return index.find(name, wanted).backup().bid[0];
  };
  const auto kind = [&](std::string_view name, const auto& wanted) {
    return kind_of([&] { static_cast<void>(index.find(name, wanted)); });
  };
  CHECK(bid("latest", kAll) == 0x12);
  CHECK(bid("1000", kAll) == 0x10);
  CHECK(bid(index.all()[1].id(), kAll) == 0x11);
  CHECK(bid("2027-01-15", kAll) == 0x10);
  CHECK(bid("2027-01-16", kAll) == 0x11);
  CHECK(bid("2099-12-31", kAll) == 0x12);
  CHECK(kind("2027-01-14", kAll) == ErrorKind::not_found);
  CHECK(kind("ffff", kAll) == ErrorKind::not_found);

  const auto second_source = [](const Snapshot& snapshot) {
    return snapshot.backup().source == Bytes16{2};
  };
  CHECK(bid("latest", second_source) == 0x11);
  CHECK(kind("1000", second_source) == ErrorKind::not_found);
  CHECK(kind("2027-01-15", second_source) == ErrorKind::not_found);

  for (const char* name : {"", "100", "newest", "2027-1-1", "2027-02-30", "zzzz", "LATEST",
                           "100000000000000000000000000000000"}) {
    CAPTURE(name);
    CHECK(kind(name, kAll) == ErrorKind::usage);
  }
}

TEST_CASE("the start of an id may be typed in any case, and must mean one snapshot") {
  IndexFixture log;
  BackupPayload first = LogFixture::backup(0xab, log.policy.id);
  BackupPayload second = first;
  first.bid[1] = 0xcd;
  second.bid[1] = 0xce;
  log.add(log.device, log.head, first);
  log.add(log.device, log.head, second);
  const SnapshotIndex index = log.read();
  CHECK(index.find("ABCD", kAll).backup().bid[1] == 0xcd);
  log.add(log.device, log.head, [&] {
    second.bid[1] = 0xcd;
    second.bid[2] = 1;
    return second;
  }());
  const SnapshotIndex ambiguous = log.read();
  const auto find = [&] { static_cast<void>(ambiguous.find("abcd", kAll)); };
  CHECK(kind_of(find) == ErrorKind::usage);
  CHECK(message_of(find).find("several") != std::string::npos);
  CHECK(ambiguous.find("abcd01", kAll).backup().bid[2] == 1);
}

TEST_CASE("an empty vault says what to do") {
  IndexFixture log;
  const SnapshotIndex index = log.read();
  const auto find = [&] { static_cast<void>(index.find("latest", kAll)); };
  CHECK(kind_of(find) == ErrorKind::not_found);
  CHECK(message_of(find).find("valise backup") != std::string::npos);
}

TEST_CASE("a chain goes from its full to the snapshot") {
  IndexFixture log;
  const Entry full = log.back_up(1);
  const Entry second = log.back_up(2, full.id);
  const Entry other = log.back_up(3, {}, 2);
  const Entry third = log.back_up(4, second.id);
  const SnapshotIndex index = log.read();
  const auto chain = index.chain_of(*index.by_entry(third.id));
  REQUIRE(chain.size() == 3);
  CHECK(chain[0]->entry.id == full.id);
  CHECK(chain[1]->entry.id == second.id);
  CHECK(chain[2]->entry.id == third.id);
  CHECK(index.chain_of(*index.by_entry(other.id)).size() == 1);
  CHECK(index.by_entry(log.policy.id) == nullptr);
}

TEST_CASE("a chain that cannot be is refused and names the backup") {
  IndexFixture log;
  const Entry full = log.back_up(1);
  Entry last = full;
  std::string says;
  SUBCASE("a parent that the log does not hold") {
    last = log.back_up(2, Bytes32{7});
    says = "no longer holds";
  }
  SUBCASE("a parent of another source") {
    last = log.back_up(2, full.id, 2);
    says = "another device, source or policy";
  }
  SUBCASE("a parent of another policy") {
    const Entry newer = log.add_policy();
    last = log.add(log.device, log.head, LogFixture::backup(2, newer.id, full.id));
    says = "another device, source or policy";
  }
  SUBCASE("a parent of another device") {
    const SigningKey phone = SigningKey::generate();
    const Entry certificate = log.add_device(phone, "phone", log.policy.id);
    LogHead phone_head{0, certificate.id};
    // Further on in its log than the parent in the other one.
    log.add(phone, phone_head, LogFixture::backup(3, log.policy.id));
    last = log.add(phone, phone_head, LogFixture::backup(2, log.policy.id, full.id));
    says = "another device, source or policy";
  }
  SUBCASE("a parent that is no backup") {
    last = log.back_up(2, log.policy.id);
    says = "no longer holds";
  }
  SUBCASE("more containers than a chain may have") {
    for (std::size_t i = 0; i < kChainLengthMax - 1; ++i) {
      BackupPayload payload = LogFixture::backup(2, log.policy.id, last.id);
      payload.bid[1] = static_cast<std::uint8_t>(i);
      last = log.add(log.device, log.head, payload);
    }
    const SnapshotIndex index = log.read();
    CHECK(index.chain_of(*index.by_entry(last.id)).size() == kChainLengthMax);
    last = log.back_up(3, last.id);
    says = "longer";
  }
  const SnapshotIndex index = log.read();
  const auto chain = [&] { static_cast<void>(index.chain_of(*index.by_entry(last.id))); };
  CHECK(kind_of(chain) == ErrorKind::corrupt);
  CAPTURE(message_of(chain));
  CHECK(message_of(chain).find(says) != std::string::npos);
  CHECK(message_of(chain).find("backup ") == 0);
}

TEST_CASE("what is not a certified backup under a signed policy is left out and told") {
  IndexFixture log;
  log.back_up(1);
  log.add(log.device, log.head, LogFixture::backup(2, Bytes32{9}));
  BackupPayload slots = LogFixture::backup(3, log.policy.id);
  slots.k = 1;
  slots.slots.emplace_back();
  log.add(log.device, log.head, slots);
  const SigningKey stranger = SigningKey::generate();
  LogHead stranger_head;
  log.add(stranger, stranger_head, LogFixture::backup(4, log.policy.id));
  const SnapshotIndex index = log.read();
  CHECK(log.order() == std::vector<std::uint8_t>{1});
  REQUIRE(index.problems().size() == 2);
  CHECK(index.problems()[0].code == "policy");
  CHECK(index.problems()[0].object == entry_object(log.device.public_key(), 2));
  CHECK(index.problems()[1].code == "policy");
}

TEST_CASE("of a revoked device what it signed up to its last good entry counts") {
  IndexFixture log;
  std::vector<Entry> entries;
  for (std::uint8_t bid = 1; bid <= 4; ++bid) entries.push_back(log.back_up(bid));
  Bytes32 last_good = entries[1].id;
  std::vector<std::uint8_t> good{1, 2};
  SUBCASE("the second") {}
  SUBCASE("none") {
    last_good = log.certificate.id;
    good = {};
  }
  SUBCASE("the second, which is gone") {
    log.storage.remove(entry_object(log.device.public_key(), 2));
    good = {};  // Nothing leads to the first any more, and there are no containers here.
  }
  SUBCASE("the second, which is damaged") {
    log.storage.overwrite(entry_object(log.device.public_key(), 2), Bytes(300));
    good = {};
  }
  SUBCASE("the second, of which no entry tells any more") {
    log.storage.remove(entry_object(log.device.public_key(), 2));
    log.storage.remove(entry_object(log.device.public_key(), 3));
    good = {};
  }
  SUBCASE("the second, while the first is gone: what the owner vouches for stays") {
    log.storage.remove(entry_object(log.device.public_key(), 1));
    good = {2};
  }
  log.add(log.owner.signing(), log.owner_head, RevokePayload{log.device.public_key(), last_good});
  CHECK(log.order() == good);
  bool told = false;
  const SnapshotIndex index = log.read();
  for (const LogProblem& problem : index.problems()) {
    told = told || problem.code == "revoked";
  }
  CHECK(told);
}

TEST_CASE("what a revoked device's log holds of a thief's does not make its good backups later") {
  IndexFixture log;
  log.back_up(1);
  const LogHead before = log.head;
  log.back_up(2);
  const Entry last_good = log.back_up(3);
  const SigningKey tablet = SigningKey::generate();
  LogHead tablet_head{0, log.add_device(tablet, "tablet", log.policy.id).id};
  log.time += kDay;
  log.add(tablet, tablet_head, LogFixture::backup(4, log.policy.id));
  log.add(log.owner.signing(), log.owner_head,
          RevokePayload{log.device.public_key(), last_good.id});
  log.time = 4'102'444'800;  // 2100
  LogHead thief = before;
  log.add(log.device, thief, LogFixture::backup(9, log.policy.id));
  const SnapshotIndex index = log.read();
  CHECK(log.order().back() == 4);
  CHECK(index.find("latest", kAll).backup().bid[0] == 4);
  REQUIRE(index.by_entry(last_good.id) != nullptr);
  CHECK(index.by_entry(last_good.id)->time == last_good.header.time);
  INFO("the thief's opens by its full id, and says its own time");
  const Snapshot& forged = index.find(hex(Bytes16{9}), kAll);
  CHECK(forged.doubtful);
  CHECK(forged.time == 4'102'444'800);
}

TEST_CASE("pruned backups are left out, and a device prunes only its own") {
  IndexFixture log;
  log.back_up(1);
  log.back_up(2);
  const SigningKey phone = SigningKey::generate();
  const Entry certificate = log.add_device(phone, "phone", log.policy.id);
  LogHead phone_head{0, certificate.id};
  log.add(phone, phone_head, LogFixture::backup(3, log.policy.id));
  log.add(phone, phone_head, LogFixture::backup(4, log.policy.id));
  PrunePayload prune;
  prune.bids = {Bytes16{1}, Bytes16{3}};
  log.add(phone, phone_head, prune);
  CHECK(log.order() == std::vector<std::uint8_t>{1, 2, 4});
  prune.bids = {Bytes16{2}, Bytes16{4}};
  log.add(log.owner.signing(), log.owner_head, prune);
  CHECK(log.order() == std::vector<std::uint8_t>{1});
}

TEST_CASE("a backup id that two entries claim is told") {
  IndexFixture log;
  log.back_up(1);
  log.back_up(1);
  const SnapshotIndex index = log.read();
  REQUIRE(index.problems().size() == 1);
  CHECK(index.problems()[0].code == "duplicate");
}

}  // namespace valise::test
