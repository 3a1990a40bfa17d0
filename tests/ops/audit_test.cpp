#include "ops/audit.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "base/hex.hpp"
#include "format/drill.hpp"
#include "format/slot.hpp"
#include "ops/attack_forgery.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"
#include "vault/root_chain.hpp"

namespace valise::test {
namespace {

/// An end-to-end backup, and one under escrow of which alice alone is enough.
struct Both {
  VaultFixture fixture;
  std::string e2ee;
  std::string escrow;
  std::unique_ptr<MemoryStorage> vault;

  Both() {
    e2ee = fixture.back_up().snapshot;
    fixture.set_policy(1, {"alice", "bob"});
    escrow = fixture.back_up().snapshot;
    vault = fixture.in_memory();
  }

  /// A card file of the owner of `keys`.
  [[nodiscard]] std::filesystem::path card_file(const RootKeys& keys, CardKind kind) {
    std::filesystem::path path = fixture.folder() / "pinned.card";
    std::ofstream(path) << card_text(make_card(keys, kind, "owner")) << "\n";
    return path;
  }

  [[nodiscard]] AuditReport with(const AuditOptions& options) {
    return audit_in(*vault, fixture.run("auditor"), options, fixture.owner());
  }

  void drill(const std::string& agent, std::uint8_t slot, const RootKeys& signer) {
    const ContainerParts parts = container_parts(*vault, escrow);
    const RootKeys keys = fixture.agent_keys(agent);
    const SlotContext context = slot_context(parts.entry.header, parts.backup());
    const auto share =
        open_slot(parts.backup().slots.at(slot), context, slot, keys.sk(), keys.pk(), keys.psk());
    Drill drill{fixture.vault_id(), parts.entry.id, slot, fixture.clock.now(), {}};
    if (share)
      drill.receipt = array_of<32>(slot_receipt(share->view(), parts.backup().bid, slot).view());
    const auto bytes = sign_drill(drill, signer.signing());
    vault->overwrite("drills/" + hex(parts.entry.id) + "." + std::to_string(slot),
                     Bytes(bytes.begin(), bytes.end()));
  }
};

std::multiset<std::string> codes_of(const AuditReport& report) {
  std::multiset<std::string> codes;
  for (const AuditFinding& finding : report.findings) codes.insert(finding.code);
  return codes;
}

std::vector<std::string> finding_messages(const AuditReport& report, const std::string& code) {
  std::vector<std::string> messages;
  for (const AuditFinding& finding : report.findings) {
    if (finding.code == code) messages.push_back(finding.message);
  }
  return messages;
}

}  // namespace

TEST_CASE("audit says of each backup who can open it") {
  Both scene;
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(report.vault_id == hex(scene.fixture.vault_id()));
  CHECK(report.owner == hex(scene.fixture.owner_keys().sign_pk()));
  CHECK(codes_of(report) == std::multiset<std::string>{"undrilled", "undrilled"});
  CHECK(report.e2ee == 1);
  CHECK(report.escrowed == 1);
  REQUIRE(report.backups.size() == 2);

  const AuditedBackup& e2ee = row_of(report, scene.e2ee);
  CHECK_FALSE(e2ee.escrow);
  CHECK(e2ee.k == 0);
  REQUIRE(e2ee.readers.size() == 1);
  CHECK(e2ee.readers[0].reader.owner);
  CHECK(e2ee.device == "laptop");
  CHECK(e2ee.seq == 1);
  CHECK(e2ee.full);
  CHECK(e2ee.present);

  const AuditedBackup& escrow = row_of(report, scene.escrow);
  CHECK(escrow.escrow);
  CHECK(escrow.k == 1);
  REQUIRE(escrow.readers.size() == 3);
  CHECK(escrow.readers[1].reader.name == "alice");
  CHECK(escrow.readers[2].reader.name == "bob");
  CHECK(escrow.readers[1].reader.fingerprint == show_card(scene.fixture.card("alice")).fingerprint);
  CHECK_FALSE(escrow.readers[1].drilled);
  CHECK(escrow.policy == show_policy(scene.fixture.run()).id);
  CHECK(escrow.policy_since == scene.fixture.clock.now() - 24 * 3600);
  CHECK(escrow.seq == 2);
}

TEST_CASE("audit's levels: L0 without a pinned owner, L1 with one, L3 with the key") {
  Both scene;
  SUBCASE("a stranger knows what the headers say") {
    const AuditReport report = audited(scene.fixture, *scene.vault);
    CHECK_FALSE(report.pinned);
    CHECK(row_of(report, scene.e2ee).level == 0);
  }
  SUBCASE("who holds the owner's card knows who signed") {
    AuditOptions options;
    options.pins = {scene.card_file(scene.fixture.owner_keys(), CardKind::owner)};
    const AuditReport report = scene.with(options);
    CHECK(report.pinned);
    CHECK(row_of(report, scene.e2ee).level == 1);
    CHECK(row_of(report, scene.escrow).level == 1);
  }
  SUBCASE("an enrolled device remembers the owner's key") {
    const AuditReport report = audited(scene.fixture, *scene.vault, "laptop");
    CHECK(report.pinned);
    CHECK(row_of(report, scene.e2ee).level == 1);
  }
  SUBCASE("the owner rebuilds every slot") {
    const AuditReport report = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
    CHECK(report.deep);
    CHECK(row_of(report, scene.e2ee).level == 3);
    CHECK(row_of(report, scene.escrow).level == 3);
    CHECK_FALSE(report.has_errors());
  }
  SUBCASE("an agent rebuilds its own slot, and meets what it cannot open without alarm") {
    AuditOptions options;
    options.pins = {scene.card_file(scene.fixture.owner_keys(), CardKind::owner)};
    options.deep = true;
    const AuditReport report =
        audit_in(*scene.vault, scene.fixture.run("auditor"), options, scene.fixture.agent("bob"));
    CHECK(row_of(report, scene.escrow).level == 1);
    CHECK(row_of(report, scene.escrow).own_slot_rebuilt);
    CHECK(row_of(report, scene.e2ee).level == 1);
    CHECK_FALSE(row_of(report, scene.e2ee).own_slot_rebuilt);
    CHECK(report.own_slots == 1);
    CHECK_FALSE(report.has_errors());
  }
  SUBCASE("an agent's key says nothing of the other slots, and nothing of who the owner is") {
    Credential credential = scene.fixture.credential();
    Slot garbage{};
    garbage.fill(0x5a);
    const std::string forged = put_with_slot(
        *scene.vault, credential,
        Forgery(credential, DatabaseImage::read(scene.fixture.database())), 0, garbage);
    AuditOptions options;
    options.deep = true;
    AuditReport report =
        audit_in(*scene.vault, scene.fixture.run("auditor"), options, scene.fixture.agent("bob"));
    CHECK(row_of(report, forged).own_slot_rebuilt);
    for (const AuditedBackup& row : report.backups) CHECK(row.level == 0);
    report = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
    CHECK(row_of(report, forged).level < 3);
    CHECK(report.has_errors());
  }
  SUBCASE("where it takes several agents each opens its own slot, and it says that that was all") {
    scene.fixture.set_policy(2, {"alice", "bob"});
    const std::string honest = scene.fixture.back_up().snapshot;
    scene.vault = scene.fixture.in_memory();
    Credential credential = scene.fixture.credential();
    Slot garbage{};
    garbage.fill(0x5a);
    const std::string forged = put_with_slot(
        *scene.vault, credential,
        Forgery(credential, DatabaseImage::read(scene.fixture.database())), 2, garbage);
    const AuditReport of_alice =
        audited_deep(scene.fixture, *scene.vault, scene.fixture.agent("alice"));
    CHECK_FALSE(of_alice.has_errors());
    CHECK(of_alice.take_more == 2);
    CHECK(of_alice.own_slots == 1);
    CHECK_FALSE(row_of(of_alice, honest).own_slot_rebuilt);
    const AuditReport of_bob =
        audited_deep(scene.fixture, *scene.vault, scene.fixture.agent("bob"));
    CHECK(error_codes(of_bob) == std::set<std::string>{"slot"});
    CHECK(row_of(of_bob, forged).findings == std::vector<std::string>{"slot"});
    CHECK(of_bob.take_more == 2);
    CHECK(audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()).take_more == 0);
  }
  SUBCASE("nothing is rebuilt to L3 in a log that does not hold") {
    scene.fixture.change_database();
    static_cast<void>(scene.fixture.back_up());
    scene.vault = scene.fixture.in_memory();
    const Bytes32 device = scene.fixture.credential().signing_key().public_key();
    scene.vault->remove(entry_object(device, 1));
    for (const AuditedBackup& row :
         audited_deep(scene.fixture, *scene.vault, scene.fixture.owner()).backups) {
      CHECK(row.level == 0);
      CHECK((row.own_slot_rebuilt || !row.findings.empty()));
    }
  }
}

