#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "cli/audit_outputs.hpp"
#include "support/texts.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// A laptop with three backups and a phone with two, whose DEVICE entry the vault loses.
struct StrangerScene : AuditScene {
  std::vector<std::string> laptop;
  std::vector<std::string> phone;
  std::string owner = hex(vault.owner().sign_pk());
  std::string device_entry;

  StrangerScene() {
    vault.set_policy(1, {"alice"});
    laptop = nights(3);
    const auto before = vault.storage().list("log");
    const std::size_t number = vault.add_device("phone");
    device_entry = last_of_owner();
    CHECK(vault.storage().list("log").size() == before.size() + 1);
    phone = nights(2, number);
    clock.set(vault.now);
  }
  std::string last_of_owner() {
    std::string last;
    for (const ObjectInfo& object : vault.storage().list("log")) {
      if (object.name.starts_with("log/" + owner)) last = object.name;
    }
    return last;
  }
  AuditReport damaged_audit() {
    const std::string card = (folder.path() / "owner.card").string();
    if (!fs::exists(card)) vault.write_card(card);
    AuditOptions options;
    options.pins = {card};
    return audit(options);
  }
};

const AuditedBackup& row_in(const AuditReport& report, const std::string& snapshot) {
  for (const AuditedBackup& row : report.backups) {
    if (row.snapshot == snapshot) return row;
  }
  throw std::runtime_error("there is no row of " + snapshot);
}

}  // namespace

TEST_CASE("backups of a device whose certificate is gone have rows that prove nothing") {
  StrangerScene scene;
  SUBCASE("gone") { scene.vault.storage().remove(scene.device_entry); }
  SUBCASE("damaged") {
    Bytes bytes = scene.vault.storage().content(scene.device_entry);
    bytes.back() ^= 1;
    scene.vault.storage().overwrite(scene.device_entry, bytes);
  }
  const AuditReport report = scene.damaged_audit();
  CHECK(codes_in(report).count("uncertified") == 1);
  CHECK_FALSE(codes_in(report).contains("unlogged"));
  CHECK_FALSE(codes_in(report).contains("missing"));
  REQUIRE(report.backups.size() == 5);
  for (const std::string& snapshot : scene.phone) {
    const AuditedBackup& row = row_in(report, snapshot);
    CHECK(row.level == 0);
    CHECK(row.present);
    CHECK(row.escrow);
    CHECK(row.readers.size() == 2);
    CHECK(row.findings == std::vector<std::string>{"uncertified"});
    CHECK(row.device == "uncertified " + row.signer.substr(0, 8));
  }
  REQUIRE(report.devices.size() == 2);
  CHECK(report.devices[0].certified);
  CHECK_FALSE(report.devices[1].certified);
  CHECK(report.devices[1].backups == 2);
  for (const CheckpointLine& line : report.checkpoint) {
    CHECK(line.signer != report.devices[1].signer);
  }
}

TEST_CASE("an uncertified device's rows stand in all four outputs") {
  StrangerScene scene;
  scene.vault.storage().remove(scene.device_entry);
  scene.vault.write_to(scene.folder.path() / "vault");
  const AuditOutputs out = outputs_of(scene, {scene.folder.path() / "vault"});
  const std::string id = scene.phone[0].substr(0, 8);
  CHECK(contains(out.text, "    " + id));
  CHECK(count_in(out.text, "! uncertified\n") == 2);
  CHECK(count_in(out.text, "ERROR    uncertified") == 1);
  CHECK(contains(out.html, "<code>" + id));
  CHECK(count_in(out.html, "\u2715 uncertified</span>") == 2);
  std::size_t rows = 0;
  for (const cli::Json& row : out.lines("backup")) {
    if (row.at("findings") == cli::Json{"uncertified"}) ++rows;
    if (row.at("findings") == cli::Json{"uncertified"}) CHECK(row.at("level") == "L0");
  }
  CHECK(rows == 2);
  const cli::Json devices = out.lines("summary").at(0).at("devices");
  REQUIRE(devices.size() == 2);
  CHECK(devices[0].at("certified") == true);
  CHECK(devices[1].at("certified") == false);
  CHECK(devices[1].at("since").is_null());
  CHECK(out.number("SELECT count(*) FROM backup JOIN device USING (device) "
                   "WHERE NOT certified AND level = 0 AND since IS NULL") == 2);
}

TEST_CASE("who is not certified takes nothing from those who are") {
  StrangerScene scene;
  const AuditReport sound = scene.damaged_audit();
  REQUIRE(codes_in(sound) == std::multiset<std::string>{"undrilled"});
  VaultMaker& vault = scene.vault;
  // A laptop that says of itself, and of the phone's backups, what it likes: its own certificate is
  // the last entry of the owner's log, so that taking it away leaves no gap.
  const std::size_t liar = vault.add_device("liar");
  const std::string certificate = scene.last_of_owner();
  scene.nights(4, liar);
  vault.prune(liar, {scene.laptop[1], scene.phone[0]});
  vault.storage().remove(certificate);
  for (const auto& snapshot : {scene.laptop[1], scene.phone[0]}) {
    const std::string name = "backups/" + snapshot + ".valise";
    CHECK_FALSE(vault.storage().size(name));
  }
  AuditOptions options;
  options.max_age_seconds = 2 * kDay;
  const AuditReport report = scene.audit(options);
  const auto codes = codes_in(report);
  CHECK(codes.count("uncertified") == 1);
  CHECK(codes.count("missing") == 2);
  CHECK_FALSE(codes.contains("authority"));
  INFO("what it claims is no backup that counts");
  CHECK(codes.count("overdue") >= 1);
  CHECK(report.backups.size() == 3 + 2 + 4);
}

TEST_CASE("an uncertified device's own prunes and lost containers are no findings of their own") {
  StrangerScene scene;
  scene.vault.prune(1, {scene.phone[0]});
  scene.vault.storage().remove("backups/" + scene.phone[1] + ".valise");
  scene.vault.storage().remove(scene.device_entry);
  const AuditReport report = scene.damaged_audit();
  CHECK_FALSE(codes_in(report).contains("missing"));
  REQUIRE(report.backups.size() == 4);
  const AuditedBackup& row = row_in(report, scene.phone[1]);
  CHECK_FALSE(row.present);
  CHECK(row.findings == std::vector<std::string>{"missing", "uncertified"});
}

}  // namespace valise::test
