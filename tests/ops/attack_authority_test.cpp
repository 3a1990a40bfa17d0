// Attacks by signers who have no right to what they sign.

#include <doctest/doctest.h>

#include <algorithm>

#include "base/hex.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/scrub.hpp"
#include "storage/local_storage.hpp"
#include "support/error_kind.hpp"
#include "support/sample_database.hpp"
#include "support/vault_fixture.hpp"
#include "vault/object_names.hpp"
#include "vault/root_chain.hpp"
#include "vault/signed_log.hpp"
#include "vault/snapshot_index.hpp"

namespace valise::test {
namespace {

/// One honest backup, a thief's copy of the device's credential, and the owner's own hand.
struct AuthorityScene {
  VaultFixture fixture;
  std::string honest;
  std::string content;
  std::unique_ptr<MemoryStorage> vault;
  Credential credential;
  DatabaseImage image;

  AuthorityScene() {
    honest = fixture.back_up().snapshot;
    content = dump_database(fixture.database());
    reload();
  }
  void reload() {
    vault = fixture.in_memory();
    credential = fixture.credential();
    image = DatabaseImage::read(fixture.database());
  }

  [[nodiscard]] Entry forge() { return Forgery(credential, image).put(*vault, credential); }

  /// Signs an entry onto the owner's chain.
  Entry sign_as_owner(const EntryPayload& payload) {
    const RootKeys owner = fixture.owner_keys();
    const RootChain roots = RootChain::read(Vault::open(*vault));
    EntryHeader header;
    header.vault_id = owner.vault_id();
    header.seq = roots.head().seq + 1;
    header.prev = roots.head().entry_id;
    header.time = fixture.clock.now();
    Entry entry = sign_entry(header, payload, owner.signing());
    put_entry(*vault, entry);
    return entry;
  }

