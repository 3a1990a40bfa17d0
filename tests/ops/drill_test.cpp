#include "ops/drill.hpp"

#include <doctest/doctest.h>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "format/drill.hpp"
#include "format/slot.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/audit.hpp"
#include "ops/recovery.hpp"
#include "support/error_kind.hpp"
#include "support/faulty_storage.hpp"
#include "support/test_files.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

/// Two sources under escrow of alice and bob (one is enough), and an older end-to-end backup.
struct Drilled {
  VaultFixture fixture;
  std::string e2ee;
  std::string notes;
  std::string chat;
  std::unique_ptr<MemoryStorage> vault;

  explicit Drilled(unsigned k = 1) {
    e2ee = fixture.back_up().snapshot;
    fixture.set_policy(k, {"alice", "bob"});
    static_cast<void>(fixture.back_up());
    fixture.change_database();
    notes = fixture.back_up().snapshot;
    chat = fixture.back_up("chat.db").snapshot;
    vault = fixture.in_memory();
  }

  [[nodiscard]] DrillReport drill(const std::string& agent, const DrillOptions& options = {}) {
    return drill_in(*vault, fixture.run(agent), options, fixture.agent(agent));
  }
  [[nodiscard]] bool audited_as_drilled(const std::string& snapshot, std::size_t slot) {
    return row_of(audited(fixture, *vault), snapshot).readers.at(slot).drilled;
  }
};

DrillOptions on(std::vector<std::string> snapshots) {
  DrillOptions options;
  options.snapshots = std::move(snapshots);
  return options;
}

}  // namespace

TEST_CASE("a drill proves the agent's slot of the newest backup of each source") {
  for (const unsigned k : {1U, 2U}) {
    Drilled scene(k);
    CHECK_FALSE(scene.audited_as_drilled(scene.notes, 1));
    const DrillReport report = scene.drill("alice");
    CHECK(report.failed == 0);
    CHECK(report.vault_id == hex(scene.fixture.vault_id()));
    REQUIRE(report.backups.size() == 2);
    CHECK(report.backups[0].snapshot == scene.notes);
    CHECK(report.backups[1].snapshot == scene.chat);
    CHECK(report.backups[0].agent == "alice");
    CHECK(report.backups[0].slot == 1);
    CHECK(report.backups[0].fresh);
    CHECK(scene.audited_as_drilled(scene.notes, 1));
    CHECK(scene.audited_as_drilled(scene.chat, 1));
    CHECK_FALSE(scene.audited_as_drilled(scene.notes, 2));
    CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);

    INFO("the same again changes nothing and says so");
    const DrillReport again = scene.drill("alice");
    REQUIRE(again.backups.size() == 2);
    CHECK(again.backups[0].ok);
    CHECK_FALSE(again.backups[0].fresh);
  }
}

TEST_CASE("a backup is L2 once every agent that it names was drilled on it") {
  Drilled scene;
  const auto level = [&] {
    AuditOptions options;
    options.pins = {scene.fixture.folder() / "owner.card"};
    return row_of(audit_in(*scene.vault, scene.fixture.run("laptop"), options, {}), scene.notes)
        .level;
  };
  const CardView card = owner_card(scene.fixture.run("laptop"), scene.fixture.owner());
  write_card(card, scene.fixture.folder() / "owner.card");
  CHECK(level() == 1);
  static_cast<void>(scene.drill("alice"));
  CHECK(level() == 1);
  static_cast<void>(scene.drill("bob"));
  CHECK(level() == 2);
}

TEST_CASE("a drill takes the backups that it is told, or all that name the agent") {
  Drilled scene;
  const DrillReport one = scene.drill("bob", on({scene.chat.substr(0, 8)}));
  REQUIRE(one.backups.size() == 1);
  CHECK(one.backups[0].snapshot == scene.chat);
  DrillOptions all;
  all.all = true;
  const DrillReport every = scene.drill("bob", all);
  CHECK(every.backups.size() == 3);
  CHECK(kind_of([&] { static_cast<void>(scene.drill("bob", on({scene.e2ee}))); }) ==
        ErrorKind::wrong_key);
  CHECK(kind_of([&] { static_cast<void>(scene.drill("bob", on({"abcdef0123"}))); }) ==
        ErrorKind::not_found);
  scene.fixture.new_agent("stranger");
  CHECK(kind_of([&] { static_cast<void>(scene.drill("stranger")); }) == ErrorKind::wrong_key);
}

