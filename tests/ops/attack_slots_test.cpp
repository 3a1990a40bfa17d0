// Attacks on who can open a backup: slots added, stripped, swapped or filled with garbage.

#include <doctest/doctest.h>

#include "format/slot.hpp"
#include "ops/attack_forgery.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
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
};

bool has(const AuditedBackup& row, const std::string& code) {
  return std::count(row.findings.begin(), row.findings.end(), code) > 0;
}

}  // namespace

TEST_CASE("attack: a slot stripped and signed anew by the device is found with and without a key") {
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

TEST_CASE(
    "attack: a slot added to an e2ee backup and signed anew is found with and without a key") {
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

TEST_CASE("attack: another k, signed anew by the device, is found with and without a key") {
  Escrowed scene;
  scene.replace_slots(scene.escrow, 2, scene.slots(scene.escrow));
  CHECK(row_of(audited(scene.fixture, *scene.vault), scene.escrow).findings ==
        std::vector<std::string>{"policy"});
  CHECK(has(row_of(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()), scene.escrow),
            "commit"));
}

TEST_CASE("attack: a reader whom the writer itself adds, commitment and all, is found") {
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

TEST_CASE("attack: a reader whom the writer adds to an e2ee backup is found") {
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

TEST_CASE("attack: swapped slots, and a slot of another backup, open nothing") {
  Escrowed scene;
  std::vector<Slot> slots = scene.slots(scene.escrow);
  SUBCASE("the agents' slots swapped") { std::swap(slots.at(1), slots.at(2)); }
  SUBCASE("the agent's slot of another backup") {
    scene.fixture.back_up("other.db");
    const std::string other = scene.fixture.back_up("other.db", "laptop", true).snapshot;
    scene.vault = scene.fixture.in_memory();
    slots.at(1) = scene.slots(other).at(1);
  }
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
  CHECK(has(row_of(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()), scene.escrow),
            "commit"));
}

TEST_CASE(
    "attack: a slot made with a wrong psk, all else honest, passes without a key and is named "
    "by L3") {
  Escrowed scene;
  Credential credential = scene.fixture.credential();
  Forgery forgery(credential, DatabaseImage::read(scene.fixture.database()));
  forgery.psks.at(1) = Secret::random(32);
  const std::string snapshot = snapshot_of(forgery.put(*scene.vault, credential));

  CHECK(row_of(audited(scene.fixture, *scene.vault), snapshot).findings.empty());
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);

  const AuditReport deep = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
  CHECK(row_of(deep, snapshot).findings == std::vector<std::string>{"slot"});
  CHECK(row_of(deep, snapshot).level == 1);
  const std::vector<std::string> messages = error_messages(deep);
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].find("slot 1") != std::string::npos);
  CHECK(messages[0].find("alice") != std::string::npos);
  CHECK(row_of(deep, scene.escrow).level == 3);

  INFO("the agent whose slot it is cannot restore; the other one and the owner can");
  CHECK(kind_of([&] {
          static_cast<void>(
              restored(scene.fixture, *scene.vault, scene.fixture.agent("alice"), snapshot));
        }) == ErrorKind::corrupt);
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.agent("bob"), snapshot) ==
        scene.content);
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), snapshot) == scene.content);
}

TEST_CASE("attack: garbage in a slot, committed to, is named by L3") {
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

TEST_CASE("attack: a reader added by an agent, who can open and not sign, breaks the signature") {
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
  scene.vault->overwrite(name, bytes);
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"signature"});
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(name));
}

}  // namespace valise::test
