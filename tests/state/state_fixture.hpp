#pragma once

#include <filesystem>

#include "base/hex.hpp"
#include "state/state.hpp"
#include "support/temp_folder.hpp"

namespace valise::test {

/// The state of one vault in a folder of its own.
struct StateFixture {
  TempFolder folder;
  Bytes16 vault_id{1};
  Secret secret = Secret::random(32);
  Bytes16 source{2};

  [[nodiscard]] State open() const { return State::open(folder.path(), vault_id, secret.view()); }
  [[nodiscard]] std::optional<State> look() const {
    return State::look(folder.path(), vault_id, secret.view());
  }
  [[nodiscard]] std::filesystem::path file() const {
    return state_folder(folder.path(), vault_id) / "state.db";
  }

  /// The files with sealed pages beside the database.
  [[nodiscard]] std::vector<std::filesystem::path> page_files() const {
    std::vector<std::filesystem::path> found;
    for (const auto& item : std::filesystem::directory_iterator(file().parent_path())) {
      if (item.path().filename().string().starts_with("pages-")) found.push_back(item.path());
    }
    return found;
  }

  [[nodiscard]] SourceState source_state(std::uint32_t page_count, std::uint8_t night) const {
    SourceState state;
    state.source = source;
    state.page_size = 512;
    state.page_count = page_count;
    state.page_root = Bytes32{night};
    state.policy = Bytes32{3};
    for (std::uint8_t i = 1; i <= night; ++i) {
      state.chain.push_back({Bytes16{i}, Bytes32{i}, i, 1000U + i});
    }
    return state;
  }

  /// Puts one frame with these pages; what it holds says which night and which pages.
  static void put_frame(State& state, const Bytes16& source, std::uint8_t night,
                        std::uint64_t number, const PageList& pages) {
    const FrameAt frame{.generation = Bytes16{night},
                        .number = number,
                        .plain_bytes = static_cast<std::uint32_t>(512 * pages.size())};
    state.put_frame(source, frame, pages,
                    state.seal_frame(frame.generation, number, payload(night, pages)));
  }
  static Bytes payload(std::uint8_t night, const PageList& pages) {
    Bytes bytes{night};
    for (const std::uint32_t page : pages) bytes.push_back(static_cast<std::uint8_t>(page));
    return bytes;
  }

  void commit(State& state, std::uint32_t page_count, std::uint8_t night) const {
    state.commit(source_state(page_count, night), {Bytes16{night}, "a.db", "sqlite", night},
                 Bytes(300, night));
  }
  /// A whole night: pages 1 to `page_count` in one frame, and one row of hashes.
  void commit_full(State& state, std::uint32_t page_count, std::uint8_t night) const {
    state.begin_anew(source);
    PageList pages;
    for (std::uint32_t page = 1; page <= page_count; ++page) pages.push_back(page);
    put_frame(state, source, night, 0, pages);
    state.put_hashes(source, Bytes16{night}, 0, Bytes(32 * page_count, night));
    commit(state, page_count, night);
  }
};

/// The night whose frame holds a page, and 0 where none does.
[[nodiscard]] inline std::vector<int> nights_of(const State& state, const Bytes16& source,
                                                const PageList& wanted) {
  std::vector<int> nights(wanted.size(), 0);
  static_cast<void>(
      state.find_frames(source, wanted, [&](const FrameAt& frame, const PageList& pages) {
        for (const std::uint32_t page : pages) {
          const auto at = std::find(wanted.begin(), wanted.end(), page);
          nights[static_cast<std::size_t>(at - wanted.begin())] += frame.generation[0];
        }
      }));
  return nights;
}

}  // namespace valise::test
