// The inner loops of a backup, on the pages of a real SQLite file: hashing, sealing, compressing
// a full group, and a night's delta against the old bytes of the same pages.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "base/bytes.hpp"
#include "crypto/aead.hpp"
#include "crypto/hash.hpp"
#include "format/page_records.hpp"
#include "history.hpp"

namespace {

namespace fs = std::filesystem;
using valise::Bytes;
using valise::ByteSpan;

constexpr std::size_t kPageBytes = 4096;
constexpr std::uint32_t kMessages = 100'000;

Bytes read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

ByteSpan page_of(const Bytes& database, std::size_t page) {
  return ByteSpan(database).subspan(page * kPageBytes, kPageBytes);
}

/// A history before and after one night, and the pages between them.
struct Sample {
  Bytes before;
  valise::PageList changed;
  Bytes changed_content;
  Bytes old_content;
};

Sample make_sample() {
  std::string folder = (fs::temp_directory_path() / "valise-micro-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  const fs::path database = fs::path(folder) / "chat.db";
  Sample sample;
  valise::bench::create_history(database, {.messages = kMessages});
  sample.before = read_file(database);
  valise::bench::apply_night(database, {});
  const Bytes after = read_file(database);
  fs::remove_all(folder);
  const std::size_t pages_before = sample.before.size() / kPageBytes;
  for (std::size_t page = 0; page < after.size() / kPageBytes; ++page) {
    const ByteSpan now = page_of(after, page);
    const bool existed = page < pages_before;
    if (existed && std::ranges::equal(now, page_of(sample.before, page))) continue;
    sample.changed.push_back(static_cast<std::uint32_t>(page + 1));
    sample.changed_content.insert(sample.changed_content.end(), now.begin(), now.end());
    if (!existed) continue;
    const ByteSpan old = page_of(sample.before, page);
    sample.old_content.insert(sample.old_content.end(), old.begin(), old.end());
  }
  return sample;
}

const Sample& sample() {
  static const Sample made = make_sample();
  return made;
}

void count_bytes(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes) *
                          static_cast<std::int64_t>(state.iterations()));
}

void hash_pages(benchmark::State& state) {
  const Bytes& database = sample().before;
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t page = 0; page < database.size() / kPageBytes; ++page) {
      benchmark::DoNotOptimize(valise::page_hash(page_of(database, page)));
    }
  }
  count_bytes(state, database.size());
}

void hash_blake2b(benchmark::State& state) {
  const ByteSpan group = ByteSpan(sample().before).first(valise::kFullGroupBytes);
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(valise::hash("VL1.bench", {group}));
  }
  count_bytes(state, group.size());
}

void seal_group(benchmark::State& state) {
  const ByteSpan group = ByteSpan(sample().before).first(valise::kFullGroupBytes);
  const Bytes key(32, 7);
  Bytes sealed(group.size() + valise::kAeadTagBytes);
  for ([[maybe_unused]] auto _ : state) {
    valise::seal_into(sealed, key, group);
    benchmark::ClobberMemory();
  }
  count_bytes(state, group.size());
}

void open_group(benchmark::State& state) {
  const ByteSpan group = ByteSpan(sample().before).first(valise::kFullGroupBytes);
  const Bytes key(32, 7);
  const Bytes sealed = valise::seal(key, group);
  Bytes opened(group.size());
  for ([[maybe_unused]] auto _ : state) {
    if (!valise::open_into(opened, key, sealed)) state.SkipWithError("the tag does not match");
  }
  count_bytes(state, group.size());
}

void compress_full(benchmark::State& state) {
  const Bytes& database = sample().before;
  constexpr std::size_t kPages = valise::kFullGroupBytes / kPageBytes;
  valise::PageCompressor compressor;
  std::size_t stored = 0;
  std::size_t read = 0;
  std::size_t group = 0;
  for ([[maybe_unused]] auto _ : state) {
    if ((group + 1) * valise::kFullGroupBytes > database.size()) group = 0;
    valise::PageList pages(kPages);
    for (std::size_t i = 0; i < kPages; ++i) {
      pages[i] = static_cast<std::uint32_t>(group * kPages + i + 1);
    }
    const ByteSpan content =
        ByteSpan(database).subspan(group * valise::kFullGroupBytes, valise::kFullGroupBytes);
    stored += compressor.full(pages, content).size();
    read += content.size();
    ++group;
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(read));
  state.counters["ratio"] = static_cast<double>(read) / static_cast<double>(stored);
}

void compress_night(benchmark::State& state) {
  const Sample& night = sample();
  valise::PageCompressor compressor;
  std::size_t stored = 0;
  for ([[maybe_unused]] auto _ : state) {
    stored = compressor.delta(night.changed, night.changed_content, night.old_content).size();
  }
  count_bytes(state, night.changed_content.size());
  state.counters["pages"] = static_cast<double>(night.changed.size());
  state.counters["stored_bytes"] = static_cast<double>(stored);
}

BENCHMARK(hash_pages)->Unit(benchmark::kMillisecond);
BENCHMARK(hash_blake2b)->Unit(benchmark::kMicrosecond);
BENCHMARK(seal_group)->Unit(benchmark::kMicrosecond);
BENCHMARK(open_group)->Unit(benchmark::kMicrosecond);
BENCHMARK(compress_full)->Unit(benchmark::kMicrosecond);
BENCHMARK(compress_night)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