TEST_CASE(
    "attack: a garbage slot, or one made with a wrong psk, all else honest: garbage fails the "
    "drill, which names it") {
  for (const unsigned k : {1U, 2U}) {
    Drilled scene(k);
    Credential credential = scene.fixture.credential();
    Slot garbage{};
    garbage.fill(0x5a);
    const std::string forged = put_with_slot(
        *scene.vault, credential,
        Forgery(credential, DatabaseImage::read(scene.fixture.database())), 1, garbage);
    DrillOptions all;
    all.all = true;
    const DrillReport report = scene.drill("alice", all);
    CHECK(report.failed == 1);
    REQUIRE(report.backups.size() == 4);
    for (const DrilledBackup& row : report.backups) CHECK(row.ok == (row.snapshot != forged));
    const DrilledBackup& bad = report.backups.back();
    CHECK(bad.snapshot == forged);
    CHECK(bad.problem.find(forged) != std::string::npos);
    CHECK(bad.problem.find("slot 1") != std::string::npos);
    CHECK(bad.problem.find("alice") != std::string::npos);
    CHECK_FALSE(scene.audited_as_drilled(forged, 1));
    INFO("the other agent's slot of it is honest");
    CHECK(scene.drill("bob", on({forged})).failed == 0);
  }
}

TEST_CASE(
    "attack: a garbage slot, or one made with a wrong psk, all else honest: another key than the "
    "container's fails the drill") {
  Drilled scene;
  Credential credential = scene.fixture.credential();
  Forgery forgery(credential, DatabaseImage::read(scene.fixture.database()));
  // A well-formed slot for alice, around a key that opens nothing.
  const RootKeys alice = scene.fixture.agent_keys("alice");
  const Bytes other(32, 0x77);
  SlotContext context;
  context.vault_id = scene.fixture.vault_id();
  context.k = 1;
  context.n = 2;
  Secret dek;
  const Entry honest = forgery.put(*scene.vault, credential, &dek);
  context.bid = honest.as<BackupPayload>()->bid;
  context.policy = honest.as<BackupPayload>()->policy;
  BackupPayload payload = *honest.as<BackupPayload>();
  payload.slots.at(1) = make_slot(other, context, 1, {alice.pk(), alice.psk()});
  const Bytes draft = encode_entry_body(honest.header, payload);
  payload.commit = backup_commitment(dek.view(), backup_commitment_input(draft, 3));
  ContainerParts parts = container_parts(*scene.vault, snapshot_of(honest));
  parts.entry = resigned(honest, payload, credential.signing_key());
  put_backup(*scene.vault, parts);

  const DrillReport report = scene.drill("alice", on({snapshot_of(parts.entry)}));
  REQUIRE(report.failed == 1);
  CHECK(report.backups[0].problem.find("commitment") != std::string::npos);
}

TEST_CASE("drills go by file to who has the vault, and from a request to who has none") {
  Drilled scene(2);
  DrillOptions options;
  options.to = scene.fixture.folder() / "alice.drill";
  CHECK(scene.drill("alice", options).failed == 0);
  CHECK_FALSE(scene.audited_as_drilled(scene.notes, 1));
  CHECK(kind_of([&] { static_cast<void>(scene.drill("alice", options)); }) == ErrorKind::usage);

  const Run run = scene.fixture.run("laptop");
  const DrillReport accepted = accept_drills_in(*scene.vault, run, *options.to);
  REQUIRE(accepted.backups.size() == 2);
  CHECK(accepted.backups[0].fresh);
  CHECK(scene.audited_as_drilled(scene.notes, 1));
  CHECK_FALSE(accept_drills_in(*scene.vault, run, *options.to).backups[0].fresh);

  INFO("a changed byte, a cut, another agent's name on it");
  const Bytes good = *read_file(*options.to, 1 << 20);
  const auto path = scene.fixture.folder() / "bad.drill";
  const auto refused_with = [&](Bytes bytes) {
    write_text(path, text_of(bytes));
    return kind_of([&] { static_cast<void>(accept_drills_in(*scene.vault, run, path)); });
  };
  for (const std::size_t at :
       {std::size_t{30}, std::size_t{56}, std::size_t{80}, std::size_t{120}}) {
    Bytes bad = good;
    bad[at] ^= 3;
    write_text(path, text_of(bad));
    INFO("the one is named, and the other counts");
    const DrillReport mixed = accept_drills_in(*scene.vault, run, path);
    CHECK(mixed.failed == 1);
    REQUIRE(mixed.backups.size() == 2);
    CHECK_FALSE(mixed.backups[0].ok);
    CHECK(mixed.backups[0].problem.find(path.string()) != std::string::npos);
    CHECK(mixed.backups[1].ok);
  }
  Bytes other_magic = good;
  other_magic[0] ^= 3;
  CHECK(refused_with(other_magic) == ErrorKind::corrupt);
  CHECK(refused_with(Bytes(good.begin(), good.end() - 1)) == ErrorKind::corrupt);
  CHECK(refused_with({}) == ErrorKind::corrupt);

  RequestOptions request;
  request.to = scene.fixture.folder() / "help.request";
  request.key = scene.fixture.folder() / "help.request.key";
  request.name = "Ben";
  request.passphrase_memory_kib = 64 * 1024;
  static_cast<void>(make_request_in(*scene.vault, run, request, [] {
    return Secret::copy_of(bytes_of("crate velvet noon hazel orbit"));
  }));
  DrillOptions far;
  far.request = request.to;
  far.to = scene.fixture.folder() / "bob.drill";
  Run nowhere = scene.fixture.run("bob");
  nowhere.places.vault = scene.fixture.folder() / "no vault here";
  CHECK(drill(nowhere, far, scene.fixture.agent("bob")).failed == 0);
  CHECK(accept_drills_in(*scene.vault, run, *far.to).backups.size() == 1);
  CHECK(scene.audited_as_drilled(scene.chat, 2));
}

