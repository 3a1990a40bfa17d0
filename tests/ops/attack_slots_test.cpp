// Attacks on who can open a backup: slots added, stripped, swapped or filled with garbage.

#include <doctest/doctest.h>

#include "format/card.hpp"
#include "format/low_order.hpp"
#include "format/slot.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/drill.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/test_files.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

/// One backup under escrow with two agents, of whom one is enough, and one end-to-end before it.
struct Escrowed {
  VaultFixture fixture;
  std::string e2ee;
  std::string escrow;
  std::string content;
  std::unique_ptr<MemoryStorage> vault;

  Escrowed() {
    e2ee = fixture.back_up().snapshot;
    fixture.set_policy(1, {"alice", "bob"});
    escrow = fixture.back_up().snapshot;
    content = dump_database(fixture.database());
    vault = fixture.in_memory();
  }

  void replace_slots(const std::string& snapshot, std::uint8_t k, std::vector<Slot> slots) {
    ContainerParts parts = container_parts(*vault, snapshot);
    BackupPayload payload = parts.backup();
    payload.k = k;
    payload.slots = std::move(slots);
    parts.entry = resigned(parts.entry, payload, fixture.credential().signing_key());
    put_backup(*vault, parts);
  }

  std::vector<Slot> slots(const std::string& snapshot) {
    return container_parts(*vault, snapshot).backup().slots;
  }

  /// Alice's slot of a backup of this vault, whose policy names the same agents, later.
  Slot under_another_policy() {
    fixture.set_policy(2, {"alice", "bob"});
    fixture.set_policy(1, {"alice", "bob"});
    const std::string later = fixture.back_up("later.db").snapshot;
    vault = fixture.in_memory();
    return slots(later).at(1);
  }
  /// Alice's slot of a backup of another owner, who chose the same agents.
  Slot of_another_vault() {
    VaultFixture foreign;
    PolicyChange change;
    change.escrow = true;
    change.k = 1;
    change.agents = {fixture.card("alice"), fixture.card("bob")};
    static_cast<void>(
        set_policy(foreign.run(), change, foreign.owner(), [](const Reader&) { return true; }));
    const std::string theirs = foreign.back_up().snapshot;
    return container_parts(*foreign.in_memory(), theirs).backup().slots.at(1);
  }

  /// L3 names slot 1 and alice, her drill fails and says so, she restores nothing; bob and the
  /// owner do.
  void check_slot_1_is_useless(const std::string& snapshot) {
    const AuditReport deep = audited_deep(fixture, *vault, fixture.owner());
    CHECK(row_of(deep, snapshot).findings == std::vector<std::string>{"slot"});
    CHECK(row_of(deep, snapshot).level == 1);
    const std::vector<std::string> messages = error_messages(deep);
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].find("slot 1") != std::string::npos);
    CHECK(messages[0].find("alice") != std::string::npos);

    DrillOptions options;
    options.snapshots = {snapshot};
    const DrillReport drill =
        drill_in(*vault, fixture.run("alice"), options, fixture.agent("alice"));
    CHECK(drill.failed == 1);
    REQUIRE(drill.backups.size() == 1);
    CHECK(drill.backups[0].problem.find(snapshot) != std::string::npos);
    CHECK(drill.backups[0].problem.find("slot 1") != std::string::npos);
    CHECK(drill.backups[0].problem.find("alice") != std::string::npos);
    CHECK(vault->list("drills").empty());
    CHECK_FALSE(row_of(audited(fixture, *vault), snapshot).readers.at(1).drilled);

    const auto by_alice = [&] {
      static_cast<void>(restored(fixture, *vault, fixture.agent("alice"), snapshot));
    };
    CHECK(kind_of(by_alice) == ErrorKind::corrupt);
    CHECK(message_of(by_alice).find("slot 1") != std::string::npos);
    CHECK(restored(fixture, *vault, fixture.agent("bob"), snapshot) == content);
    CHECK(restored(fixture, *vault, fixture.owner(), snapshot) == content);
  }
};

