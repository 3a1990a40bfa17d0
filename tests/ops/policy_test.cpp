#include "valise/policy.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "base/clock.hpp"
#include "base/hex.hpp"
#include "ops/restore.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"
#include "vault/signed_log.hpp"
#include "vault/vault.hpp"

namespace valise::test {
namespace {

bool any_says(const std::vector<std::string>& sentences, std::string_view words) {
  for (const std::string& sentence : sentences) {
    if (sentence.find(words) != std::string::npos) return true;
  }
  return false;
}

PolicyChange escrow(unsigned k, std::vector<std::string> agents) {
  PolicyChange change;
  change.escrow = true;
  change.k = k;
  change.agents = std::move(agents);
  return change;
}

const auto kYes = [](const Reader&) { return true; };

std::uint64_t owner_entries(VaultFixture& fixture) {
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  const Vault vault = Vault::open(storage);
  return highest_seq(vault, vault.root_pk());
}

/// The change is refused as wrong use, nobody is asked for a key, and nothing is written.
void check_refused(VaultFixture& fixture, const PolicyChange& change, std::string_view says) {
  const std::uint64_t before = owner_entries(fixture);
  const UnlockSource never = []() -> Unlock {
    throw Error(ErrorKind::internal, "asked for a key");
  };
  const auto attempt = [&] { static_cast<void>(set_policy(fixture.run(), change, never, kYes)); };
  CHECK(kind_of(attempt) == ErrorKind::usage);
  CAPTURE(message_of(attempt));
  CHECK(message_of(attempt).find(says) != std::string::npos);
  CHECK(owner_entries(fixture) == before);
}

}  // namespace

TEST_CASE("a policy tells where the end of a device's log may be a thief's") {
  VaultFixture fixture;
  static_cast<void>(fixture.back_up());
  const std::filesystem::path memory = fixture.folder() / "laptop";
  const std::filesystem::path kept = fixture.folder() / "kept";
  std::filesystem::copy(memory, kept, std::filesystem::copy_options::recursive);
  fixture.change_database();
  static_cast<void>(fixture.back_up());  // With the copy.
  fixture.warnings.clear();
  SUBCASE("it is what this machine signed") {
    fixture.set_policy(1, {"alice"});
    CHECK(fixture.warnings.empty());
  }
  SUBCASE("this machine does not remember it") {
    std::filesystem::remove_all(memory);
    std::filesystem::copy(kept, memory, std::filesystem::copy_options::recursive);
    fixture.set_policy(1, {"alice"});
    REQUIRE(fixture.warnings.size() == 1);
    CHECK(any_says(fixture.warnings, "goes on after entry 1, the last that this device remembers"));
    CHECK(any_says(fixture.warnings, "key revoke-device"));
  }
}

TEST_CASE(
    "e2ee, escrow and e2ee again: borders of policies are borders of chains, for each source "
    "and device") {
  VaultFixture fixture;
  static_cast<void>(add_device(fixture.run("phone"), "phone", fixture.owner()));
  const std::vector<std::pair<std::string, std::string>> writers{
      {"a.db", "laptop"}, {"b.db", "laptop"}, {"c.db", "phone"}};
  std::vector<std::vector<BackupSummary>> eras;
  const auto nights = [&](const std::string& policy) {
    eras.emplace_back();
    for (const auto& writer : writers) {
      const std::string& source = writer.first;
      const std::string& machine = writer.second;
      const BackupSummary first = fixture.back_up(source, machine);
      fixture.change_database(source);
      const BackupSummary second = fixture.back_up(source, machine);
      CAPTURE(source);
      CHECK(first.policy == policy);
      CHECK(second.policy == policy);
      CHECK(first.full);
      CHECK_FALSE(second.full);
      if (eras.size() > 1) CHECK(first.why_full.find("policy") != std::string::npos);
      eras.back().push_back(first);
      eras.back().push_back(second);
    }
  };
  nights("e2ee");
  const PolicyChangeResult on = fixture.set_policy(1, {"alice"});
  INFO("both devices adopt the policy by themselves");
  nights("escrow");
  const PolicyChangeResult off = fixture.set_policy(0, {});
  nights("e2ee");

  CHECK_FALSE(on.before.escrow);
  CHECK(on.after.escrow);
  CHECK(
      any_says(on.consequences, "6 backups that were made end-to-end stay readable by you alone"));
  CHECK(any_says(on.consequences, "without you for alice alone"));
  CHECK(any_says(on.consequences, "new chain"));
  CHECK(off.before.escrow);
  CHECK_FALSE(off.after.escrow);
  CHECK(any_says(off.consequences, "stay readable by alice alone"));
  CHECK(any_says(off.consequences, "only you can open new backups"));

  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  for (std::size_t era = 0; era < eras.size(); ++era) {
    for (const BackupSummary& backup : eras[era]) {
      CAPTURE(era);
      CHECK_NOTHROW(
          static_cast<void>(restored(fixture, storage, fixture.owner(), backup.snapshot)));
      const auto by_agent = kind_of([&] {
        static_cast<void>(restored(fixture, storage, fixture.agent("alice"), backup.snapshot));
      });
      CHECK(by_agent == (era == 1 ? std::nullopt : std::optional(ErrorKind::wrong_key)));
    }
  }
  const AuditReport report = audited_deep(fixture, storage, fixture.owner());
  CHECK_FALSE(report.has_errors());
  CHECK(report.escrowed == 6);
  CHECK(report.e2ee == 12);
  for (const AuditedBackup& backup : report.backups) CHECK(backup.level == 3);
}

TEST_CASE("an escrowed vault restores with the agent's key alone, and says so before") {
  VaultFixture fixture;
  fixture.set_policy(1, {"alice", "bob"});
  const BackupSummary summary = fixture.back_up();
  REQUIRE(summary.readers.size() == 3);
  CHECK(summary.readers[0].owner);
  CHECK(summary.readers[2].name == "bob");
  CHECK(summary.k == 1);
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  for (const char* name : {"alice", "bob"}) {
    CHECK(restored(fixture, storage, fixture.agent(name)) == dump_database(fixture.database()));
  }
}

TEST_CASE("under 2 of 3 no single agent restores, and the message says what it takes") {
  VaultFixture fixture;
  fixture.set_policy(2, {"alice", "bob", "carol"});
  fixture.back_up();
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  const auto attempt = [&] { static_cast<void>(restored(fixture, storage, fixture.agent("bob"))); };
  CHECK(kind_of(attempt) == ErrorKind::wrong_key);
  CHECK(message_of(attempt).find("2 of 3") != std::string::npos);
  CHECK_NOTHROW(static_cast<void>(restored(fixture, storage, fixture.owner())));
  CHECK_FALSE(audited_deep(fixture, storage, fixture.owner()).has_errors());
}

TEST_CASE("set_policy refuses what is no policy before it asks for a key") {
  VaultFixture fixture;
  const std::string alice = fixture.new_agent("alice");
  const std::string bob = fixture.new_agent("bob");
  SUBCASE("k = 0") { check_refused(fixture, escrow(0, {alice}), "k must be"); }
  SUBCASE("k over n") { check_refused(fixture, escrow(2, {alice}), "k must be"); }
  SUBCASE("no agent") { check_refused(fixture, escrow(1, {}), "1 to 16"); }
  SUBCASE("17 agents") {
    std::vector<std::string> agents;
    for (int i = 0; i < 17; ++i) agents.push_back(fixture.new_agent("agent " + std::to_string(i)));
    check_refused(fixture, escrow(1, agents), "1 to 16");
  }
  SUBCASE("e2ee with agents") {
    PolicyChange change = escrow(1, {alice});
    change.escrow = false;
    check_refused(fixture, change, "end-to-end");
  }
  SUBCASE("one card twice") { check_refused(fixture, escrow(1, {alice, alice}), "twice"); }
  SUBCASE("two agents of one name") {
    VaultFixture other;
    check_refused(fixture, escrow(1, {alice, other.new_agent("alice")}), "twice");
  }
  SUBCASE("two agents of one key") {
    const std::filesystem::path path = fixture.folder() / "alias.card";
    Card card = make_card(fixture.agent_keys("alice"), CardKind::agent, "alias");
    SUBCASE("both keys") {}
    SUBCASE("the signing key only") { card.pk = fixture.agent_keys("bob").pk(); }
    std::ofstream(path) << card_text(card);
    check_refused(fixture, escrow(1, {alice, path.string()}), "have the same key");
  }
  SUBCASE("one agent by its card and by its name") {
    fixture.set_policy(1, {"alice"});
    check_refused(fixture, escrow(1, {"alice", fixture.card("alice")}), "twice");
  }
  SUBCASE("an agent called owner") {
    const std::filesystem::path path = fixture.folder() / "another.card";
    std::string name = "owner";
    SUBCASE("in small letters") {}
    SUBCASE("in great ones") { name = "OWNER"; }
    std::ofstream(path) << card_text(make_card(RootKeys::generate(), CardKind::agent, name));
    check_refused(fixture, escrow(1, {path.string()}), "nobody can be called \"" + name);
  }
  SUBCASE("a name that nobody has") { check_refused(fixture, escrow(1, {"dave"}), "dave"); }
  SUBCASE("an owner's card") {
    const std::filesystem::path path = fixture.folder() / "owner.card";
    std::ofstream(path) << card_text(make_card(fixture.owner_keys(), CardKind::owner, "owner"));
    check_refused(fixture, escrow(1, {path.string()}), "owner's card");
  }
}

TEST_CASE("set_policy refuses a damaged card and a card of low order") {
  VaultFixture fixture;
  const std::string path = fixture.new_agent("alice");
  SUBCASE("one character changed") {
    std::string text = show_card(path).text;
    text[20] = text[20] == '7' ? '8' : '7';
    std::ofstream(path) << text;
  }
  SUBCASE("a public key of low order") {
    Card card = make_card(fixture.agent_keys("alice"), CardKind::agent, "alice");
    card.pk = Bytes32{};
    std::ofstream(path) << card_text(card);
  }
  CHECK(kind_of([&] { fixture.set_policy(1, {"alice"}); }) == ErrorKind::corrupt);
  CHECK(owner_entries(fixture) == 2);
}

TEST_CASE("set_policy shows each new agent, and a no changes nothing") {
  VaultFixture fixture;
  const std::string alice = fixture.new_agent("alice");
  const std::string bob = fixture.new_agent("bob");
  std::vector<std::string> shown;
  const auto no_to_bob = [&](const Reader& reader) {
    shown.push_back(reader.name + " " + reader.fingerprint);
    return reader.name != "bob";
  };
  const UnlockSource never = []() -> Unlock {
    throw Error(ErrorKind::internal, "asked for a key");
  };
  CHECK(kind_of([&] {
          static_cast<void>(set_policy(fixture.run(), escrow(1, {alice, bob}), never, no_to_bob));
        }) == ErrorKind::usage);
  CHECK(shown == std::vector<std::string>{"alice " + show_card(alice).fingerprint,
                                          "bob " + show_card(bob).fingerprint});
  CHECK(owner_entries(fixture) == 2);
  CHECK_FALSE(show_policy(fixture.run()).escrow);
}

TEST_CASE("an agent of an earlier policy is named by its name, and not asked about again") {
  VaultFixture fixture;
  fixture.set_policy(1, {"alice", "bob"});
  fixture.set_policy(0, {});
  const auto nobody_new = [](const Reader&) -> bool {
    throw Error(ErrorKind::internal, "asked about an agent that is known");
  };
  const PolicyChangeResult result =
      set_policy(fixture.run(), escrow(1, {"bob"}), fixture.owner(), nobody_new);
  REQUIRE(result.after.agents.size() == 1);
  CHECK(result.after.agents[0].name == "bob");
  fixture.back_up();
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  INFO("its pre-shared key came out of the earlier policy");
  CHECK(restored(fixture, storage, fixture.agent("bob")) == dump_database(fixture.database()));
  CHECK(kind_of([&] { static_cast<void>(restored(fixture, storage, fixture.agent("alice"))); }) ==
        ErrorKind::wrong_key);
}

TEST_CASE("only the owner changes the policy") {
  VaultFixture fixture;
  fixture.set_policy(1, {"alice"});
  const auto attempt = [&](const UnlockSource& unlock) {
    return kind_of(
        [&] { static_cast<void>(set_policy(fixture.run(), PolicyChange{}, unlock, kYes)); });
  };
  CHECK(attempt(fixture.agent("alice")) == ErrorKind::wrong_key);
  CHECK(attempt(VaultFixture().owner()) == ErrorKind::wrong_key);
  const UnlockSource by_file = [&] {
    Unlock unlock = fixture.agent("alice")();
    unlock.agent_key_file = fixture.card("alice");
    return unlock;
  };
  CHECK(attempt(by_file) == ErrorKind::usage);
  CHECK(show_policy(fixture.run()).escrow);
}

TEST_CASE("min_keep_days stays as it was unless it is given") {
  VaultFixture fixture;
  PolicyChange change;
  change.min_keep_days = 30;
  CHECK(set_policy(fixture.run(), change, fixture.owner(), kYes).after.min_keep_days == 30);
  change.min_keep_days.reset();
  CHECK(set_policy(fixture.run(), change, fixture.owner(), kYes).after.min_keep_days == 30);
  change.min_keep_days = 0;
  CHECK(set_policy(fixture.run(), change, fixture.owner(), kYes).after.min_keep_days == 0);
}

TEST_CASE("1 <= k <= n <= 16: every k of sixteen agents is a policy, and the last one opens") {
  VaultFixture fixture;
  std::vector<std::string> agents;
  for (int i = 1; i <= 16; ++i) agents.push_back("agent " + std::to_string(i));
  static_cast<void>(add_device(fixture.run("phone"), "phone", fixture.owner()));
  for (unsigned k = 16; k >= 1; --k) {
    CAPTURE(k);
    const PolicyChangeResult result = fixture.set_policy(k, agents);
    CHECK(result.after.k == k);
    CHECK(result.after.agents.size() == 16);
  }
  check_refused(fixture, escrow(17, agents), "k must be");
  for (const char* machine : {"laptop", "phone"}) {
    const BackupSummary summary = fixture.back_up("notes.db", machine);
    CHECK(summary.k == 1);
    CHECK(summary.readers.size() == 17);
  }
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  CHECK(restored(fixture, storage, fixture.agent("agent 16")) == dump_database(fixture.database()));
  const AuditReport report = audited_deep(fixture, storage, fixture.owner());
  CHECK_FALSE(report.has_errors());
  for (const AuditedBackup& backup : report.backups) CHECK(backup.level == 3);
  fixture.set_policy(16, agents);
  fixture.back_up();
  CHECK(kind_of([&] { static_cast<void>(restored(fixture, storage, fixture.agent("agent 1"))); }) ==
        ErrorKind::wrong_key);
  CHECK_FALSE(audited_deep(fixture, storage, fixture.owner()).has_errors());
}

TEST_CASE("one backup stays, and two stay") {
  VaultFixture fixture;
  fixture.back_up();
  CHECK(any_says(fixture.set_policy(1, {"alice"}).consequences,
                 "1 backup that was made end-to-end stays readable by you alone."));
  fixture.back_up();
  CHECK(any_says(fixture.set_policy(0, {}).consequences, " stays readable by alice alone:"));
  fixture.back_up();
  CHECK(any_says(fixture.set_policy(1, {"alice"}).consequences,
                 "2 backups that were made end-to-end stay readable by you alone."));
}

TEST_CASE("who takes part, what stays the same and what gets shorter is told in words") {
  VaultFixture fixture;
  fixture.back_up();
  CHECK(any_says(fixture.set_policy(2, {"alice", "bob", "carol"}).consequences,
                 "without you for any 2 of alice, bob and carol together;"));
  fixture.back_up();
  const auto again = fixture.set_policy(2, {"alice", "bob", "carol"}).consequences;
  CHECK(any_says(again, "The readers are the same as before."));
  CHECK(any_says(again, "stays readable by any 2 of alice, bob and carol together:"));
  CHECK_FALSE(any_says(fixture.set_policy(1, {"alice"}).consequences, "the same as before"));
  const auto keep = [&](std::uint32_t days) {
    PolicyChange change = escrow(2, {"alice", "bob"});
    change.min_keep_days = days;
    return set_policy(fixture.run(), change, fixture.owner(), kYes).consequences;
  };
  CHECK_FALSE(any_says(keep(30), "keep-lowered"));
  CHECK(any_says(keep(3), "Backups were to be kept for 30 days so far"));
  CHECK_FALSE(any_says(keep(3), "keep-lowered"));
}

TEST_CASE("the card of an agent whom a policy names is no new agent") {
  VaultFixture fixture;
  static_cast<void>(fixture.set_policy(1, {"alice"}));
  std::size_t asked = 0;
  const auto ask = [&](const Reader&) {
    ++asked;
    return true;
  };
  const std::string card = fixture.card("alice");
  static_cast<void>(set_policy(fixture.run(), escrow(1, {card}), fixture.owner(), ask));
  CHECK(asked == 0);
  fixture.back_up();
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  CHECK(restored(fixture, storage, fixture.agent("alice")) == dump_database(fixture.database()));
}

TEST_CASE("who is taken out is told by name, with what he can still open") {
  VaultFixture fixture;
  fixture.set_policy(1, {"alice", "bob"});
  const UnixSeconds first = fixture.clock.now();
  fixture.back_up();
  fixture.back_up();
  fixture.set_policy(2, {"alice", "bob", "carol"});
  fixture.back_up();
  const UnixSeconds last = fixture.clock.now();
  const auto day = [](UnixSeconds time) { return rfc3339(time).substr(0, 10); };
  const PolicyChangeResult result = fixture.set_policy(2, {"alice", "dave"});
  CAPTURE(result.consequences);
  CHECK(any_says(result.consequences,
                 "bob is no agent any more, and can still open 2 backups alone, and 1 backup "
                 "together with one other agent of then, made from " +
                     day(first + kDay) + " to " + day(last)));
  CHECK(any_says(result.consequences,
                 "carol is no agent any more, and can still open 1 backup together with one other "
                 "agent of then, made on " +
                     day(last)));
  CHECK_FALSE(any_says(result.consequences, "alice is no agent"));
  INFO("one under whom nothing was made");
  CHECK(any_says(fixture.set_policy(1, {"alice"}).consequences,
                 "dave is no agent any more, and can open no backup"));
}

TEST_CASE("the history tells every policy, since when, and what was made under it") {
  VaultFixture fixture;
  fixture.back_up();
  fixture.back_up();
  fixture.set_policy(1, {"alice"});
  const UnixSeconds changed = fixture.clock.now();
  fixture.back_up();
  const UnixSeconds made = fixture.clock.now();
  fixture.set_policy(0, {});
  const std::vector<PolicyPeriod> periods = policy_history(fixture.run("stranger"));
  REQUIRE(periods.size() == 3);
  CHECK_FALSE(periods[0].policy.escrow);
  CHECK(periods[0].backups == 2);
  CHECK(periods[0].until == changed);
  CHECK(periods[1].policy.escrow);
  CHECK(periods[1].policy.since == changed);
  REQUIRE(periods[1].policy.agents.size() == 1);
  CHECK(periods[1].policy.agents[0].name == "alice");
  CHECK(periods[1].backups == 1);
  CHECK(periods[1].first_backup == made);
  CHECK(periods[1].last_backup == made);
  CHECK(periods[2].backups == 0);
  CHECK_FALSE(periods[2].until.has_value());
  CHECK_FALSE(periods[2].first_backup.has_value());
  CHECK(periods[2].policy.id == show_policy(fixture.run()).id);
}

TEST_CASE("set_policy names each device's last entry, and a hole in its log is no obstacle") {
  VaultFixture fixture;
  fixture.back_up();
  fixture.back_up("other.db");
  const Credential credential = fixture.credential();
  const Bytes32 device = credential.signing_key().public_key();
  fixture.set_policy(1, {"alice"});
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  const Vault vault = Vault::open(storage);
  const Entry policy = read_entry(vault, vault.root_pk(), 3);
  REQUIRE(policy.as<PolicyPayload>()->devices.size() == 1);
  const DeviceHead& head = policy.as<PolicyPayload>()->devices[0];
  CHECK(head.device_pk == device);
  CHECK(head.seq == 2);
  CHECK(head.entry_id == credential.own.entry_id);

  const auto entry = [&](const char* name) {
    return fixture.vault_folder() / "log" / hex(device) / name;
  };
  SUBCASE("an entry is gone") { std::filesystem::remove(entry("0000000001.entry")); }
  SUBCASE("the last one is damaged") {
    std::filesystem::resize_file(entry("0000000002.entry"), 50);
  }
  SUBCASE("the last one is gone") { std::filesystem::remove(entry("0000000002.entry")); }
  fixture.warnings.clear();
  fixture.set_policy(0, {});
  REQUIRE_FALSE(fixture.warnings.empty());
  CHECK(fixture.warnings[0].find("log/") != std::string::npos);
  const Entry e2ee = read_entry(vault, vault.root_pk(), 4);
  INFO("what an earlier policy named is never taken back");
  CHECK(e2ee.as<PolicyPayload>()->devices.at(0).seq == 2);
  CHECK(e2ee.as<PolicyPayload>()->devices.at(0).entry_id == credential.own.entry_id);
  CHECK(fixture.back_up().policy == "e2ee");
}

TEST_CASE("a device that is enrolled under escrow seals for the agents at once") {
  VaultFixture fixture;
  fixture.set_policy(1, {"alice"});
  const AddDeviceResult added = add_device(fixture.run("phone"), "phone", fixture.owner());
  CHECK(added.policy == "escrow");
  fixture.back_up("notes.db", "phone");
  LocalStorage storage = LocalStorage::open(fixture.vault_folder());
  CHECK(restored(fixture, storage, fixture.agent("alice")) == dump_database(fixture.database()));
  CHECK_FALSE(audited_deep(fixture, storage, fixture.owner()).has_errors());
  CHECK(kind_of([&] {
          static_cast<void>(add_device(fixture.run("phone"), "phone", fixture.owner()));
        }) == ErrorKind::usage);
}

}  // namespace valise::test
