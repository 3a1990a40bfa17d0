// Which media packs and which containers without an entry a prune removes, and when.

#include <doctest/doctest.h>

#include "base/hex.hpp"
#include "format/media_pack.hpp"
#include "ops/attack_forgery.hpp"
#include "ops/prune.hpp"
#include "ops/writer_session.hpp"
#include "storage/local_storage.hpp"
#include "support/memory_storage.hpp"
#include "support/night_fixture.hpp"
#include "vault/container_writer.hpp"
#include "vault/object_names.hpp"

namespace {

using namespace valise;
using namespace valise::test;

constexpr UnixSeconds kHour = 3600;

PruneOptions keep_newest() {
  PruneOptions options;
  options.keep.last = 1;
  return options;
}

/// A vault in memory whose containers name packs, and hold nothing else.
struct PackScene {
  NightFixture fixture;
  MemoryStorage vault{fixture.clock};

  PackScene() { copy_objects(LocalStorage::open(fixture.vault()), vault); }

  Bytes32 pack(std::uint8_t fill) {
    MediaPackBuilder builder;
    static_cast<void>(builder.add(Bytes(32, fill), Bytes(100, fill)));
    const Bytes file = builder.finish();
    const Bytes32 id = media_pack_id(file);
    CHECK(put_object(vault, pack_object(id), file));
    return id;
  }

  /// A full backup that names these packs; without its entry where it is not logged.
  std::string back_up(std::vector<Bytes32> refs, bool logged = true) {
    std::sort(refs.begin(), refs.end());
    const Run run = fixture.run();
    WriterSession session = WriterSession::open(vault, run, Turn::write);
    ContainerWriter writer(session.vault);
    Manifest manifest;
    manifest.source.name = "a.db";
    manifest.source.profile = "sqlite";
    manifest.captured_at = run.clock->now();
    manifest.database.page_size = 4096;
    manifest.database.page_count = 1;
    BackupHeader header;
    header.entry.seq = session.credential.own.seq + 1;
    header.entry.time = run.clock->now();
    header.entry.prev = session.credential.own.entry_id;
    header.policy = session.policy.id;
    header.source = Bytes16{5};
    header.refs = refs;
    const SlotReader owner{session.credential.owner_pk, session.credential.owner_psk.view()};
    const Entry entry =
        writer.finish(manifest, header, {&owner, 1}, session.credential.signing_key());
    if (logged) {
      StateTurn turn(session.state);
      session.state.begin_anew(header.source);
      SourceState state;
      state.source = header.source;
      state.chain = {{writer.bid(), entry.id, entry.header.seq, writer.file_bytes()}};
      session.state.commit(state, {writer.bid(), "a.db", "sqlite", 0, header.entry.time},
                           entry.bytes);
      session.publish(run, entry);
    }
    return hex(writer.bid());
  }

  PruneReport prune(const std::function<void(const PruneReport&)>& on_plan = {}) {
    return prune_in(vault, fixture.run(), keep_newest(), {}, on_plan);
  }
  [[nodiscard]] bool has(const Bytes32& pack) const {
    return vault.size(pack_object(pack)).has_value();
  }
  [[nodiscard]] bool has(const std::string& snapshot) const {
    return vault.size("backups/" + snapshot + ".valise").has_value();
  }
  [[nodiscard]] std::size_t packs() const { return vault.list("media").size(); }
};

}  // namespace

TEST_CASE("packs go a day after the containers that named them, and no other pack") {
  PackScene scene;
  const Bytes32 old = scene.pack(1);
  const Bytes32 shared = scene.pack(2);
  const std::string first = scene.back_up({old, shared});
  scene.fixture.clock.advance(30 * kDay);
  const Bytes32 recent = scene.pack(3);
  const std::string second = scene.back_up({shared, recent});

  // They are named until the container is gone, and for a day after.
  PruneReport report = scene.prune();
  CHECK(report.pruned == 1);
  CHECK(report.packs == 0);
  CHECK_FALSE(scene.has(first));
  CHECK(scene.packs() == 3);
  scene.fixture.clock.advance(23 * kHour);
  static_cast<void>(scene.back_up({shared, recent}));
  report = scene.prune();
  CHECK(report.packs == 0);
  CHECK(report.packs_wait.find("24 hours") != std::string::npos);
  CHECK(scene.packs() == 3);

  scene.fixture.clock.advance(2 * kDay);
  static_cast<void>(scene.back_up({shared, recent}));
  const std::uint64_t bytes = *scene.vault.size(pack_object(old));
  report = scene.prune();
  CHECK(report.packs == 1);
  CHECK(report.pack_bytes == bytes);
  CHECK(report.packs_wait.empty());
  CHECK_FALSE(scene.has(old));
  CHECK(scene.has(shared));
  CHECK(scene.has(recent));
}

