#include "vault/rebuild.hpp"

#include <doctest/doctest.h>

#include "base/files.hpp"
#include "crypto/random.hpp"
#include "format/page_records.hpp"
#include "format/refusal.hpp"
#include "support/error_kind.hpp"
#include "support/memory_storage.hpp"
#include "support/temp_folder.hpp"
#include "vault/container_writer.hpp"
#include "vault/object_names.hpp"

namespace valise::test {
namespace {

constexpr std::uint32_t kRebuildPageSize = 512;

/// A database that is only pages: page p of night n is filled with a byte made of both.
struct Pages {
  std::uint32_t count = 0;
  Bytes content;

  explicit Pages(std::uint32_t page_count) : count(page_count) {
    for (std::uint32_t page = 1; page <= count; ++page) {
      content.insert(content.end(), kRebuildPageSize, static_cast<std::uint8_t>(page));
    }
  }
  void change(std::uint32_t page, std::uint8_t to) {
    std::fill_n(content.begin() + std::ptrdiff_t{page - 1} * kRebuildPageSize, kRebuildPageSize,
                to);
  }
  [[nodiscard]] ByteSpan page(std::uint32_t number) const {
    return ByteSpan(content).subspan(std::size_t{number - 1} * kRebuildPageSize, kRebuildPageSize);
  }
  [[nodiscard]] Bytes of(const PageList& pages) const {
    Bytes out;
    for (const std::uint32_t number : pages) append(out, page(number));
    return out;
  }
  [[nodiscard]] Bytes32 root() const {
    PageRoot root(kRebuildPageSize, count);
    for (std::uint32_t number = 1; number <= count; ++number) root.add(page_hash(page(number)));
    return root.finish();
  }
};

struct Record {
  RecordKind kind = RecordKind::pages;
  Bytes payload;
  std::uint32_t plain_bytes = 0;
};

Record full_record(const Pages& pages, const PageList& list) {
  return {RecordKind::pages, PageCompressor().full(list, pages.of(list)),
          static_cast<std::uint32_t>(kRebuildPageSize * list.size())};
}

Record delta_record(const Pages& pages, const Pages& parent, const PageList& list) {
  PageList old;
  for (const std::uint32_t page : list) {
    if (page <= parent.count) old.push_back(page);
  }
  return {RecordKind::delta_pages, PageCompressor().delta(list, pages.of(list), parent.of(old)),
          static_cast<std::uint32_t>(kRebuildPageSize * list.size())};
}

struct RebuildFixture {
  MemoryStorage storage;
  RootKeys owner = RootKeys::generate();
  SigningKey device = SigningKey::generate();
  TempFolder folder;
  UniqueFd file = unnamed_file(folder.path());
  Run run;
  Vault vault = [this] {
    storage.overwrite(kVaultObject, encode_vault_object(owner.sign_pk()));
    return Vault::open(storage);
  }();
  DatabaseRebuild rebuild{file.get(), "the database", run};