TEST_CASE("a container that no entry names is told, with who could open it") {
  Both scene;
  const ContainerParts parts = container_parts(*scene.vault, scene.escrow);
  SUBCASE("its entry was taken out of the log") {
    scene.vault->remove(entry_object(parts.entry.header.signer, parts.entry.header.seq));
    const AuditReport report = audited(scene.fixture, *scene.vault);
    const auto found = std::find_if(report.findings.begin(), report.findings.end(),
                                    [](const auto& one) { return one.code == "unlogged"; });
    REQUIRE(found != report.findings.end());
    CHECK(found->severity == Severity::warning);
    CHECK(found->message.find("laptop") != std::string::npos);
    CHECK(found->message.find("alice, bob") != std::string::npos);
  }
  SUBCASE("junk does not hide it, wherever its names stand in the order") {
    scene.vault->remove(entry_object(parts.entry.header.signer, parts.entry.header.seq));
    for (std::uint8_t i = 0; i < 50; ++i) {
      Bytes16 bid{};
      bid.back() = static_cast<std::uint8_t>(i + 1);
      scene.vault->overwrite(container_object(bid), Bytes(300, i));
    }
    const AuditReport report = audited(scene.fixture, *scene.vault);
    const std::multiset<std::string> codes = codes_of(report);
    CHECK(codes.count("unlogged") == 1 + 20 + 1);
    const auto found = std::find_if(report.findings.begin(), report.findings.end(),
                                    [](const auto& one) { return one.code == "unlogged"; });
    REQUIRE(found != report.findings.end());
    CHECK(found->message.find("laptop") != std::string::npos);
    CHECK(finding_messages(report, "unlogged").back().find("30 more containers") !=
          std::string::npos);
  }
  SUBCASE("it was copied to another name: its end is sound, and tells whose it is") {
    scene.vault->overwrite(container_object({}), scene.vault->content(container_of(scene.escrow)));
    const std::vector<std::string> messages =
        finding_messages(audited(scene.fixture, *scene.vault), "unlogged");
    REQUIRE(messages.size() == 1);
    CHECK(messages[0].find(container_object({}) + ": no entry of the log names it") == 0);
    CHECK(messages[0].find("names another backup, " + scene.escrow) != std::string::npos);
    CHECK(messages[0].find("cannot be read") == std::string::npos);
  }
  SUBCASE("its entry was taken out of the log or replaced, and the one after it names it") {
    scene.fixture.change_database();
    static_cast<void>(scene.fixture.back_up());
    scene.vault = scene.fixture.in_memory();
    scene.vault->remove(entry_object(parts.entry.header.signer, parts.entry.header.seq));
    SUBCASE("taken out") {}
    SUBCASE("replaced") {
      Credential credential = scene.fixture.credential();
      credential.own = {parts.entry.header.seq - 1, parts.entry.header.prev};
      static_cast<void>(Forgery(credential, DatabaseImage::read(scene.fixture.database()))
                            .put(*scene.vault, credential));
    }
    const AuditReport report = audited(scene.fixture, *scene.vault);
    const auto found = std::find_if(report.findings.begin(), report.findings.end(),
                                    [](const auto& one) { return one.code == "unlogged"; });
    REQUIRE(found != report.findings.end());
    CHECK(found->severity == Severity::error);
    CHECK(found->object == container_of(scene.escrow));
    CHECK(found->message.find("the entry after it names it") != std::string::npos);
  }
  SUBCASE("its device signed another entry of that number") {
    Credential credential = scene.fixture.credential();
    credential.own = {parts.entry.header.seq - 1, parts.entry.header.prev};
    scene.vault->remove(entry_object(parts.entry.header.signer, parts.entry.header.seq));
    const Entry other = Forgery(credential, DatabaseImage::read(scene.fixture.database()))
                            .put(*scene.vault, credential);
    const AuditReport report = audited(scene.fixture, *scene.vault);
    const auto found = std::find_if(report.findings.begin(), report.findings.end(),
                                    [](const auto& one) { return one.code == "unlogged"; });
    REQUIRE(found != report.findings.end());
    INFO("a run that was cut short leaves the same: a warning, and both are shown");
    CHECK(found->severity == Severity::warning);
    CHECK(found->message.find(hex(other.id)) != std::string::npos);
    CHECK(found->message.find(hex(parts.entry.id)) != std::string::npos);
  }
}