TEST_CASE("a pack that nobody names yet has seven days, by the storage's clock") {
  PackScene scene;
  const std::string first = scene.back_up({});
  const Bytes32 stray = scene.pack(1);
  scene.fixture.clock.advance(6 * kDay);
  static_cast<void>(scene.back_up({}));
  CHECK(scene.prune().packs == 0);
  // This machine's clock alone makes nothing old: the storage has taken nothing since.
  scene.fixture.clock.advance(300 * kDay);
  CHECK(scene.prune().packs == 0);
  CHECK(scene.has(stray));
  // Nor does an object from the future.
  scene.fixture.clock.set(scene.fixture.clock.now() - 299 * kDay);
  scene.fixture.clock.advance(2 * kDay);
  static_cast<void>(scene.back_up({}));
  CHECK(scene.prune().packs == 1);
  CHECK_FALSE(scene.has(stray));
}

TEST_CASE("a dry run counts the packs that would go, and removes none") {
  PackScene scene;
  static_cast<void>(scene.pack(1));
  scene.fixture.clock.advance(10 * kDay);
  static_cast<void>(scene.back_up({}));
  PruneOptions options = keep_newest();
  options.dry_run = true;
  CHECK(prune_in(scene.vault, scene.fixture.run(), options, {}).packs == 1);
  CHECK(scene.packs() == 1);
}

TEST_CASE("nothing is collected while a container cannot be read, or is missing") {
  PackScene scene;
  const Bytes32 named = scene.pack(1);
  const std::string first = scene.back_up({named});
  const Bytes32 stray = scene.pack(2);
  scene.fixture.clock.advance(10 * kDay);
  static_cast<void>(scene.back_up({named}));
  const MemoryStorage::Objects whole = scene.vault.snapshot();
  // One that this device leaves alone, so that the rules do not give it up.
  for (const bool gone : {true, false}) {
    CAPTURE(gone);
    scene.vault.reset_to(whole);
    const ObjectName name = "backups/" + first + ".valise";
    if (gone) {
      scene.vault.remove(name);
    } else {
      Bytes bytes = scene.vault.content(name);
      bytes.back() ^= 1;
      scene.vault.overwrite(name, bytes);
    }
    const PruneReport report = prune_in(scene.vault, scene.fixture.run(),
                                        [] {
                                          PruneOptions options;
                                          options.keep.last = 9;
                                          return options;
                                        }(),
                                        {});
    CHECK(report.packs == 0);
    CHECK(report.packs_wait.find(first) != std::string::npos);
    CHECK(scene.has(named));
    CHECK(scene.has(stray));
  }
}

TEST_CASE("a container without an entry has seven days, and keeps its packs meanwhile") {
  PackScene scene;
  const Bytes32 pack = scene.pack(1);
  static_cast<void>(scene.back_up({}));
  const std::string orphan = scene.back_up({pack}, false);
  // The device's log goes on without it in another place: here that is a second device.
  scene.fixture.clock.advance(6 * kDay);
  const Run second = scene.fixture.elsewhere("second");
  CHECK(put_object(scene.vault, "media/00/" + std::string(64, '0') + ".pack", Bytes(10)));
  PruneReport report = scene.prune();
  CHECK(report.orphans == 0);
  CHECK(scene.has(orphan));
  scene.fixture.clock.advance(2 * kDay);
  CHECK(put_object(scene.vault, "media/11/" + std::string(64, '1') + ".pack", Bytes(10)));
  report = scene.prune();
  CHECK(report.orphans == 1);
  CHECK_FALSE(scene.has(orphan));
  CHECK(scene.has(pack));
  CHECK(scene.prune().packs == 1);
  CHECK_FALSE(scene.has(pack));
}