  [[nodiscard]] std::optional<ErrorKind> restore_kind(const std::string& snapshot) {
    return kind_of(
        [&] { static_cast<void>(restored(fixture, *vault, fixture.owner(), snapshot)); });
  }
};

}  // namespace

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: an "
    "uncertified signer") {
  AuthorityScene scene;
  const SigningKey stranger = SigningKey::generate();
  scene.credential.device_seed = Secret::copy_of(stranger.seed());
  scene.credential.own = {0, scene.credential.device_entry};
  const std::string forged = snapshot_of(scene.forge());
  CHECK(scene.restore_kind(forged) == ErrorKind::not_found);
  CHECK(scene.restore_kind("latest") == std::nullopt);
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(error_codes(report) == std::set<std::string>{"uncertified"});
  CHECK(report.findings.at(0).object == log_folder(stranger.public_key()));
  CHECK(report.backups.size() == 2);
  CHECK(row_of(report, forged).level == 0);
  CHECK(row_of(report, forged).findings == std::vector<std::string>{"uncertified"});
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault))
            .contains(log_folder(stranger.public_key())));
}

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: a signer "
    "whom a device certified") {
  AuthorityScene scene;
  // The last of all names, so that whoever reads the logs in order has read the certificate.
  const SigningKey device = scene.credential.signing_key();
  SigningKey stranger = SigningKey::generate();
  while (stranger.public_key() < device.public_key()) stranger = SigningKey::generate();
  DevicePayload payload;
  payload.device_pk = stranger.public_key();
  payload.name = "phone";
  payload.policy = parse_entry(scene.credential.policy, "policy").id;
  payload.sealed_psks.assign(16, 0);
  EntryHeader header;
  header.vault_id = scene.fixture.vault_id();
  header.seq = scene.credential.own.seq + 1;
  header.prev = scene.credential.own.entry_id;
  header.time = scene.fixture.clock.now();
  const Entry certificate = sign_entry(header, payload, device);
  put_entry(*scene.vault, certificate);
  scene.credential.device_seed = Secret::copy_of(stranger.seed());
  scene.credential.own = {0, certificate.id};
  const std::string forged = snapshot_of(scene.forge());

  CHECK(scene.restore_kind(forged) == ErrorKind::not_found);
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) ==
        std::set<std::string>{"authority", "uncertified"});
  CHECK(damaged_objects(scrubbed(scene.fixture, *scene.vault))
            .contains(log_folder(stranger.public_key())));
}

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: a policy "
    "in a device's log") {
  AuthorityScene scene;
  const RootKeys mallory = RootKeys::generate();
  PolicyPayload payload;
  payload.k = 1;
  payload.agents.push_back({mallory.pk(), mallory.sign_pk(), "mallory"});
  payload.sealed_psks.assign(48, 0);
  EntryHeader header;
  header.vault_id = scene.fixture.vault_id();
  header.seq = scene.credential.own.seq + 1;
  header.prev = scene.credential.own.entry_id;
  header.time = scene.fixture.clock.now();
  const Entry policy = sign_entry(header, payload, scene.credential.signing_key());
  put_entry(*scene.vault, policy);
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"authority"});

  INFO("a backup under it is no backup");
  scene.credential.own = {policy.header.seq, policy.id};
  scene.credential.policy = policy.bytes;
  scene.credential.psks = Secret::copy_of(mallory.psk());
  const std::string forged = snapshot_of(scene.forge());
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, forged).findings == std::vector<std::string>{"policy"});
  CHECK(scene.restore_kind(forged) == ErrorKind::not_found);

  INFO("the honest writer goes on under the owner's policy");
  const BackupReport backup = scene.fixture.back_up_to(*scene.vault);
  CHECK(backup.sources.at(0).policy == "e2ee");
}

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: a policy "
    "in the owner's log") {
  AuthorityScene scene;
  const RootKeys owner = scene.fixture.owner_keys();
  const SigningKey thief = scene.credential.signing_key();
  PolicyPayload payload;
  payload.sealed_psks.assign(16, 0);
  EntryHeader header;
  header.vault_id = scene.fixture.vault_id();
  header.seq = 3;
  header.prev = RootChain::read(Vault::open(*scene.vault)).head().entry_id;
  header.time = scene.fixture.clock.now();
  std::string code;
  SUBCASE("signed by the thief in his own name") {
    const Entry entry = sign_entry(header, payload, thief);
    scene.vault->overwrite(entry_object(owner.sign_pk(), 3), entry.bytes);
    code = "foreign";
  }
  SUBCASE("signed by the thief in the owner's name") {
    header.signer = owner.sign_pk();
    Bytes bytes = encode_entry_body(header, payload);
    append(bytes, thief.sign(bytes));
    scene.vault->overwrite(entry_object(owner.sign_pk(), 3), bytes);
    code = "signature";
  }
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{code});
  INFO("who restores passes it over and is warned, who signs stops");
  scene.fixture.warnings.clear();
  CHECK(scene.restore_kind("latest") == std::nullopt);
  REQUIRE_FALSE(scene.fixture.warnings.empty());
  CHECK(scene.fixture.warnings[0].find(entry_object(owner.sign_pk(), 3)) == 0);
  CHECK(kind_of([&] { static_cast<void>(scene.fixture.back_up_to(*scene.vault)); }) ==
        ErrorKind::corrupt);
}

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: a revoked "
    "signer") {
  AuthorityScene scene;
  const Entry last_good =
      read_entry(Vault::open(*scene.vault), scene.credential.signing_key().public_key(), 1);
  scene.sign_as_owner(RevokePayload{last_good.header.signer, last_good.id});
  const std::string forged = snapshot_of(scene.forge());
  CHECK(scene.restore_kind(forged) == ErrorKind::not_found);
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.honest) ==
        scene.content);
  CHECK(scene.restore_kind("latest") == std::nullopt);
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, forged).findings == std::vector<std::string>{"revoked"});
  CHECK(row_of(report, scene.honest).findings.empty());
  INFO("the device itself is told so");
  CHECK(kind_of([&] { static_cast<void>(scene.fixture.back_up_to(*scene.vault)); }) ==
        ErrorKind::not_found);
}

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: a revoked "
    "signer whose last good entry the host takes away") {
  AuthorityScene scene;
  const Bytes32 device = scene.credential.signing_key().public_key();
  const std::string second = snapshot_of(scene.forge());
  const Entry last_good = read_entry(Vault::open(*scene.vault), device, 2);
  scene.sign_as_owner(RevokePayload{device, last_good.id});
  const std::string first_forged = snapshot_of(scene.forge());
  const std::string second_forged = snapshot_of(scene.forge());
  bool led = true;
  SUBCASE("that entry alone") { scene.vault->remove(entry_object(device, 2)); }
  SUBCASE("that entry and the one after it") {
    scene.vault->remove(entry_object(device, 2));
    scene.vault->remove(entry_object(device, 3));
    CHECK(scene.restore_kind(first_forged) == ErrorKind::not_found);
  }
  SUBCASE("that entry and its container") {
    scene.vault->remove(entry_object(device, 2));
    scene.vault->remove(container_of(second));
    led = false;
  }
  CHECK(scene.restore_kind(second_forged) == ErrorKind::not_found);
  INFO("the copy in its container leads on; without it the rest opens by its full id alone");
  CHECK(scene.restore_kind("latest") == (led ? std::nullopt : std::optional(ErrorKind::not_found)));
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.honest) ==
        scene.content);
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, second_forged).findings == std::vector<std::string>{"revoked"});
  CHECK(row_of(report, scene.honest).findings ==
        (led ? std::vector<std::string>{} : std::vector<std::string>{"revoked"}));
  CHECK(error_codes(report).contains("gap"));
  CHECK(error_codes(report).contains("rollback"));
}

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: a revoked "
    "signer who puts another branch in the place of its log") {
  AuthorityScene scene;
  const Bytes32 device = scene.credential.signing_key().public_key();
  const auto entry_at_seq = [&](std::uint64_t seq) {
    return read_entry(Vault::open(*scene.vault), device, seq);
  };
  std::vector<std::string> good{scene.honest};
  for (int i = 0; i < 3; ++i) good.push_back(snapshot_of(scene.forge()));
  const Entry last_good = entry_at_seq(4);
  std::vector<Entry> entries;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) entries.push_back(entry_at_seq(seq));
  scene.sign_as_owner(RevokePayload{device, last_good.id});
  // The thief writes to the storage itself, with the key as it was after entry `after`.
  const auto branch = [&](std::uint64_t after, std::uint64_t until) {
    Credential thief = scene.fixture.credential();
    thief.own = {after, after == 0 ? thief.device_entry : entries[after - 1].id};
    std::vector<std::string> forged;
    for (std::uint64_t seq = after + 1; seq <= until; ++seq) {
      scene.vault->remove(entry_object(device, seq));
      Forgery forgery(thief, scene.image);
      forgery.header.entry.time = 4'102'444'800;  // 2100: to be the latest.
      forged.push_back(snapshot_of(forgery.put(*scene.vault, thief)));
    }
    return forged;
  };
  std::vector<std::string> forged;
  // Kept are those that the last good entry leads to, by their containers where they are gone.
  std::size_t kept = 4;
  SUBCASE("from before the last good entry on, past it") { forged = branch(2, 6); }
  SUBCASE("the same, and the containers are gone") {
    forged = branch(2, 6);
    scene.vault->remove(container_of(good[2]));
    scene.vault->remove(container_of(good[3]));
    kept = 0;
  }
  SUBCASE("the last good entry alone") { forged = branch(3, 4); }
  SUBCASE("the whole log") { forged = branch(0, 5); }
  SUBCASE("one entry before the last good one") { forged = branch(1, 2); }
  SUBCASE("entries that claim the ids of the backups in whose place they stand") {
    for (const std::size_t i : {1U, 2U, 3U}) {
      BackupPayload payload = *entries[i].as<BackupPayload>();
      payload.data_hash[0] ^= 1;
      scene.vault->remove(entry_object(device, i + 1));
      put_entry(*scene.vault, resigned(entries[i], payload, scene.credential.signing_key()));
    }
  }
  SUBCASE("one that names the last good entry, behind a gap") {
    scene.vault->remove(entry_object(device, 4));
    Credential thief = scene.fixture.credential();
    thief.own = {5, last_good.id};
    forged.push_back(snapshot_of(Forgery(thief, scene.image).put(*scene.vault, thief)));
  }

  const AuditReport report = audited(scene.fixture, *scene.vault);
  for (const std::string& snapshot : forged) {
    CAPTURE(snapshot);
    CHECK(row_of(report, snapshot).findings.front() == "revoked");
    CHECK(row_of(report, snapshot).level == 0);
    CHECK(scene.restore_kind(snapshot.substr(0, 12)) == ErrorKind::not_found);
  }
  CHECK(report.has_errors());
  INFO("no verb takes a forged one unasked");
  const auto latest = scene.restore_kind("latest");
  CHECK(latest == (kept == 0 ? std::optional(ErrorKind::not_found) : std::nullopt));
  const RootChain roots = RootChain::read(Vault::open(*scene.vault));
  const SnapshotIndex index = SnapshotIndex::read(Vault::open(*scene.vault), roots);
  CHECK(index.all().size() == kept);
  UnixSeconds time = 0;
  for (std::size_t i = 0; i < index.all().size(); ++i) {
    CHECK(index.all()[i].entry.id == entries[i].id);
    INFO("a thief's clock does not become that of the backups after his");
    time = std::max(time, entries[i].header.time);
    CHECK(index.all()[i].time == time);
  }
}