TEST_CASE("another vault in the place of one that a checkpoint names is an error") {
  Both scene;
  Both other;
  std::ofstream(scene.fixture.folder() / "kept.txt") << [&] {
    std::string lines;
    for (const CheckpointLine& line : audited(scene.fixture, *scene.vault).checkpoint) {
      lines += line.signer + " " + std::to_string(line.seq) + " " + line.entry_id + " " +
               line.vault + "\n";
    }
    return lines;
  }();
  AuditOptions options;
  options.checkpoint = scene.fixture.folder() / "kept.txt";
  CHECK_FALSE(scene.with(options).has_errors());
  const AuditReport report = audit_in(*other.vault, other.fixture.run("auditor"), options, {});
  CHECK(error_codes(report) == std::set<std::string>{"other-vault"});
}

TEST_CASE("something that is no drill in a drill's place takes nothing from what is signed") {
  Both scene;
  const Bytes32 entry = container_parts(*scene.vault, scene.escrow).entry.id;
  scene.vault->overwrite(drill_object(entry, 1), Bytes(168, 1));
  const AuditReport report = audited(scene.fixture, *scene.vault, "laptop");
  CHECK(row_of(report, scene.escrow).findings == std::vector<std::string>{"drill"});
  CHECK(row_of(report, scene.escrow).level == 1);

  const AuditReport by_owner = audited_deep(scene.fixture, *scene.vault, scene.fixture.owner());
  CHECK(row_of(by_owner, scene.escrow).findings == std::vector<std::string>{"drill"});
  CHECK(row_of(by_owner, scene.escrow).level == 3);
  for (const char* agent : {"alice", "bob"}) {
    const AuditReport by_agent =
        audited_deep(scene.fixture, *scene.vault, scene.fixture.agent(agent));
    CHECK(row_of(by_agent, scene.escrow).own_slot_rebuilt);
    CHECK(by_agent.own_slots == 1);
  }
}

