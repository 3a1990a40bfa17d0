#include "cli/audit_outputs.hpp"

#include <doctest/doctest.h>

#include <array>
#include <regex>

#include "base/hex.hpp"
#include "support/texts.hpp"
#include "support/vault_fixture.hpp"

namespace valise::test {
namespace {

namespace fs = std::filesystem;

/// The numbers of one audit, as one of its outputs tells them. Each output has its own way to.
struct AuditNumbers {
  std::int64_t backups = 0;
  std::int64_t rows = 0;
  std::int64_t e2ee = 0;
  std::int64_t escrowed = 0;
  std::int64_t errors = 0;  ///< As they are counted at the top.
  std::int64_t warnings = 0;
  std::int64_t error_lines = 0;  ///< As they are listed.
  std::int64_t warning_lines = 0;
  std::int64_t flawed_rows = 0;
  std::array<std::int64_t, 4> levels{};      ///< As they are counted.
  std::array<std::int64_t, 4> level_rows{};  ///< As rows have them.
  std::int64_t own_slots = 0;
  std::int64_t take_more = 0;
  std::int64_t pruned = 0;
};

constexpr std::array<const char*, 4> kLevelNames{"L0 listed", "L1 signed", "L2 drilled",
                                                 "L3 rebuilt"};

void check_same(const AuditNumbers& a, const AuditNumbers& b) {
  CHECK(a.backups == b.backups);
  CHECK(a.rows == b.rows);
  CHECK(a.e2ee == b.e2ee);
  CHECK(a.escrowed == b.escrowed);
  CHECK(a.errors == b.errors);
  CHECK(a.warnings == b.warnings);
  CHECK(a.error_lines == b.error_lines);
  CHECK(a.warning_lines == b.warning_lines);
  CHECK(a.flawed_rows == b.flawed_rows);
  CHECK(a.levels == b.levels);
  CHECK(a.level_rows == b.level_rows);
  CHECK(a.own_slots == b.own_slots);
  CHECK(a.take_more == b.take_more);
  CHECK(a.pruned == b.pruned);
}

/// The number that the first match of the pattern has in its parentheses; 0 without a match.
std::int64_t number_in(const std::string& text, const std::string& pattern) {
  std::smatch match;
  if (!std::regex_search(text, match, std::regex(pattern))) return 0;
  return std::stoll(match[1]);
}

std::int64_t matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  return std::distance(std::sregex_iterator(text.begin(), text.end(), regex),
                       std::sregex_iterator());
}

AuditNumbers numbers_in_text(const std::string& text) {
  const std::string row = "\n    [0-9a-f]{8}  20[^\n]*";
  AuditNumbers out;
  out.backups = number_in(text, "\n(\\d+) backups?: ");
  out.e2ee = number_in(text, ": (\\d+) end-to-end \\(");
  out.escrowed = number_in(text, ", (\\d+) escrowed\\.");
  out.rows = matches(text, row);
  out.flawed_rows = matches(text, row + "  ! ");
  out.error_lines = out.errors = matches(text, "\n  ERROR    ");
  out.warning_lines = out.warnings = matches(text, "\n  warning  ");
  CHECK(number_in(text, "\n(\\d+) findings?:\n") == out.errors + out.warnings);
  for (std::size_t i = 0; i < 4; ++i) {
    out.levels[i] = number_in(text, std::string("\n  ") + kLevelNames[i] + " +(\\d+)  ");
    out.level_rows[i] = matches(text, row + "  " + kLevelNames[i] + " ");
  }
  out.own_slots = number_in(text, "\n  own slot +(\\d+)  ");
  out.pruned =
      number_in(text, "\n(\\d+) more backups? (?:was|were) pruned and (?:is|are) gone\\.\n");
  out.take_more =
      number_in(text, "\n  (\\d+) backups? takes? more agents than this one: not rebuilt\n");
  return out;
}

AuditNumbers numbers_in_json(const AuditOutputs& from) {
  const cli::Json summary = from.lines("summary").at(0);
  AuditNumbers out;
  out.backups = summary.at("backups");
  out.e2ee = summary.at("e2ee");
  out.escrowed = summary.at("escrowed");
  out.errors = summary.at("errors");
  out.warnings = summary.at("warnings");
  out.take_more = summary.at("take_more");
  out.pruned = summary.at("pruned");
  for (std::size_t i = 0; i < 4; ++i)
    out.levels[i] = summary.at("levels").at("L" + std::to_string(i));
  for (const cli::Json& row : from.lines("backup")) {
    ++out.rows;
    if (!row.at("findings").empty()) ++out.flawed_rows;
    if (row.at("own_slot_rebuilt") == true) ++out.own_slots;
    ++out.level_rows.at(static_cast<std::size_t>(row.at("level").get<std::string>().at(1) - '0'));
  }
  for (const cli::Json& finding : from.lines("finding")) {
    ++(finding.at("severity") == "error" ? out.error_lines : out.warning_lines);
  }
  std::int64_t by_code = 0;
  for (const auto& item : summary.at("finding_codes").items()) {
    by_code += item.value().get<std::int64_t>();
  }
  CHECK(by_code == summary.at("findings"));
  return out;
}

AuditNumbers numbers_in_html(const std::string& page) {
  const std::string row = "<tr><td><code>[0-9a-f]{8}</code>[^\n]*";
  AuditNumbers out;
  out.backups = number_in(page, "<dt>Backups</dt><dd>(\\d+)<");
  out.e2ee = number_in(page, "<dt>End-to-end</dt><dd>(\\d+)<");
  out.escrowed = number_in(page, "<dt>Escrowed</dt><dd>(\\d+)<");
  out.rows = matches(page, row);
  out.flawed_rows = matches(page, row + "<span class=\"flaw\">");
  out.errors = number_in(page, "class=\"verdict[^>]*>[^<]* (\\d+) errors?");
  out.warnings = number_in(page, "class=\"verdict[^>]*>[^<]*, (\\d+) warnings?");
  out.error_lines = matches(page, "class=\"finding\"><span class=\"tag bad\">");
  out.warning_lines = matches(page, "class=\"finding\"><span class=\"tag warn\">");
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string level = kLevelNames[i];
    out.levels[i] = number_in(page, "<dt>Proven at least</dt>[^\n]*[> ](\\d+) " + level);
    out.level_rows[i] = matches(page, row + "<td>" + level + "[<,]");
  }
  out.own_slots = matches(page, row + " own slot</span>");
  CHECK(number_in(page, "own slot of (\\d+)[<,]") == out.own_slots);
  out.pruned = number_in(page, "; (\\d+) more backups? (?:was|were) pruned and (?:is|are) gone<");
  out.take_more = number_in(page, "(\\d+) backups? takes? more agents than this one: not rebuilt<");
  return out;
}

