#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "format/page_records.hpp"
#include "format/vector_file.hpp"

namespace valise {
namespace {

using nlohmann::json;
using test::unhex;
using test::vector_file;

}  // namespace

// Only reading is pinned: another release of zstd may compress otherwise.
TEST_CASE("page records made by another program are read") {
  for (const char* name : {"full", "delta"}) {
    CAPTURE(name);
    const json vector = vector_file("page_records", name);
    const Bytes payload = unhex(vector.at("payload"));
    const Bytes content = unhex(vector.at("content"));
    const PageRecord record =
        parse_page_record(payload, vector.at("page_size"), vector.at("page_count"),
                          vector.at("plain_bytes"), "record 1");
    CHECK(record.pages == vector.at("pages").get<PageList>());
    const Bytes prefix = vector.contains("old_content") ? unhex(vector["old_content"]) : Bytes{};
    Bytes out(content.size());
    FrameDecompressor().run(record.frame, prefix, out, "record 1");
    CHECK(out == content);
    // The list, which zstd has no part in, is written byte for byte.
    const Bytes list = encode_page_list(record.pages);
    CHECK(std::equal(list.begin(), list.end(), payload.begin() + 4));
  }
}

TEST_CASE("pages and page root hash as another program says") {
  for (const char* name : {"full", "delta"}) {
    CAPTURE(name);
    const json vector = vector_file("page_records", name);
    const std::uint32_t page_size = vector.at("page_size");
    const Bytes content = unhex(vector.at("content"));
    const PageList pages = vector.at("pages");
    for (std::size_t i = 0; i < pages.size(); ++i) {
      const ByteSpan page = ByteSpan(content).subspan(i * page_size, page_size);
      CHECK(hex(page_hash(page)) == vector.at("page_hashes")[pages[i] - 1].get<std::string>());
    }
    PageRoot root(page_size, vector.at("page_count"));
    for (const json& hash : vector.at("page_hashes")) root.add(unhex(hash));
    CHECK(hex(root.finish()) == vector.at("page_root").get<std::string>());
  }
}

}  // namespace valise