TEST_CASE("audit finds that the vault's owner is not the one of the card") {
  Both scene;
  AuditOptions options;
  options.pins = {scene.card_file(RootKeys::generate(), CardKind::owner)};
  const AuditReport report = scene.with(options);
  CHECK_FALSE(report.pinned);
  CHECK(error_codes(report) == std::set<std::string>{"pin"});
  CHECK(row_of(report, scene.e2ee).level == 0);

  options.pins = {scene.card_file(scene.fixture.owner_keys(), CardKind::agent)};
  CHECK(kind_of([&] { static_cast<void>(scene.with(options)); }) == ErrorKind::usage);
  options.pins = {scene.fixture.folder() / "absent.card"};
  CHECK(kind_of([&] { static_cast<void>(scene.with(options)); }) == ErrorKind::usage);
}

TEST_CASE("a drill of every agent makes a backup L2") {
  Both scene;
  AuditOptions options;
  options.pins = {scene.card_file(scene.fixture.owner_keys(), CardKind::owner)};
  scene.drill("alice", 1, scene.fixture.agent_keys("alice"));
  AuditReport report = scene.with(options);
  CHECK(row_of(report, scene.escrow).level == 1);
  CHECK(row_of(report, scene.escrow).readers[1].drilled);
  CHECK(row_of(report, scene.escrow).readers[1].last_drilled == scene.fixture.clock.now());
  CHECK_FALSE(row_of(report, scene.escrow).readers[2].drilled);
  scene.drill("bob", 2, scene.fixture.agent_keys("bob"));
  report = scene.with(options);
  CHECK(row_of(report, scene.escrow).level == 2);
  CHECK(report.findings.empty());
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);
}

