#include "vault/root_chain.hpp"

#include <doctest/doctest.h>

#include "support/error_kind.hpp"
#include "vault/log_fixture.hpp"

namespace valise::test {

TEST_CASE("the owner's chain tells policies, devices and revocations") {
  LogFixture log;
  const SigningKey laptop = SigningKey::generate();
  const SigningKey phone = SigningKey::generate();
  const Entry first = log.add_policy();
  const Entry device = log.add_device(laptop, "laptop", first.id);
  const Entry second = log.add_policy();
  log.add_device(phone, "phone", second.id);
  log.add(log.owner.signing(), log.owner_head, RevokePayload{phone.public_key(), Bytes32{5}});
  log.add(log.owner.signing(), log.owner_head, RevokePayload{phone.public_key(), Bytes32{6}});
  PrunePayload prune;
  prune.bids = {Bytes16{1}, Bytes16{2}};
  log.add(log.owner.signing(), log.owner_head, prune);

  const RootChain roots = RootChain::read(log.vault());
  CHECK(roots.head() == log.owner_head);
  CHECK(roots.head().seq == 7);
  CHECK(roots.policies().size() == 2);
  CHECK(roots.policy().id == second.id);
  REQUIRE(roots.find_policy(first.id) != nullptr);
  CHECK(roots.find_policy(first.id)->id == first.id);
  CHECK(roots.find_policy(device.id) == nullptr);
  CHECK(roots.id_at(2) == device.id);
  CHECK_FALSE(roots.id_at(0));
  CHECK_FALSE(roots.id_at(8));
  CHECK(roots.devices().size() == 2);
  REQUIRE(roots.find_device(laptop.public_key()) != nullptr);
  CHECK(roots.find_device(laptop.public_key())->name == "laptop");
  CHECK_FALSE(roots.find_device(laptop.public_key())->revoked);
  CHECK(roots.find_device(laptop.public_key())->start() == LogHead{0, device.id});
  REQUIRE(roots.find_device(phone.public_key()) != nullptr);
  REQUIRE(roots.find_device(phone.public_key())->revoked);
  INFO("the first revocation counts: a later one cannot move its border");
  CHECK(roots.find_device(phone.public_key())->revoked->last_good == Bytes32{5});
  CHECK(roots.find_device(Bytes32{}) == nullptr);
  CHECK(roots.pruned() == prune.bids);
  CHECK(roots.prunes().size() == 1);
}

TEST_CASE("an owner's chain that cannot be is refused") {
  LogFixture log;
  const auto read = [&] { static_cast<void>(RootChain::read(log.vault())); };
  SUBCASE("empty") {}
  SUBCASE("without a policy") { log.add_device(SigningKey::generate(), "laptop", {}); }
  SUBCASE("a device enrolled twice") {
    const SigningKey device = SigningKey::generate();
    const Entry policy = log.add_policy();
    log.add_device(device, "laptop", policy.id);
    log.add_device(device, "phone", policy.id);
  }
  SUBCASE("an unknown device revoked") {
    log.add_policy();
    log.add(log.owner.signing(), log.owner_head, RevokePayload{Bytes32{1}, Bytes32{2}});
  }
  SUBCASE("a backup") {
    log.add_policy();
    log.add(log.owner.signing(), log.owner_head, LogFixture::backup(1, {}));
  }
  SUBCASE("a hole") {
    log.add_policy();
    log.add_policy();
    log.add_policy();
    log.storage.remove(entry_object(log.owner.sign_pk(), 2));
  }
  SUBCASE("a first entry that continues something") {
    log.owner_head.entry_id = Bytes32{1};
    log.add_policy();
  }
  CHECK(kind_of(read) == ErrorKind::corrupt);
}

TEST_CASE("the readers of a policy are the owner and then its agents") {
  PolicyPayload policy;
  CHECK(policy_word(policy) == "e2ee");
  REQUIRE(readers_of(policy).size() == 1);
  CHECK(readers_of(policy)[0].owner);
  const RootKeys alice = RootKeys::generate();
  policy.agents.push_back({alice.pk(), alice.sign_pk(), "alice"});
  CHECK(policy_word(policy) == "escrow");
  const std::vector<Reader> readers = readers_of(policy);
  REQUIRE(readers.size() == 2);
  CHECK_FALSE(readers[1].owner);
  CHECK(readers[1].name == "alice");
  CHECK(readers[1].fingerprint == fingerprint(alice.pk(), alice.sign_pk(), "alice"));
}

}  // namespace valise::test