  struct Written {
    Bytes16 bid{};
    Secret dek;
    Entry entry;
  };
  Written write(const Pages& pages, const std::vector<Record>& records,
                const Pages* parent = nullptr) {
    ContainerWriter writer(vault);
    Manifest manifest;
    manifest.database.page_size = kRebuildPageSize;
    manifest.database.page_count = pages.count;
    manifest.database.page_root = pages.root();
    BackupHeader header;
    header.entry.seq = 1;
    if (parent != nullptr) {
      manifest.parent_page_root = parent->root();
      header.parent = Bytes32{1};
    }
    for (const Record& record : records) {
      writer.add_record(
          seal_record(writer.dek(), writer.bid(), writer.record_count(), record.payload),
          {.kind = record.kind, .plain_bytes = record.plain_bytes});
    }
    Written written{writer.bid(), Secret::copy_of(writer.dek()), {}};
    const SlotReader reader{owner.pk(), owner.psk()};
    written.entry = writer.finish(manifest, header, {&reader, 1}, device);
    return written;
  }
  void apply(const Written& written) {
    const ContainerReader container = ContainerReader::open(vault, written.bid);
    rebuild.apply(container, written.dek.view(), container.open_manifest(written.dek.view()));
  }
  [[nodiscard]] Bytes rebuilt() const {
    Bytes out(1 << 20);
    out.resize(read_at(file.get(), out, 0, "the database"));
    return out;
  }
};

PageList range(std::uint32_t first, std::uint32_t last) {
  PageList pages;
  for (std::uint32_t page = first; page <= last; ++page) pages.push_back(page);
  return pages;
}

}  // namespace

TEST_CASE("a full and its increments give the database of each night") {
  RebuildFixture fixture;
  Pages first(10);
  fixture.apply(fixture.write(
      first, {full_record(first, {1, 3, 5, 7, 9}), full_record(first, {2, 4, 6, 8, 10})}));
  CHECK(fixture.rebuilt() == first.content);
  CHECK_NOTHROW(fixture.rebuild.prove());

  Pages second(12);  // It grew,
  second.change(4, 99);
  second.change(1, 98);
  fixture.apply(fixture.write(
      second, {delta_record(second, first, {1, 4, 11}), delta_record(second, first, {12})},
      &first));
  CHECK(fixture.rebuilt() == second.content);
  CHECK_NOTHROW(fixture.rebuild.prove());

  Pages third(3);  // and shrank.
  third.change(1, 98);
  fixture.apply(fixture.write(third, {}, &second));
  CHECK(fixture.rebuilt() == third.content);
  CHECK_NOTHROW(fixture.rebuild.prove());

  Pages fourth(9);
  fourth.change(1, 98);
  fixture.apply(fixture.write(fourth, {delta_record(fourth, third, range(4, 9))}, &third));
  CHECK(fixture.rebuilt() == fourth.content);
  CHECK_NOTHROW(fixture.rebuild.prove());
}

TEST_CASE("a container that cannot be applied is refused by name") {
  RebuildFixture fixture;
  const Pages first(6);
  Pages second(8);
  second.change(2, 50);
  const auto check = [&](const RebuildFixture::Written& written, std::string_view says) {
    // Once only: what failed half-way is not applied again.
    const auto error = refusal([&] {
      fixture.apply(written);
      fixture.rebuild.prove();
    });
    REQUIRE(error);
    CAPTURE(error->what());
    CHECK(error->kind() == ErrorKind::corrupt);
    CHECK(std::string_view(error->what()).starts_with(container_object(written.bid)));
    CHECK(std::string_view(error->what()).find(says) != std::string_view::npos);
  };
  SUBCASE("a page in no record") {
    // Too many bytes elsewhere hide what is missing from the sum.
    check(fixture.write(first, {full_record(first, range(1, 5)), full_record(first, {5})}),
          "stands in two records");
    check(fixture.write(first, {full_record(first, range(1, 5))}), "is in no record");
  }
  SUBCASE("far fewer pages in the records than the database has") {
    Pages large(1000);
    check(fixture.write(large, {full_record(large, {1})}), "fewer pages");
  }
  SUBCASE("a page beyond the end") {
    check(fixture.write(first, {full_record(second, range(1, 8))}), "beyond");
  }
  SUBCASE("other bytes than the root says") {
    Pages other(6);
    other.change(3, 77);
    const auto written = fixture.write(first, {full_record(other, range(1, 6))});
    check(written, "page root");
  }
  SUBCASE("an increment without its parent") {
    check(fixture.write(second, {delta_record(second, first, {2, 7, 8})}, &first),
          "parent page root");
  }
  SUBCASE("an increment on another parent") {
    fixture.apply(fixture.write(second, {full_record(second, range(1, 8))}));
    check(fixture.write(second, {delta_record(second, first, {2, 7, 8})}, &first),
          "parent page root");
  }
  SUBCASE("an increment that leaves out a new page") {
    fixture.apply(fixture.write(first, {full_record(first, range(1, 6))}));
    check(fixture.write(second, {delta_record(second, first, {2, 7})}, &first), "is in no record");
  }
  SUBCASE("an increment whose old bytes are not those of the parent") {
    fixture.apply(fixture.write(first, {full_record(first, range(1, 6))}));
    // Page 2 is noise, and tonight's differs from it in one byte: nothing but the prefix has it.
    Pages other = first;
    fill_random(MutableByteSpan(other.content).subspan(kRebuildPageSize, kRebuildPageSize));
    second.content = other.content;
    second.content.resize(std::size_t{8} * kRebuildPageSize, 8);
    second.content[kRebuildPageSize + 100] ^= 1;
    const auto written = fixture.write(second, {delta_record(second, other, {2, 7, 8})}, &first);
    const auto attempt = [&] {
      fixture.apply(written);
      fixture.rebuild.prove();
    };
    CHECK(kind_of(attempt) == ErrorKind::corrupt);
  }
}

TEST_CASE("a rebuild stops when it is cancelled") {
  RebuildFixture fixture;
  Cancellation cancellation;
  cancellation.request();
  fixture.run.cancellation = &cancellation;
  const Pages pages(4);
  const auto written = fixture.write(pages, {full_record(pages, range(1, 4))});
  CHECK(kind_of([&] { fixture.apply(written); }) == ErrorKind::cancelled);
}

TEST_CASE("a rebuild reports how far it has come") {
  RebuildFixture fixture;
  std::uint64_t last = 0;
  std::uint64_t total = 0;
  fixture.run.on_progress = [&](const Progress& progress) {
    CHECK(progress.done >= last);
    last = progress.done;
    total = progress.total;
  };
  const Pages pages(6);
  fixture.apply(
      fixture.write(pages, {full_record(pages, {1, 2}), full_record(pages, range(3, 6))}));
  CHECK(last == total);
  CHECK(total == 6 * kRebuildPageSize);
}

}  // namespace valise::test