AuditNumbers numbers_in_database(const AuditOutputs& from) {
  AuditNumbers out;
  out.backups = from.number("SELECT backups FROM vault");
  out.e2ee = from.number("SELECT e2ee FROM vault");
  out.escrowed = from.number("SELECT escrowed FROM vault");
  out.errors = from.number("SELECT errors FROM vault");
  out.warnings = from.number("SELECT warnings FROM vault");
  out.take_more = from.number("SELECT take_more FROM vault");
  out.pruned = from.number("SELECT pruned FROM vault");
  out.rows = from.number("SELECT count(*) FROM backup");
  out.error_lines = from.number("SELECT count(*) FROM finding WHERE severity = 'error'");
  out.warning_lines = from.number("SELECT count(*) FROM finding WHERE severity = 'warning'");
  out.flawed_rows = from.number(
      "SELECT count(*) FROM backup JOIN device USING (device) WHERE NOT certified OR backup IN "
      "(SELECT backup FROM finding)");
  for (std::size_t i = 0; i < 4; ++i) {
    out.level_rows[i] = out.levels[i] =
        from.number("SELECT count(*) FROM backup WHERE level = " + std::to_string(i));
  }
  out.own_slots = from.number("SELECT coalesce(sum(own_slot_rebuilt), 0) FROM backup");
  CHECK(from.number("SELECT count(*) FROM backup WHERE mode = 'e2ee'") == out.e2ee);
  CHECK(from.number("SELECT count(*) FROM backup WHERE mode = 'escrow'") == out.escrowed);
  return out;
}

