// Sizes that a file claims and does not have: refused before anything is allocated for them.

#include <doctest/doctest.h>

#include "base/cursor.hpp"
#include "base/error.hpp"
#include "crypto/hash.hpp"
#include "format/catalog_reader.hpp"
#include "format/cbor.hpp"
#include "format/container.hpp"
#include "format/golden.hpp"
#include "format/manifest.hpp"
#include "format/page_records.hpp"
#include "format/refusal.hpp"
#include "format/request_samples.hpp"
#include "format/vector_file.hpp"
#include "support/peak_memory.hpp"

namespace valise {
namespace {

// Far more than a refusal needs, far less than any size that is claimed here.
constexpr long kCountsKibMax = 4 * 1024;
constexpr std::uint64_t kHugeCounts[] = {1ULL << 63, ~0ULL,      (1ULL << 63) + 1,
                                         1ULL << 62, 1ULL << 40, 0xffffffff};

/// True if `parse` refuses as corrupt or over a limit.
template <typename Parse>
bool refused_at_all(Parse&& parse) {
  const auto error = test::refusal(parse);
  return error && (error->kind() == ErrorKind::corrupt || error->kind() == ErrorKind::limit);
}

/// A CBOR head of nine bytes: RFC 8949 section 3.
Bytes cbor_head(unsigned major, std::uint64_t count) {
  Bytes head{static_cast<std::uint8_t>(major << 5 | 27)};
  for (int shift = 56; shift >= 0; shift -= 8) {
    head.push_back(static_cast<std::uint8_t>(count >> shift));
  }
  return head;
}

}  // namespace

TEST_CASE("a measure of memory notices what is allocated and used") {
  const auto used = [](std::size_t bytes) {
    return test::peak_memory(kCountsKibMax, [&] { return Bytes(bytes, 1).back() == 1; });
  };
  CHECK(used(1000) == test::PeakMemory::flat);
  CHECK(used(128 << 20) == test::PeakMemory::grew);
  CHECK(test::peak_memory(kCountsKibMax, [] { return false; }) == test::PeakMemory::wrong);
}

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: "
    "counts in a manifest and a catalog") {
  std::vector<Bytes> manifests;
  for (const auto& malformed : test::vector_file("manifest", "refused")) {
    manifests.push_back(test::unhex(malformed.at("cbor")));
  }
  // Every place of a sound manifest, with an item in it that claims to be huge.
  const Bytes sound = test::unhex(test::vector_file("manifest", "full").at("cbor"));
  for (std::size_t at = 0; at < sound.size(); ++at) {
    for (unsigned major = 0; major < 8; ++major) {
      Bytes changed(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(at));
      append(changed, cbor_head(major, kHugeCounts[at % std::size(kHugeCounts)]));
      append(changed, ByteSpan(sound).subspan(at));
      manifests.push_back(std::move(changed));
    }
  }
  std::vector<std::vector<Bytes>> catalogs;
  for (const auto& malformed : test::vector_file("catalog", "refused")) {
    std::vector<Bytes> records;
    for (const auto& record : malformed.at("records")) records.push_back(test::unhex(record));
    catalogs.push_back(std::move(records));
  }
  REQUIRE(manifests.size() > 1000);
  REQUIRE(catalogs.size() > 100);
  CHECK(test::peak_memory(kCountsKibMax, [&] {
          std::size_t refusals = 0;
          for (const Bytes& cbor : manifests) {
            if (refused_at_all([&] { static_cast<void>(decode_manifest(cbor, "m")); })) ++refusals;
          }
          for (const auto& records : catalogs) {
            if (refused_at_all([&] {
                  CatalogReader reader([](const CatalogFile&) {});
                  for (const Bytes& record : records) reader.add(record, "c");
                  reader.finish("c");
                })) {
              ++refusals;
            }
          }
          return refusals == manifests.size() + catalogs.size();
        }) == test::PeakMemory::flat);
}

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: "
    "counts in a header, an entry, a request, a page list") {
  const auto backups = test::golden_backups();
  const auto& backup = backups[0];
  std::vector<std::pair<Bytes, std::uint64_t>> tails;
  for (const std::uint64_t huge : kHugeCounts) {
    for (const int field : {0, 1, 2}) {
      BackupPayload payload = backup.payload();
      if (field == 0) payload.data_len = huge << 20 | huge;
      if (field == 1) payload.manifest_len = huge;
      if (field == 2) payload.media_count = huge;
      const Entry entry = sign_entry(backup.entry.header, payload, backup.device);
      ByteWriter file;
      file.bytes(entry.bytes).u32(static_cast<std::uint32_t>(entry.bytes.size()));
      file.text(kContainerEnd);
      // As long as it has to be for its claim, where that can be, and as short as it is.
      const std::uint64_t fits =
          8 + payload.data_len + payload.manifest_len + 32 * payload.media_count + file.size();
      tails.emplace_back(file.take(), fits);
    }
  }
  std::vector<Bytes> entries;
  const Entry prune = parse_entry(test::bytes_at(backup.json["prune_entry"]), "prune");
  const Entry policy = parse_entry(test::bytes_at(backup.json["policy_entry"]), "policy");
  const auto with_all_ones = [&](const Entry& entry, std::size_t at, std::size_t length,
                                 const SigningKey& key) {
    Bytes bytes(entry.body().begin(), entry.body().end());
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), length, std::uint8_t{0xff});
    append(bytes, key.sign(bytes));
    entries.push_back(std::move(bytes));
  };
  with_all_ones(prune, 112, 4, backup.device);
  with_all_ones(policy, 112, 2, backup.owner.signing());
  with_all_ones(policy, 114, 2, backup.owner.signing());
  with_all_ones(backup.entry, 208, 2, backup.device);
  const test::RequestSample sample(1, 1);
  const Bytes request = encode_request(sample.request());
  std::vector<Bytes> requests;
  for (std::size_t at = 112; at + 36 < request.size(); ++at) {
    Bytes changed(request.begin(), request.end() - 32);
    std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(at), 4, std::uint8_t{0xff});
    append(changed, hash("VL1.request", {changed}));
    requests.push_back(std::move(changed));
  }
  CHECK(test::peak_memory(kCountsKibMax, [&] {
          bool all = true;
          for (const auto& item : tails) {
            for (const std::uint64_t length : {item.second, std::uint64_t{item.first.size()}}) {
              all = all && refused_at_all([&] {
                      static_cast<void>(parse_container_tail(item.first, length, "container"));
                    });
            }
          }
          for (const Bytes& bytes : entries) {
            all = all && refused_at_all([&] { static_cast<void>(parse_entry(bytes, "entry")); });
          }
          for (const Bytes& bytes : requests) {
            all =
                all && refused_at_all([&] { static_cast<void>(parse_request(bytes, "request")); });
          }
          for (const std::uint64_t huge : kHugeCounts) {
            for (const bool gap : {false, true}) {
              ByteWriter list;
              list.varint(gap ? huge : 0).varint(gap ? 1 : huge);
              all = all && refused_at_all([&] {
                      static_cast<void>(decode_page_list(list.view(), 0xfffffffe, 1000, "list"));
                    });
            }
          }
          return all;
        }) == test::PeakMemory::flat);
}

TEST_CASE(
    "attack: zstd bomb, wrong plain length, window over the limit; counts of 2^63; CBOR nesting: "
    "nesting needs no memory") {
  // Arrays, maps, tags, and strings of indefinite length: their heads, and nothing in them.
  std::vector<Bytes> nested;
  for (const std::uint8_t opening : Bytes{0x81, 0x9F, 0xA1, 0xBF, 0xC1, 0x5F, 0x7F}) {
    Bytes cbor{0xA5, 0x61, 'v', 0x01, 0x66, 's', 'o', 'u', 'r', 'c', 'e'};
    cbor.resize(4'000'000, opening);
    nested.push_back(std::move(cbor));
  }
  CHECK(test::peak_memory(kCountsKibMax, [&] {
          bool all = true;
          for (const Bytes& cbor : nested) {
            all = all && refused_at_all([&] { static_cast<void>(decode_manifest(cbor, "m")); });
          }
          return all;
        }) == test::PeakMemory::flat);
}

}  // namespace valise
