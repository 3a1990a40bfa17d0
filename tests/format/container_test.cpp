#include "format/container.hpp"

#include <doctest/doctest.h>

#include "base/cursor.hpp"
#include "base/hex.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "format/golden.hpp"
#include "format/padme.hpp"
#include "format/refusal.hpp"

namespace valise {
namespace {

std::vector<Bytes32> golden_refs(const test::GoldenBackup& backup) {
  std::vector<Bytes32> ids;
  for (const auto& id : backup.json["media"]) ids.push_back(test::array_at<32>(id));
  std::sort(ids.begin(), ids.end());
  return ids;
}

/// The whole file from its parts, as a writer makes it.
Bytes build_container(const test::GoldenBackup& backup) {
  ByteWriter data;
  std::uint64_t index = 0;
  for (const auto& record : backup.json["records"]) {
    const Secret key = record_key(backup.dek, backup.context.bid, index++);
    data.bytes(seal(key.view(), test::bytes_at(record)));
  }
  data.bytes(test::bytes_at(backup.json["filler"]));

  BackupPayload payload{.bid = backup.context.bid,
                        .policy = backup.context.policy,
                        .parent = test::array_at<32>(backup.json["parent"]),
                        .source = test::array_at<16>(backup.json["source"]),
                        .k = backup.context.k,
                        .slots = make_slots(backup.dek, backup.context, backup.readers())};
  const EntryHeader header{.vault_id = backup.context.vault_id,
                           .signer = backup.device.public_key(),
                           .seq = backup.json["seq"],
                           .time = backup.json["time"],
                           .prev = test::array_at<32>(backup.json["prev"])};
  const Bytes head = encode_entry_body(header, payload);
  payload.commit =
      backup_commitment(backup.dek, backup_commitment_input(head, payload.slots.size()));
  const Bytes manifest = seal_manifest(manifest_key(backup.dek, payload.commit).view(),
                                       test::bytes_at(backup.json["manifest"]));
  const Bytes refs = encode_refs(golden_refs(backup));
  payload.data_len = data.size();
  payload.data_hash = bulk_hash(kDataHashLabel, data.view());
  payload.manifest_len = manifest.size();
  payload.manifest_id = manifest_id(manifest);
  payload.media_count = backup.json["media"].size();
  payload.refs_hash = refs_hash(refs);
  const Entry entry = sign_entry(header, payload, backup.device);

  ByteWriter file;
  file.text(kContainerMagic).bytes(data.view()).bytes(manifest).bytes(refs).bytes(entry.bytes);
  file.u32(static_cast<std::uint32_t>(entry.bytes.size())).text(kContainerEnd);
  return file.take();
}

bool tail_accepted(ByteSpan tail, std::uint64_t file_len) {
  return !test::refused(ErrorKind::corrupt, "container", [&] {
    static_cast<void>(parse_container_tail(tail, file_len, "container"));
  });
}

}  // namespace

TEST_CASE("a container is the golden one, byte for byte") {
  for (const auto& backup : test::golden_backups()) {
    CHECK(hex(build_container(backup)) == backup.json["container"]);
  }
}

TEST_CASE("a container is read from its tail") {
  for (const auto& backup : test::golden_backups()) {
    const Bytes file = backup.container();
    const Entry entry = parse_container_tail(file, file.size(), "container");
    CHECK(entry.bytes == backup.entry.bytes);
    const auto* payload = entry.as<BackupPayload>();
    REQUIRE(payload != nullptr);
    const ContainerLayout at = container_layout(*payload, entry.bytes.size(), "container");
    CHECK(at.file_len == file.size());
    const auto part = [&](std::uint64_t offset, std::uint64_t length) {
      return ByteSpan(file).subspan(offset, length);
    };
    const ByteSpan data = part(at.data_offset, at.data_len);
    CHECK(bulk_hash(kDataHashLabel, data) == payload->data_hash);
    const ByteSpan manifest = part(at.manifest_offset, at.manifest_len);
    CHECK(manifest_id(manifest) == payload->manifest_id);
    const Secret key = manifest_key(backup.dek, payload->commit);
    CHECK(hex(open_manifest(key.view(), manifest, "container")) == backup.json["manifest"]);
    const ByteSpan refs = part(at.refs_offset, at.refs_len);
    CHECK(refs_hash(refs) == payload->refs_hash);
    CHECK(parse_refs(refs, "container") == golden_refs(backup));

    std::uint64_t sum = 0;
    std::uint64_t index = 0;
    for (const auto& record : backup.json["records"]) {
      const Bytes plain = test::bytes_at(record);
      const ByteSpan sealed = data.subspan(sum, plain.size() + kAeadTagBytes);
      CHECK(open(record_key(backup.dek, payload->bid, index).view(), sealed) == plain);
      CHECK_FALSE(open(record_key(backup.dek, payload->bid, index + 1).view(), sealed));
      sum += sealed.size();
      ++index;
    }
    CHECK(padme(sum) == at.data_len);
  }
}

TEST_CASE("the tail of a container may be read shorter than the whole file, never too short") {
  const auto backups = test::golden_backups();
  Bytes file = Bytes(100'000, 3);
  append(file, backups[2].container());
  const ByteSpan all(file);
  // The entry does not fit a file that is longer than it says.
  CHECK_FALSE(tail_accepted(all.last(kContainerTailBytesMax), file.size()));
  const Bytes right = backups[2].container();
  CHECK(tail_accepted(right, right.size()));
  for (const std::size_t missing : {1U, 100U, 5000U}) {
    CHECK_FALSE(tail_accepted(ByteSpan(right).subspan(missing), right.size()));
  }
  CHECK_FALSE(tail_accepted(right, right.size() - 1));
}

TEST_CASE("a long container is found from its last 64 KiB alone") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[0];
  BackupPayload payload = backup.payload();
  payload.data_len = 5'000'000'000;
  const Entry entry = sign_entry(backup.entry.header, payload, backup.device);
  ByteWriter tail;
  tail.zero(kContainerTailBytesMax - entry.bytes.size() - kContainerFooterBytes);
  tail.bytes(entry.bytes).u32(static_cast<std::uint32_t>(entry.bytes.size())).text(kContainerEnd);
  const std::uint64_t file_len =
      container_layout(payload, entry.bytes.size(), "container").file_len;
  CHECK(parse_container_tail(tail.view(), file_len, "container").id == entry.id);
  CHECK_FALSE(tail_accepted(tail.view(), file_len + 1));
  CHECK_FALSE(tail_accepted(tail.view(), file_len - 1));
}

TEST_CASE("attack: truncate at every length; append garbage: a container") {
  for (const auto& backup : test::golden_backups()) {
    const Bytes file = backup.container();
    CHECK(test::truncations_that_pass(
              file, [](ByteSpan cut) { return tail_accepted(cut, cut.size()); }) == 0);
    CHECK(test::appendices_that_pass(
              file, [](ByteSpan longer) { return tail_accepted(longer, longer.size()); }) == 0);
  }
}

TEST_CASE("attack: truncate at every length; append garbage: a container's beginning") {
  const auto backups = test::golden_backups();
  const Bytes file = backups[1].container();
  for (std::size_t lost = 1; lost < 200; ++lost) {
    const ByteSpan rest = ByteSpan(file).subspan(lost);
    CHECK_FALSE(tail_accepted(rest, rest.size()));
  }
}

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a whole "
    "container, without a key") {
  // What scrub checks: the marks, the entry at the end, and the three hashes in it.
  const auto backups = test::golden_backups();
  const auto sound = [](ByteSpan file) {
    return !test::refusal([&] {
      ByteReader(file, "container").expect(kContainerMagic);
      const Entry entry = parse_container_tail(file, file.size(), "container");
      const auto& payload = *entry.as<BackupPayload>();
      const auto at = container_layout(payload, entry.bytes.size(), "container");
      if (bulk_hash(kDataHashLabel, file.subspan(at.data_offset, at.data_len)) !=
              payload.data_hash ||
          manifest_id(file.subspan(at.manifest_offset, at.manifest_len)) != payload.manifest_id ||
          refs_hash(file.subspan(at.refs_offset, at.refs_len)) != payload.refs_hash) {
        throw Error(ErrorKind::corrupt, "container: a part was changed");
      }
    });
  };
  const Bytes file = backups[0].container();
  REQUIRE(sound(file));
  CHECK(test::bit_flips_that_pass(file, sound) == 0);
}