TEST_CASE(
    "attack: a drill made by the writer or another agent; for another slot or backup: handed over "
    "as a file") {
  Drilled scene;
  const RootKeys alice = scene.fixture.agent_keys("alice");
  const RootKeys bob = scene.fixture.agent_keys("bob");
  const Run run = scene.fixture.run("laptop");
  const auto path = scene.fixture.folder() / "forged.drill";
  const auto honest = [&](const RootKeys& agent, const std::string& snapshot, std::uint8_t slot) {
    const ContainerParts parts = container_parts(*scene.vault, snapshot);
    const auto share =
        open_slot(parts.backup().slots.at(slot), slot_context(parts.entry.header, parts.backup()),
                  slot, agent.sk(), agent.pk(), agent.psk());
    Drill drill{scene.fixture.vault_id(), parts.entry.id, slot, scene.fixture.clock.now(), {}};
    drill.receipt =
        array_of<32>(slot_receipt(share.value().view(), parts.backup().bid, slot).view());
    return drill;
  };
  const auto accepted = [&](const Drill& drill, const SigningKey& signer) {
    const auto bytes = sign_drill(drill, signer);
    write_text(path, text_of(bytes));
    const DrillReport report = accept_drills_in(*scene.vault, run, path);
    REQUIRE(report.backups.size() == 1);
    const DrilledBackup& row = report.backups[0];
    CHECK(report.failed == (row.ok ? 0U : 1U));
    if (!row.ok) CHECK(row.problem.find(path.string()) != std::string::npos);
    return row.ok;
  };
  const Drill good = honest(alice, scene.notes, 1);
  INFO("by the writer, who knows every receipt, by the owner, and by another agent");
  CHECK_FALSE(accepted(good, scene.fixture.credential().signing_key()));
  CHECK_FALSE(accepted(good, scene.fixture.owner_keys().signing()));
  CHECK_FALSE(accepted(good, bob.signing()));
  INFO("for another slot");
  Drill changed = good;
  changed.slot = 2;
  CHECK_FALSE(accepted(changed, alice.signing()));
  CHECK_FALSE(accepted(changed, bob.signing()));
  INFO("for another backup, and one of another vault");
  changed = good;
  changed.entry_id = container_parts(*scene.vault, scene.chat).entry.id;
  CHECK_FALSE(accepted(changed, alice.signing()));
  changed.entry_id = container_parts(*scene.vault, scene.e2ee).entry.id;
  CHECK_FALSE(accepted(changed, alice.signing()));
  changed.entry_id = Bytes32{9};
  CHECK_FALSE(accepted(changed, alice.signing()));
  changed = good;
  changed.vault_id = Bytes16{9};
  CHECK_FALSE(accepted(changed, alice.signing()));
  INFO("with a receipt that is none");
  changed = good;
  changed.receipt[5] ^= 1;
  CHECK_FALSE(accepted(changed, alice.signing()));

  CHECK(scene.vault->list("drills").empty());
  CHECK(accepted(good, alice.signing()));
  CHECK(scene.audited_as_drilled(scene.notes, 1));
}

TEST_CASE("something else in a drill's place is told and not overwritten") {
  Drilled scene;
  const Bytes32 entry = container_parts(*scene.vault, scene.chat).entry.id;
  scene.vault->overwrite(drill_object(entry, 1), Bytes(168, 1));
  const DrillReport report = scene.drill("alice", on({scene.chat}));
  REQUIRE(report.failed == 1);
  CHECK(report.backups[0].problem.find("scrub --quarantine") != std::string::npos);
  CHECK(report.backups[0].blocked);
}

TEST_CASE("a storage that fails at any call leaves a drill whole or absent") {
  Drilled scene;
  for (std::uint64_t call = 1;; ++call) {
    REQUIRE(call < 500);
    FaultyStorage faulty(*scene.vault, {.fail_at = call, .kind = FaultPlan::Kind::error});
    const auto kind = kind_of([&] {
      static_cast<void>(drill_in(faulty, scene.fixture.run("alice"), on({scene.chat}),
                                 scene.fixture.agent("alice")));
    });
    CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);
    if (!faulty.failed()) {
      CHECK_FALSE(kind);
      break;
    }
    CHECK(kind == ErrorKind::storage);
  }
  CHECK(scene.audited_as_drilled(scene.chat, 1));
}

}  // namespace valise::test