/// Compares all four with each other and returns what they agree on.
AuditNumbers agreed(const AuditOutputs& out) {
  const AuditNumbers json = numbers_in_json(out);
  {
    INFO("text");
    check_same(numbers_in_text(out.text), json);
  }
  {
    INFO("page");
    check_same(numbers_in_html(out.html), json);
  }
  {
    INFO("database");
    check_same(numbers_in_database(out), json);
  }
  CHECK(json.backups == json.rows);
  CHECK(json.errors == json.error_lines);
  CHECK(json.warnings == json.warning_lines);
  CHECK(json.levels == json.level_rows);
  CHECK(json.e2ee + json.escrowed == json.backups);
  return json;
}

}  // namespace

TEST_CASE("text, JSON, page and database of one audit tell the same numbers") {
  AuditScene scene;
  scene.nights(5);
  scene.vault.set_policy(1, {"alice"});
  const auto one = scene.nights(4);
  scene.vault.drill(one[1], "alice");
  scene.vault.set_policy(2, {"bob", "carol"});
  const auto two = scene.nights(6);
  scene.vault.storage().remove("backups/" + two[2] + ".valise");
  const std::size_t phone = scene.vault.add_device("phone");
  scene.nights(3, phone);
  // The last of the owner's entries is the certificate of this one.
  const std::size_t gone = scene.vault.add_device("gone");
  const std::string log = "log/" + hex(scene.vault.owner().sign_pk());
  std::string certificate;
  for (const ObjectInfo& object : scene.vault.storage().list("log")) {
    if (object.name.starts_with(log)) certificate = object.name;
  }
  scene.nights(2, gone);
  scene.vault.storage().remove(certificate);
  scene.clock.set(scene.vault.now);
  const fs::path vault = scene.folder.path() / "vault";
  scene.vault.write_to(vault);
  scene.vault.write_card(scene.folder.path() / "owner.card");

  AuditOptions options;
  AuditNumbers numbers = agreed(outputs_of(scene, {vault}, options));
  CHECK(numbers.backups == 20);
  CHECK(numbers.escrowed == 15);
  CHECK(numbers.levels == std::array<std::int64_t, 4>{20, 0, 0, 0});
  options.pins = {scene.folder.path() / "owner.card"};
  options.max_age_seconds = 1;
  numbers = agreed(outputs_of(scene, {vault}, options));
  CHECK(numbers.levels == std::array<std::int64_t, 4>{6, 13, 1, 0});
  CHECK(numbers.flawed_rows == 6);
  CHECK(numbers.warnings == 2);
  CHECK(numbers.errors >= 3);
}

TEST_CASE("what was pruned, and that a policy let it be, stand in all four outputs") {
  AuditScene scene;
  scene.vault.set_policy(0, {}, 365);
  const auto snapshots = scene.nights(4);
  scene.vault.set_policy(0, {}, 0);
  scene.vault.prune(0, {snapshots[3]});
  scene.clock.set(scene.vault.now);
  const fs::path vault = scene.folder.path() / "vault";
  scene.vault.write_to(vault);
  AuditNumbers numbers = agreed(outputs_of(scene, {vault}));
  CHECK(numbers.pruned == 1);
  CHECK(numbers.backups == 3);
  CHECK(numbers.warnings == 1);
  scene.vault.prune_by_owner({snapshots[2], snapshots[1]});
  fs::remove_all(vault);
  scene.vault.write_to(vault);
  const AuditOutputs out = outputs_of(scene, {vault});
  numbers = agreed(out);
  CHECK(numbers.pruned == 3);
  CHECK(numbers.errors == 0);
  CHECK(contains(out.text,
                 "\n1 backup: 1 end-to-end (only the owner can open), 0 escrowed.\n"
                 "3 more backups were pruned and are gone.\n"));
  CHECK(contains(out.text, "  warning  keep-lowered  policy "));
  CHECK(contains(out.html, "3 of them were pruned"));
}