TEST_CASE(
    "attack: every bit of a manifest, record, refs, pack, key file, card, drill: a record and a "
    "manifest, with the key") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[1];
  const Bytes file = backup.container();
  const auto at = container_layout(backup.payload(), backup.entry.bytes.size(), "container");
  const Bytes plain = test::bytes_at(backup.json["records"][1]);
  const std::size_t first = test::bytes_at(backup.json["records"][0]).size() + kAeadTagBytes;
  const ByteSpan record =
      ByteSpan(file).subspan(at.data_offset + first, plain.size() + kAeadTagBytes);
  const Secret key = record_key(backup.dek, backup.context.bid, 1);
  REQUIRE(open(key.view(), record));
  CHECK(test::bit_flips_that_pass({record.begin(), record.end()}, [&](ByteSpan changed) {
          return open(key.view(), changed).has_value();
        }) == 0);

  const ByteSpan manifest = ByteSpan(file).subspan(at.manifest_offset, at.manifest_len);
  const Secret manifest_secret = manifest_key(backup.dek, backup.payload().commit);
  const auto opens = [&](ByteSpan sealed) {
    return !test::refused(ErrorKind::corrupt, "container", [&] {
      static_cast<void>(open_manifest(manifest_secret.view(), sealed, "container"));
    });
  };
  REQUIRE(opens(manifest));
  CHECK(test::bit_flips_that_pass({manifest.begin(), manifest.end()}, opens) == 0);
}

