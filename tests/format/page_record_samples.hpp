#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>

#include "format/page_records.hpp"

namespace valise::test {

/// The name that the records of these tests go by.
inline constexpr std::string_view kObject = "backup 3f9a: record 4";

/// Bytes that compress about as well as those of a message database.
inline Bytes page_bytes(std::mt19937_64& random, std::size_t size) {
  constexpr std::string_view kWord = "messages";
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t drawn = random();
    bytes[i] = static_cast<std::uint8_t>(drawn % 5 == 0 ? static_cast<char>(drawn >> 32)
                                                        : kWord[i % kWord.size()]);
  }
  return bytes;
}

inline PageList every_third(std::size_t count) {
  PageList pages;
  for (std::uint32_t page = 2; pages.size() < count; page += 3) pages.push_back(page);
  return pages;
}

/// Changes a few bytes in every page, and moves some from one page to the next.
inline Bytes a_night_later(Bytes bytes, std::mt19937_64& random, std::size_t page_size) {
  for (std::size_t at = 0; at < bytes.size(); at += page_size) {
    bytes[at + random() % page_size] ^= 1;
    const std::size_t moved = page_size / 8;
    if (random() % 10 == 0 && at + page_size + moved <= bytes.size()) {
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), moved,
                  bytes.begin() + static_cast<std::ptrdiff_t>(at + page_size));
    }
  }
  return bytes;
}

/// A record of changed pages, with what it was made of.
struct Sample {
  std::uint32_t page_size = 4096;
  std::uint32_t page_count = 10000;
  PageList pages;
  Bytes content;
  Bytes old_content;
  Bytes payload;
};

inline Sample delta_sample(std::size_t page_count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Sample sample;
  sample.pages = every_third(page_count);
  sample.old_content = page_bytes(random, page_count * sample.page_size);
  sample.content = a_night_later(sample.old_content, random, sample.page_size);
  sample.payload = PageCompressor().delta(sample.pages, sample.content, sample.old_content);
  return sample;
}

}  // namespace valise::test