bool has(const AuditedBackup& row, const std::string& code) {
  return std::count(row.findings.begin(), row.findings.end(), code) > 0;
}

}  // namespace

TEST_CASE("attack: strip or add a slot, re-signed with the device key: stripped") {
  Escrowed scene;
  std::vector<Slot> slots = scene.slots(scene.escrow);
  slots.pop_back();
  scene.replace_slots(scene.escrow, 1, slots);
  CHECK(row_of(audited(scene.fixture, *scene.vault), scene.escrow).findings ==
        std::vector<std::string>{"policy"});
  const AuditReport deep = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
  CHECK(has(row_of(deep, scene.escrow), "commit"));
  CHECK(row_of(deep, scene.e2ee).findings.empty());
  INFO("and it is not restored as if nothing were the matter");
  CHECK(kind_of([&] {
          static_cast<void>(
              restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.escrow));
        }) == ErrorKind::not_found);
}

TEST_CASE("attack: strip or add a slot, re-signed with the device key: added to an e2ee backup") {
  Escrowed scene;
  std::vector<Slot> slots = scene.slots(scene.e2ee);
  slots.push_back(scene.slots(scene.escrow).at(1));
  scene.replace_slots(scene.e2ee, 1, slots);
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, scene.e2ee).findings == std::vector<std::string>{"policy"});
  CHECK(row_of(report, scene.e2ee).escrow);
  CHECK(has(row_of(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()), scene.e2ee),
            "commit"));
}

TEST_CASE("attack: strip or add a slot, re-signed with the device key: another k") {
  Escrowed scene;
  scene.replace_slots(scene.escrow, 2, scene.slots(scene.escrow));
  CHECK(row_of(audited(scene.fixture, *scene.vault), scene.escrow).findings ==
        std::vector<std::string>{"policy"});
  CHECK(has(row_of(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()), scene.escrow),
            "commit"));
}

TEST_CASE(
    "attack: strip or add a slot, re-signed with the device key: by the writer itself, commitment "
    "and all") {
  Escrowed scene;
  const RootKeys mallory = RootKeys::generate();
  Credential credential = scene.fixture.credential();
  Forgery forgery(credential, DatabaseImage::read(scene.fixture.database()));
  forgery.public_keys.push_back(mallory.pk());
  forgery.psks.push_back(Secret::copy_of(mallory.psk()));
  const std::string snapshot = snapshot_of(forgery.put(*scene.vault, credential));
  CHECK(row_of(audited(scene.fixture, *scene.vault), snapshot).findings ==
        std::vector<std::string>{"policy"});
  const AuditReport deep = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
  CHECK(has(row_of(deep, snapshot), "policy"));
  CHECK(row_of(deep, snapshot).level < 3);
  CHECK(row_of(deep, scene.escrow).level == 3);
}

TEST_CASE(
    "attack: strip or add a slot, re-signed with the device key: by the writer itself, to an e2ee "
    "backup") {
  VaultFixture fixture;
  fixture.back_up();
  const auto vault = fixture.in_memory();
  const RootKeys mallory = RootKeys::generate();
  Credential credential = fixture.credential();
  Forgery forgery(credential, DatabaseImage::read(fixture.database()));
  forgery.header.k = 1;
  forgery.public_keys.push_back(mallory.pk());
  forgery.psks.push_back(Secret::copy_of(mallory.psk()));
  const std::string snapshot = snapshot_of(forgery.put(*vault, credential));
  const AuditReport deep = audited_deep(fixture, *vault, fixture.owner());
  CHECK(has(row_of(deep, snapshot), "policy"));
  CHECK(row_of(deep, snapshot).level < 3);
}