TEST_CASE(
    "attack: a drill made by the writer or another agent; for another slot or backup: in a vault, "
    "by audit and scrub") {
  Both scene;
  SUBCASE("signed by another agent") { scene.drill("alice", 1, scene.fixture.agent_keys("bob")); }
  SUBCASE("for a slot that the agent cannot open") {
    scene.drill("alice", 2, scene.fixture.agent_keys("alice"));
  }
  SUBCASE("with another slot's receipt") {
    // Bob signs for his slot, and has not opened it.
    const ContainerParts parts = container_parts(*scene.vault, scene.escrow);
    Drill drill{scene.fixture.vault_id(), parts.entry.id, 2, 1, Bytes32{7}};
    const auto bytes = sign_drill(drill, scene.fixture.agent_keys("bob").signing());
    scene.vault->overwrite("drills/" + hex(parts.entry.id) + ".2",
                           Bytes(bytes.begin(), bytes.end()));
  }
  SUBCASE("of another backup") {
    scene.drill("alice", 1, scene.fixture.agent_keys("alice"));
    const Bytes good = scene.vault->content(
        "drills/" + hex(container_parts(*scene.vault, scene.escrow).entry.id) + ".1");
    scene.fixture.change_database();
    const std::string next = scene.fixture.back_up().snapshot;
    scene.vault = scene.fixture.in_memory();
    scene.vault->overwrite("drills/" + hex(container_parts(*scene.vault, next).entry.id) + ".1",
                           good);
  }
  SUBCASE("made by the writer, who knows the receipt") {
    RootKeys writer = RootKeys::generate();
    scene.drill("alice", 1, writer);
  }
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(error_codes(report) == std::set<std::string>{"drill"});
  for (const AuditedBackup& backup : report.backups) {
    for (const AuditedReader& reader : backup.readers) CHECK_FALSE(reader.drilled);
  }
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 1);
}

TEST_CASE("audit warns of clocks that ran backwards or stand in the future") {
  VaultFixture fixture;
  fixture.back_up();
  const UnixSeconds now = fixture.clock.now();
  fixture.clock.set(now - 90 * 24 * 3600);
  const std::string backwards = fixture.back_up("notes.db", "laptop", true).snapshot;
  const auto vault = fixture.in_memory();
  AuditReport report = audited(fixture, *vault);
  INFO("the auditor's clock is behind, too: the first backup seems to be in the future");
  CHECK(error_codes(report).empty());
  CHECK(report.findings.size() == 2 + 2);
  for (const AuditFinding& finding : report.findings) {
    CHECK(finding.code == "time");
    CHECK(finding.severity == Severity::warning);
  }
  fixture.clock.set(now + 3600);
  report = audited(fixture, *vault);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings[0].message.find("backwards") != std::string::npos);
}