TEST_CASE("a head that a policy names leads to the entries of a revoked device too") {
  AuthorityScene scene;
  const Bytes32 device = scene.credential.signing_key().public_key();
  const std::string second = snapshot_of(scene.forge());
  const Entry head = read_entry(Vault::open(*scene.vault), device, 2);
  PolicyPayload policy;
  policy.devices.push_back({device, 2, head.id, Bytes(16)});
  const RootKeys owner = scene.fixture.owner_keys();
  const RootChain before = RootChain::read(Vault::open(*scene.vault));
  EntryHeader header;
  header.vault_id = owner.vault_id();
  header.signer = owner.sign_pk();
  header.seq = before.head().seq + 1;
  header.prev = before.head().entry_id;
  std::vector<Secret> device_psks;
  device_psks.push_back(owner.device_psk(device));
  seal_policy_psks(header, policy, owner, device_psks, {});
  scene.sign_as_owner(policy);
  static_cast<void>(scene.forge());
  static_cast<void>(scene.forge());
  scene.sign_as_owner(RevokePayload{device, read_entry(Vault::open(*scene.vault), device, 4).id});
  scene.vault->remove(entry_object(device, 3));
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, scene.honest).findings.empty());
  CHECK(row_of(report, second).findings.empty());
  CHECK(scene.restore_kind("latest") == std::nullopt);
}