TEST_CASE(
    "attack: truncate at every length; append garbage: a sealed record and a sealed manifest") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[1];
  const Bytes file = backup.container();
  const auto at = container_layout(backup.payload(), backup.entry.bytes.size(), "container");
  const std::size_t length = test::bytes_at(backup.json["records"][0]).size() + kAeadTagBytes;
  const ByteSpan record = ByteSpan(file).subspan(at.data_offset, length);
  const Secret record_secret = record_key(backup.dek, backup.context.bid, 0);
  const auto record_opens = [&](ByteSpan sealed) {
    return open(record_secret.view(), sealed).has_value();
  };
  REQUIRE(record_opens(record));
  CHECK(test::truncations_that_pass(record, record_opens) == 0);
  CHECK(test::appendices_that_pass(record, record_opens) == 0);

  const ByteSpan manifest = ByteSpan(file).subspan(at.manifest_offset, at.manifest_len);
  const Secret manifest_secret = manifest_key(backup.dek, backup.payload().commit);
  const auto manifest_opens = [&](ByteSpan sealed) {
    return !test::refused(ErrorKind::corrupt, "container", [&] {
      static_cast<void>(open_manifest(manifest_secret.view(), sealed, "container"));
    });
  };
  REQUIRE(manifest_opens(manifest));
  CHECK(test::truncations_that_pass(manifest, manifest_opens) == 0);
  CHECK(test::appendices_that_pass(manifest, manifest_opens) == 0);
}

TEST_CASE("attack: truncate at every length; append garbage: refs, by their hash in the entry") {
  const auto backups = test::golden_backups();
  for (const auto& backup : backups) {
    const Bytes refs = encode_refs(golden_refs(backup));
    const auto fit = [&](ByteSpan changed) {
      return refs_hash(changed) == backup.payload().refs_hash;
    };
    REQUIRE(fit(refs));
    CHECK(test::truncations_that_pass(refs, fit) == 0);
    if (refs.empty()) continue;
    CHECK(test::appendices_that_pass(refs, fit) == 0);
  }
}

TEST_CASE(
    "attack: manifest, data or refs of A under entry B; renamed container; increment under a "
    "foreign, wrong-policy or other source's parent; one bid twice: a manifest under another "
    "header's commitment") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[1];
  const Bytes sealed =
      seal_manifest(manifest_key(backup.dek, backup.payload().commit).view(), Bytes(100, 1));
  Bytes32 other = backup.payload().commit;
  other[0] ^= 1;
  CHECK(test::refused(ErrorKind::corrupt, "container", [&] {
    static_cast<void>(open_manifest(manifest_key(backup.dek, other).view(), sealed, "container"));
  }));
}