TEST_CASE("audit's checkpoint is taken back as it was printed, and refused where it is none") {
  Both scene;
  const std::filesystem::path path = scene.fixture.folder() / "checkpoint";
  const AuditReport report = audited(scene.fixture, *scene.vault);
  REQUIRE(report.checkpoint.size() == 2);
  AuditOptions options;
  options.checkpoint = path;
  const auto write = [&](const std::string& text) { std::ofstream(path) << text; };
  std::string lines = "# checkpoint\n\nsome words before it\n";
  for (const CheckpointLine& line : report.checkpoint) {
    lines += line.signer + "  " + std::to_string(line.seq) + "\t" + line.entry_id + "\r\n";
  }
  write(lines);
  CHECK(error_codes(scene.with(options)).empty());

  INFO("a signer that the vault has never heard of");
  write(std::string(64, 'a') + " 3 " + std::string(64, 'b') + "\n");
  CHECK(error_codes(scene.with(options)) == std::set<std::string>{"rollback"});

  const std::string signer = report.checkpoint[0].signer;
  const std::string id = report.checkpoint[0].entry_id;
  for (const std::string& bad :
       {std::string(), std::string("words\n"), signer + " 1\n", signer + " x " + id + "\n",
        signer + " -1 " + id + "\n", signer + " 1 " + id + " more\n",
        signer.substr(2) + " 1 " + id + "\n", signer + " 99999999999999999999999 " + id + "\n"}) {
    CAPTURE(bad);
    write(bad);
    CHECK(kind_of([&] { static_cast<void>(scene.with(options)); }) == ErrorKind::usage);
  }
  std::filesystem::remove(path);
  CHECK(kind_of([&] { static_cast<void>(scene.with(options)); }) == ErrorKind::usage);
}

TEST_CASE("audit asks for a key only when it opens backups") {
  Both scene;
  unsigned asked = 0;
  const UnlockSource unlock = [&] {
    ++asked;
    return scene.fixture.owner()();
  };
  static_cast<void>(audit_in(*scene.vault, scene.fixture.run("auditor"), {}, unlock));
  CHECK(asked == 0);
  AuditOptions options;
  options.deep = true;
  static_cast<void>(audit_in(*scene.vault, scene.fixture.run("auditor"), options, unlock));
  CHECK(asked == 1);
}

TEST_CASE("audit by the public call reads the vault's folder") {
  VaultFixture fixture;
  const std::string snapshot = fixture.back_up().snapshot;
  const AuditReport report = audit(fixture.run(), {});
  CHECK(report.pinned);
  CHECK(row_of(report, snapshot).level == 1);
  CHECK(report.findings.empty());
  CHECK_FALSE(audit_limits().empty());
  Run nowhere = fixture.run();
  nowhere.places.vault = fixture.folder() / "nowhere";
  CHECK(kind_of([&] { static_cast<void>(audit(nowhere, {})); }) == ErrorKind::not_found);
}

TEST_CASE("a backup that the owner pruned is neither missing nor listed") {
  Both scene;
  const RootKeys owner = scene.fixture.owner_keys();
  const RootChain roots = RootChain::read(Vault::open(*scene.vault));
  EntryHeader header;
  header.vault_id = owner.vault_id();
  header.seq = roots.head().seq + 1;
  header.prev = roots.head().entry_id;
  header.time = scene.fixture.clock.now();
  PrunePayload prune;
  prune.bids.push_back(array_of<16>(*from_hex(scene.e2ee)));
  put_entry(*scene.vault, sign_entry(header, prune, owner.signing()));
  scene.vault->remove(container_of(scene.e2ee));
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(error_codes(report).empty());
  CHECK(report.backups.size() == 1);
  CHECK(report.e2ee == 0);
  CHECK(scrubbed(scene.fixture, *scene.vault).errors == 0);
}

}  // namespace valise::test