TEST_CASE("audit finds it when the last good entry of a revoked device is gone from its log") {
  AuthorityScene scene;
  const Bytes32 device = scene.credential.signing_key().public_key();
  static_cast<void>(scene.forge());
  const Entry last_good = read_entry(Vault::open(*scene.vault), device, 2);
  scene.sign_as_owner(RevokePayload{device, last_good.id});
  CHECK_FALSE(audited(scene.fixture, *scene.vault).has_errors());
  scene.vault->remove(entry_object(device, 2));
  INFO("and its container, which the revocation names, has no entry");
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) ==
        std::set<std::string>{"rollback", "unlogged"});
  INFO("an older copy of the log is still of use");
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner(), scene.honest) ==
        scene.content);
}

TEST_CASE(
    "attack: a backup under an older policy, backdated: one that the device has seen superseded") {
  AuthorityScene scene;
  Credential before = scene.fixture.credential();
  scene.fixture.set_policy(1, {"alice"});
  scene.vault = scene.fixture.in_memory();
  const std::string fresh = snapshot_of([&] {
    Forgery forgery(before, scene.image);
    SUBCASE("with the time of its making") { forgery.header.entry.time = 1'900'000'000; }
    SUBCASE("backdated") { forgery.header.entry.time = 1; }
    return forgery.put(*scene.vault, before);
  }());
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, fresh).findings == std::vector<std::string>{"stale-policy"});
  CHECK(row_of(report, scene.honest).findings.empty());
}

TEST_CASE(
    "attack: a backup under an older policy, backdated: one older than the device's enrolment") {
  AuthorityScene scene;
  const Bytes e2ee = scene.credential.policy;
  scene.fixture.set_policy(1, {"alice"});
  static_cast<void>(add_device(scene.fixture.run("phone"), "phone", scene.fixture.owner()));
  scene.vault = scene.fixture.in_memory();
  Credential phone = scene.fixture.credential("phone");
  const std::string honest = snapshot_of(Forgery(phone, scene.image).put(*scene.vault, phone));
  phone.policy = e2ee;
  const std::string forged = snapshot_of(Forgery(phone, scene.image).put(*scene.vault, phone));
  const AuditReport report = audited(scene.fixture, *scene.vault);
  CHECK(row_of(report, forged).findings == std::vector<std::string>{"stale-policy"});
  CHECK(row_of(report, honest).findings.empty());
}