TEST_CASE("a manifest of any length is padded and comes back") {
  const Bytes key(32, 4);
  for (const std::size_t length : {0U, 1U, 7U, 8U, 1000U, 4089U, 100'000U}) {
    const Bytes cbor(length, 0xa5);
    const Bytes sealed = seal_manifest(key, cbor);
    CHECK(sealed.size() == padme(8 + length) + kAeadTagBytes);
    CHECK(open_manifest(key, sealed, "container") == cbor);
  }
}

TEST_CASE("a manifest that is sealed but padded wrongly is refused") {
  const Bytes key(32, 4);
  const auto opens = [&](ByteSpan plain) {
    return !test::refused(ErrorKind::corrupt, "container", [&] {
      static_cast<void>(open_manifest(key, seal(key, plain), "container"));
    });
  };
  const auto plain = [](std::uint64_t length, std::size_t content, std::size_t padding) {
    ByteWriter out;
    out.u64(length).bytes(Bytes(content, 1)).zero(padding);
    return out.take();
  };
  REQUIRE(padme(8 + 90) == 104);
  CHECK(opens(plain(90, 90, 6)));
  CHECK_FALSE(opens(plain(90, 90, 5)));
  CHECK_FALSE(opens(plain(90, 90, 14)));
  CHECK_FALSE(opens(plain(89, 90, 6)));  // A byte after the end is not zero.
  CHECK_FALSE(opens(plain(97, 90, 6)));
  CHECK_FALSE(opens(plain(1ULL << 63, 90, 6)));
  CHECK_FALSE(opens(plain(~0ULL, 90, 6)));
  CHECK_FALSE(opens(Bytes(7)));
  CHECK_FALSE(opens(Bytes()));
}

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: "
    "lengths in a header") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[0];
  const auto over = [&](auto change) {
    BackupPayload payload = backup.payload();
    change(payload);
    const Entry entry = sign_entry(backup.entry.header, payload, backup.device);
    ByteWriter file;
    file.bytes(entry.bytes).u32(static_cast<std::uint32_t>(entry.bytes.size()));
    file.text(kContainerEnd);
    const bool layout = test::refused(ErrorKind::limit, "container 30", [&] {
      static_cast<void>(container_layout(payload, entry.bytes.size(), "container 30"));
    });
    const bool tail = test::refused(ErrorKind::limit, "container 30", [&] {
      static_cast<void>(parse_container_tail(file.view(), file.size(), "container 30"));
    });
    return layout && tail;
  };
  for (const std::uint64_t huge : {1ULL << 63, ~0ULL, ~0ULL - 100, 1ULL << 62}) {
    CHECK(over([&](BackupPayload& p) { p.data_len = huge; }));
    CHECK(over([&](BackupPayload& p) { p.manifest_len = huge; }));
    CHECK(over([&](BackupPayload& p) { p.media_count = huge; }));
  }
  CHECK(over([](BackupPayload& p) { p.data_len = kDataBytesMax + 1; }));
  CHECK(over([](BackupPayload& p) { p.manifest_len = kManifestBytesMax + 1; }));
  CHECK(over([](BackupPayload& p) { p.media_count = kMediaRefsMax + 1; }));
  // 2^59 refs times 32 bytes is 2^64: a product that would come out as zero.
  CHECK(over([](BackupPayload& p) { p.media_count = 1ULL << 59; }));
  BackupPayload largest = backup.payload();
  largest.data_len = kDataBytesMax;
  largest.manifest_len = kManifestBytesMax;
  largest.media_count = kMediaRefsMax;
  CHECK(container_layout(largest, kEntryBytesMax, "container").file_len >
        kDataBytesMax + kManifestBytesMax);
}

TEST_CASE("a manifest over 64 MiB is refused") {
  const Bytes key(32, 4);
  CHECK(test::refused(ErrorKind::limit, "manifest", [&] {
    static_cast<void>(seal_manifest(key, Bytes(kManifestBytesMax - 16)));
  }));
  CHECK(test::refused(ErrorKind::limit, "container", [&] {
    static_cast<void>(open_manifest(key, Bytes(kManifestBytesMax + 1), "container"));
  }));
}

TEST_CASE("refs out of order, twice, of broken length or too many are refused") {
  const Bytes32 a{1};
  const Bytes32 b{2};
  const auto refs_of = [](std::initializer_list<Bytes32> ids) {
    Bytes out;
    for (const Bytes32& id : ids) append(out, id);
    return out;
  };
  const auto passes = [](ByteSpan bytes) {
    return !test::refused(ErrorKind::corrupt, "container",
                          [&] { static_cast<void>(parse_refs(bytes, "container")); });
  };
  CHECK(parse_refs({}, "container").empty());
  CHECK(passes(refs_of({a, b})));
  CHECK_FALSE(passes(refs_of({b, a})));
  CHECK_FALSE(passes(refs_of({a, a})));
  for (std::size_t length = 1; length < 64; ++length) {
    if (length == 32) continue;
    CHECK_FALSE(passes(ByteSpan(refs_of({a, b})).first(length)));
  }
  CHECK(test::refused(ErrorKind::corrupt, "container", [&] {
    static_cast<void>(encode_refs(std::vector<Bytes32>{b, a}));
  }));
  CHECK(test::refused(ErrorKind::limit, "container", [&] {
    static_cast<void>(parse_refs(Bytes((kMediaRefsMax + 1) * 32), "container"));
  }));
  CHECK(test::refused(ErrorKind::limit, "container", [&] {
    static_cast<void>(encode_refs(std::vector<Bytes32>(kMediaRefsMax + 1)));
  }));
}

TEST_CASE("a container whose entry is not that of a backup is refused") {
  const auto backups = test::golden_backups();
  for (const char* name : {"policy_entry", "device_entry", "revoke_entry", "prune_entry"}) {
    const Bytes entry = test::bytes_at(backups[0].json[name]);
    ByteWriter file;
    file.text(kContainerMagic).bytes(entry).u32(static_cast<std::uint32_t>(entry.size()));
    file.text(kContainerEnd);
    CHECK_FALSE(tail_accepted(file.view(), file.size()));
  }
}

}  // namespace valise