TEST_CASE(
    "attack: swap slots; a slot from another backup, policy or vault: in a vault, signed anew") {
  Escrowed scene;
  std::vector<Slot> slots = scene.slots(scene.escrow);
  SUBCASE("the agents' slots swapped") { std::swap(slots.at(1), slots.at(2)); }
  SUBCASE("the agent's slot of another backup") {
    scene.fixture.back_up("other.db");
    const std::string other = scene.fixture.back_up("other.db", "laptop", true).snapshot;
    scene.vault = scene.fixture.in_memory();
    slots.at(1) = scene.slots(other).at(1);
  }
  SUBCASE("the agent's slot under another policy") { slots.at(1) = scene.under_another_policy(); }
  SUBCASE("the agent's slot of another vault") { slots.at(1) = scene.of_another_vault(); }
  SUBCASE("the owner's slot of another backup") { slots.at(0) = scene.slots(scene.e2ee).at(0); }
  scene.replace_slots(scene.escrow, 1, slots);
  INFO("without a key nothing can be seen; no share comes out all the same");
  CHECK(row_of(audited(scene.fixture, *scene.vault), scene.escrow).findings.empty());
  CHECK(kind_of([&] {
          static_cast<void>(
              restored(scene.fixture, *scene.vault, scene.fixture.agent("alice"), scene.escrow));
        }) == ErrorKind::corrupt);
  CHECK(kind_of([&] {
          static_cast<void>(
              restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.escrow));
        }) == ErrorKind::corrupt);
  const AuditReport deep = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
  // A key that cannot be had cannot be compared with the commitment either.
  CHECK((has(row_of(deep, scene.escrow), "commit") || has(row_of(deep, scene.escrow), "open")));
  CHECK(row_of(deep, scene.escrow).level < 2);
}

TEST_CASE(
    "attack: swap slots; a slot from another backup, policy or vault: in a vault, committed to by "
    "a malicious writer") {
  Escrowed scene;
  Credential credential = scene.fixture.credential();
  Slot slot{};
  std::size_t index = 1;
  SUBCASE("the other agent's slot of the same backup cannot be had before it is made") {
    // So the writer takes that of the backup before.
    slot = scene.slots(scene.escrow).at(2);
  }
  SUBCASE("the agent's slot of another backup") { slot = scene.slots(scene.escrow).at(1); }
  SUBCASE("the agent's slot under another policy") { slot = scene.under_another_policy(); }
  SUBCASE("the agent's slot of another vault") { slot = scene.of_another_vault(); }
  SUBCASE("a point of low order") {
    slot = scene.slots(scene.escrow).at(1);
    std::fill_n(slot.begin(), 32, std::uint8_t{0});
  }
  credential = scene.fixture.credential();
  const std::string snapshot = put_with_slot(
      *scene.vault, credential, Forgery(credential, DatabaseImage::read(scene.fixture.database())),
      index, slot);
  CHECK(row_of(audited(scene.fixture, *scene.vault), snapshot).findings.empty());
  scene.check_slot_1_is_useless(snapshot);
}

TEST_CASE("attack: a garbage slot, or one made with a wrong psk, all else honest: a wrong psk") {
  Escrowed scene;
  Credential credential = scene.fixture.credential();
  Forgery forgery(credential, DatabaseImage::read(scene.fixture.database()));
  forgery.psks.at(1) = Secret::random(32);
  const std::string snapshot = snapshot_of(forgery.put(*scene.vault, credential));

  CHECK(row_of(audited(scene.fixture, *scene.vault), snapshot).findings.empty());
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);

  CHECK(row_of(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()), scene.escrow)
            .level == 3);
  scene.check_slot_1_is_useless(snapshot);
}

TEST_CASE(
    "attack: a garbage slot, or one made with a wrong psk, all else honest: garbage that is "
    "committed to") {
  Escrowed scene;
  Credential credential = scene.fixture.credential();
  Slot garbage{};
  garbage.fill(0x5a);
  const std::string snapshot =
      put_with_slot(*scene.vault, credential,
                    Forgery(credential, DatabaseImage::read(scene.fixture.database())), 2, garbage);

  CHECK(row_of(audited(scene.fixture, *scene.vault), snapshot).findings.empty());
  const AuditReport deep = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
  CHECK(row_of(deep, snapshot).findings == std::vector<std::string>{"slot"});
  const std::vector<std::string> messages = error_messages(deep);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].find("slot 2") != std::string::npos);
  CHECK(messages[0].find("bob") != std::string::npos);
  INFO("an agent sees it in its own slot only");
  CHECK_FALSE(
      has(row_of(audited_deep(scene.fixture, *scene.vault, scene.fixture.agent("alice")), snapshot),
          "slot"));
  CHECK(has(row_of(audited_deep(scene.fixture, *scene.vault, scene.fixture.agent("bob")), snapshot),
            "open"));
}

