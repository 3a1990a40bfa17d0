#pragma once

#include <filesystem>
#include <map>
#include <memory>

#include "crypto/secret.hpp"
#include "state/page_file.hpp"
#include "state/sqlite_statement.hpp"
#include "state/state.hpp"

namespace valise {

/// Which bytes of a page file the rows name: none behind `end`, none of `free`.
struct PageFileUse {
  std::uint64_t end = 0;
  std::vector<FreeRange> free;  ///< Ascending.
};

struct State::Parts {
  /// `database`: a file in `state_folder`, or kInMemory.
  Parts(const std::filesystem::path& state_folder, const std::string& database,
        ByteSpan credential_secret);

  /// The page file of a source, open for reading; null when it has none.
  [[nodiscard]] PageFile* page_file(const Bytes16& source);
  /// Throws StateError for rows that no run wrote.
  [[nodiscard]] PageFileUse page_file_use(const Bytes16& source);
  /// Deletes page files that no source names.
  void sweep_page_files();

  std::filesystem::path folder;
  StateConnection db;
  Secret key;
  bool in_transaction = false;
  std::unique_ptr<PageFile> writing;  ///< Between begin and commit.
  std::map<Bytes16, std::unique_ptr<PageFile>> reading;
};

}  // namespace valise
