#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>

namespace valise::bench {

/// A made-up iMessage history: macOS 15's tables and indexes, invented people and words.
/// 500,000 messages are about 450 MB. The same options give the same rows on every machine.
struct HistoryOptions {
  std::uint32_t messages = 20000;
  std::uint64_t seed = 1;
  bool wal = true;
  std::uint32_t page_size = 4096;
};

/// Writes a new history to `path`, and leaves it closed and checkpointed.
/// Throws std::runtime_error when the file exists or cannot be written.
void create_history(const std::filesystem::path& path, const HistoryOptions& options);

/// What a day adds: new messages, read receipts for messages of the last days, marks of the
/// cloud sync on recent rows, and a few deletions.
struct Night {
  std::uint64_t seed = 1;
  std::uint32_t messages = 250;
  std::uint32_t receipts = 220;
  std::uint32_t sync_marks = 60;
  std::uint32_t deletions = 4;
};

/// Applies one night in one transaction. The same seed on a longer history is another night.
void apply_night(const std::filesystem::path& path, const Night& night);

/// Deletes the shortest chat whose deletion changes `at_least_pages` pages or more (the longest
/// one there is in a history too small for that). Returns the number of messages deleted.
std::int64_t delete_chat(const std::filesystem::path& path, std::uint32_t at_least_pages = 10000);

/// Puts random bytes, never the same twice, in the place of the bodies of the oldest third of the
/// messages: a night's worth of pages that no compression makes smaller. Returns the number of
/// rows.
std::int64_t scramble_bodies(const std::filesystem::path& path);

struct Writing {
  std::uint64_t seed = 1;
  double seconds = 10;
  std::uint32_t rows_per_second = 200;
};

/// Inserts messages in small transactions, as a messenger does while a backup reads. Ends after
/// `seconds` or when `stop` is requested. Returns the number of messages written.
std::int64_t write_constantly(const std::filesystem::path& path, const Writing& writing,
                              const std::stop_token& stop = {});

}  // namespace valise::bench