TEST_CASE("attack: an agent adds a slot: in a vault") {
  Escrowed scene;
  ContainerParts parts = container_parts(*scene.vault, scene.escrow);
  const RootKeys alice = scene.fixture.agent_keys("alice");
  const SlotContext context = slot_context(parts.entry.header, parts.backup());
  const auto dek =
      open_slot(parts.backup().slots[1], context, 1, alice.sk(), alice.pk(), alice.psk());
  REQUIRE(dek);
  BackupPayload payload = parts.backup();
  SlotContext more = context;
  more.n = 3;
  payload.slots.push_back(make_slot(dek->view(), more, 3, {alice.pk(), alice.psk()}));
  const Bytes draft = encode_entry_body(parts.entry.header, payload);
  payload.commit = backup_commitment(dek->view(), backup_commitment_input(draft, 4));
  // The best an agent can do: all that the key gives, and a signature that is not the device's.
  Bytes bytes = encode_entry_body(parts.entry.header, payload);
  append(bytes, alice.signing().sign(bytes));
  const ObjectName name = entry_object(parts.entry.header.signer, parts.entry.header.seq);
  REQUIRE(scene.vault->size(name));
  INFO("in the container alone: it is not the one of the log any more");
  ContainerParts forged = parts;
  forged.entry.bytes = bytes;
  const Bytes sound = scene.vault->content(container_of(scene.escrow));
  scene.vault->overwrite(container_of(scene.escrow), forged.joined());
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"damaged"});
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)) ==
        std::set<std::string>{container_of(scene.escrow)});
  for (const UnlockSource& unlock : {scene.fixture.owner(), scene.fixture.agent("alice")}) {
    const auto attempt = [&] {
      static_cast<void>(restored(scene.fixture, *scene.vault, unlock, scene.escrow));
    };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CHECK(message_of(attempt).find(container_of(scene.escrow)) != std::string::npos);
  }
  INFO("in the log alone, and in both");
  for (const bool both : {false, true}) {
    if (!both) scene.vault->overwrite(container_of(scene.escrow), sound);
    if (both) scene.vault->overwrite(container_of(scene.escrow), forged.joined());
    scene.vault->overwrite(name, bytes);
    CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"signature"});
    CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(name));
    CHECK(kind_of([&] {
            static_cast<void>(
                restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.escrow));
          }) == ErrorKind::not_found);
  }
}

TEST_CASE("attack: low-order or zero pk, epk: a card of low order at enrolment") {
  VaultFixture fixture;
  const std::string path = fixture.new_agent("alice");
  const auto before = fixture.in_memory()->snapshot().size();
  for (const Bytes32& pk : low_order_points()) {
    Card card = make_card(fixture.agent_keys("alice"), CardKind::agent, "alice");
    card.pk = pk;
    write_text(path, card_text(card));
    PolicyChange change;
    change.escrow = true;
    change.k = 1;
    change.agents = {path};
    bool asked_for_key = false;
    const auto attempt = [&] {
      static_cast<void>(set_policy(
          fixture.run(), change,
          [&] {
            asked_for_key = true;
            return fixture.owner()();
          },
          [](const Reader&) { return true; }));
    };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
    CHECK(message_of(attempt).find(path) != std::string::npos);
    CHECK_FALSE(asked_for_key);
  }
  CHECK(fixture.in_memory()->snapshot().size() == before);
}

}  // namespace valise::test