TEST_CASE("a container whose entry was lost is never taken for an orphan") {
  PackScene scene;
  const std::string first = scene.back_up({});
  const ObjectName entry = entry_object(
      load_credential(scene.fixture.run().places.config_dir, Vault::open(scene.vault).id())
          ->signing_key()
          .public_key(),
      1);
  scene.fixture.clock.advance(kDay);
  static_cast<void>(scene.back_up({}));
  scene.fixture.clock.advance(20 * kDay);
  static_cast<void>(scene.back_up({}));
  for (const bool gone : {true, false}) {
    CAPTURE(gone);
    if (gone) {
      scene.vault.remove(entry);
    } else {
      scene.vault.overwrite(entry, Bytes(300, 1));
    }
    CHECK(scene.prune().orphans == 0);
    CHECK(scene.has(first));
  }
}

TEST_CASE("a pack that a new container names at the last moment stays") {
  PackScene scene;
  const Bytes32 pack = scene.pack(1);
  const Bytes32 other = scene.pack(2);
  scene.fixture.clock.advance(10 * kDay);
  static_cast<void>(scene.back_up({}));
  Credential credential =
      *load_credential(scene.fixture.run().places.config_dir, Vault::open(scene.vault).id());
  const PruneReport report = scene.prune([&](const PruneReport& plan) {
    CHECK(plan.packs == 2);
    // Another device's, whose entry does not stand yet.
    const Vault vault = Vault::open(scene.vault);
    ContainerWriter writer(vault);
    Manifest manifest;
    manifest.source.name = "b.db";
    manifest.source.profile = "sqlite";
    manifest.database.page_size = 4096;
    manifest.database.page_count = 1;
    BackupHeader header;
    header.entry.seq = 1;
    header.entry.time = scene.fixture.clock.now();
    header.refs = {pack};
    const SlotReader owner{credential.owner_pk, credential.owner_psk.view()};
    static_cast<void>(writer.finish(manifest, header, {&owner, 1}, SigningKey::generate()));
  });
  CHECK(report.packs == 1);
  CHECK(scene.has(pack));
  CHECK_FALSE(scene.has(other));
}

TEST_CASE("a pack stays while another container stands in the place of one that needs it") {
  PackScene scene;
  const Run second = scene.fixture.elsewhere("second");
  static_cast<void>(add_device(second, "second", scene.fixture.owner()));
  copy_objects(LocalStorage::open(scene.fixture.vault()), scene.vault);
  const Bytes32 pack = scene.pack(1);
  const std::string first = scene.back_up({pack});
  scene.fixture.clock.advance(10 * kDay);
  static_cast<void>(scene.back_up({}));
  ContainerParts parts = container_parts(scene.vault, first);
  const Bytes sound = parts.joined();
  BackupPayload payload = parts.backup();
  payload.media_count = 0;
  payload.refs_hash = refs_hash({});
  parts.refs.clear();
  SUBCASE("signed by a stranger") {
    parts.entry = resigned(parts.entry, payload, SigningKey::generate());
  }
  SUBCASE("of another device, that claims its id in the log") {
    const Credential other =
        *load_credential(second.places.config_dir, Vault::open(scene.vault).id());
    EntryHeader header = parts.entry.header;
    header.seq = 1;
    header.prev = other.own.entry_id;
    parts.entry = sign_entry(header, payload, other.signing_key());
    put_entry(scene.vault, parts.entry);
  }
  scene.vault.overwrite(container_of(first), parts.joined());
  PruneOptions keep;
  keep.keep.last = 9;
  PruneReport report = prune_in(scene.vault, scene.fixture.run(), keep, {});
  CHECK(report.packs == 0);
  CHECK(report.packs_wait.find(first) != std::string::npos);
  CHECK(report.packs_wait.find("another entry") != std::string::npos);
  CHECK(scene.has(pack));
}

TEST_CASE("a container that was replaced takes no other snapshot's place in a prune") {
  PackScene scene;
  const std::string first = scene.back_up({});
  scene.fixture.clock.advance(40 * kDay);
  const std::string second = scene.back_up({});
  ContainerParts parts = container_parts(scene.vault, second);
  parts.entry = resigned(parts.entry, parts.backup(), SigningKey::generate());
  scene.vault.overwrite(container_of(second), parts.joined());
  static_cast<void>(scene.prune());
  CHECK(scene.has(first));
}