TEST_CASE("one source id of two devices is two sources in all four outputs") {
  AuditScene scene;
  const std::size_t phone = scene.vault.add_device("phone");
  scene.nights(3);
  scene.vault.claim_sources_of(phone, 0);
  scene.nights(2, phone);
  scene.clock.set(scene.vault.now);
  const fs::path vault = scene.folder.path() / "vault";
  scene.vault.write_to(vault);
  const AuditOutputs out = outputs_of(scene, {vault});
  CHECK(agreed(out).errors == 1);
  CHECK(contains(out.text, " of laptop, 3 backups\n"));
  CHECK(contains(out.text, " of phone, 2 backups\n"));
  CHECK(contains(out.html, "of laptop, 3 backups<"));
  CHECK(contains(out.html, "of phone, 2 backups<"));
  const cli::Json sources = out.lines("summary").at(0).at("sources");
  REQUIRE(sources.size() == 2);
  CHECK(sources[0].at("source") == sources[1].at("source"));
  CHECK(sources[0].at("signer") < sources[1].at("signer"));
  CHECK(out.number("SELECT count(*) FROM source JOIN device ON signer = device_signer "
                   "WHERE source.backups = (SELECT count(*) FROM backup WHERE source = "
                   "source.source AND backup.device = device.device)") == 2);
}

TEST_CASE("the four outputs of an audit with a key tell the same numbers") {
  VaultFixture fixture;
  fixture.back_up();
  fixture.set_policy(1, {"alice"});
  fixture.back_up();
  fixture.back_up();
  fixture.set_policy(2, {"alice", "bob"});
  fixture.back_up();
  AuditScene scene;
  AuditOptions options;
  options.deep = true;
  const auto audit_with = [&](const UnlockSource& unlock) {
    return agreed(outputs_of(scene, {fixture.vault_folder()}, options,
                             [&](const fs::path&) { return unlock(); }));
  };
  scene.clock.set(fixture.clock.now());
  AuditNumbers numbers = audit_with(fixture.owner());
  CHECK(numbers.levels == std::array<std::int64_t, 4>{0, 0, 0, 4});
  CHECK(numbers.own_slots == 4);
  CHECK(numbers.take_more == 0);
  numbers = audit_with([&] {
    Unlock unlock = fixture.agent("alice")();
    unlock.agent_key_file = fs::path(fixture.card("alice")).parent_path() / "agent.key";
    return unlock;
  });
  CHECK(numbers.levels == std::array<std::int64_t, 4>{4, 0, 0, 0});
  CHECK(numbers.own_slots == 2);
  CHECK(numbers.take_more == 1);
}

TEST_CASE("the card that a vault matched is named in all four outputs") {
  AuditScene scene;
  scene.nights(1);
  scene.clock.set(scene.vault.now);
  const std::filesystem::path folder = scene.folder.path();
  scene.vault.write_to(folder / "vault");
  AuditOutputs out = outputs_of(scene, {folder / "vault"});
  CHECK(contains(out.text, "NOT compared"));
  CHECK(out.lines("summary").at(0).at("pinned_card").is_null());
  CHECK(out.number("SELECT pinned_card IS NULL FROM vault") == 1);

  std::filesystem::create_directory(folder / "cards");
  const AuditScene other;
  other.vault.write_card(folder / "cards" / "another.card");
  scene.vault.write_card(folder / "cards" / "h&m.card");
  // The same owner's card once more: the first by name is told.
  scene.vault.write_card(folder / "cards" / "z.card");
  AuditOptions options;
  options.pins = {folder / "cards"};
  out = outputs_of(scene, {folder / "vault"}, options);
  const std::string card = (folder / "cards" / "h&m.card").string();
  CHECK(contains(out.text, "  compared: the card " + card + " holds the same key\n"));
  CHECK(contains(out.html, "the same as on the card " +
                               (folder / "cards" / "h&amp;m.card").string() + "</span>"));
  CHECK(out.lines("summary").at(0).at("pinned_card") == card);
  CHECK(out.number("SELECT count(*) FROM vault WHERE pinned_card = '" + card + "'") == 1);
}

}  // namespace valise::test