TEST_CASE(
    "attack: uncertified or revoked signer; policy signed by a device; foreign vault_id: a revoked "
    "signer prunes what it wrote when it was good") {
  AuthorityScene scene;
  const Bytes32 device = scene.credential.signing_key().public_key();
  const Entry last_good = read_entry(Vault::open(*scene.vault), device, 1);
  scene.sign_as_owner(RevokePayload{device, last_good.id});
  EntryHeader header;
  header.vault_id = scene.fixture.vault_id();
  header.seq = 2;
  header.prev = last_good.id;
  header.time = scene.fixture.clock.now();
  PrunePayload prune;
  prune.bids.push_back(array_of<16>(*from_hex(scene.honest)));
  put_entry(*scene.vault, sign_entry(header, prune, scene.credential.signing_key()));
  CHECK(restored(scene.fixture, *scene.vault, scene.fixture.owner()) == scene.content);
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) == std::set<std::string>{"revoked"});
  scene.vault->remove(container_of(scene.honest));
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) ==
        std::set<std::string>{"missing", "revoked"});
  CHECK(
      damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(container_of(scene.honest)));
}

TEST_CASE("scrub takes no container for a leftover, or for damaged, that a link names") {
  AuthorityScene scene;
  const SigningKey key = scene.credential.signing_key();
  const std::string second = snapshot_of(scene.forge());
  static_cast<void>(scene.forge());
  const Entry honest = read_entry(Vault::open(*scene.vault), key.public_key(), 2);
  const ObjectName place = entry_object(key.public_key(), 2);
  BackupPayload payload = *honest.as<BackupPayload>();
  std::string at_fault = container_of(second);
  SUBCASE("the third entry names it, and another backup stands in the second's place") {
    payload.bid[0] ^= 1;
  }
  SUBCASE("the same, and the other claims its id") {
    payload.data_hash[0] ^= 1;
    at_fault = place;
  }
  SUBCASE("only a revocation names it") {
    payload.bid[0] ^= 1;
    scene.vault->remove(entry_object(key.public_key(), 3));
    scene.sign_as_owner(RevokePayload{key.public_key(), honest.id});
    at_fault = place;
  }
  scene.vault->remove(place);
  put_entry(*scene.vault, resigned(honest, payload, key));
  const ScrubReport report = scrub_in(*scene.vault, scene.fixture.run(), {.quarantine = true});
  CHECK(damaged_objects(report).contains(at_fault));
  for (const ScrubFinding& finding : report.findings) {
    CAPTURE(finding.problem);
    CHECK_FALSE((finding.kind == "orphan" && finding.object == container_of(second)));
    CHECK_FALSE(finding.quarantined);
  }
  CHECK(scene.vault->size(container_of(second)).has_value());
}

TEST_CASE("a device cannot prune what another device wrote") {
  AuthorityScene scene;
  static_cast<void>(add_device(scene.fixture.run("phone"), "phone", scene.fixture.owner()));
  scene.vault = scene.fixture.in_memory();
  const Credential phone = scene.fixture.credential("phone");
  EntryHeader header;
  header.vault_id = scene.fixture.vault_id();
  header.seq = 1;
  header.prev = phone.device_entry;
  header.time = scene.fixture.clock.now();
  PrunePayload prune;
  prune.bids.push_back(array_of<16>(*from_hex(scene.honest)));
  put_entry(*scene.vault, sign_entry(header, prune, phone.signing_key()));
  scene.vault->remove(container_of(scene.honest));
  CHECK(error_codes(audited(scene.fixture, *scene.vault)) ==
        std::set<std::string>{"authority", "missing"});
  CHECK(
      damaged_objects(scrubbed(scene.fixture, *scene.vault)).contains(container_of(scene.honest)));
}

}  // namespace valise::test
