#pragma once

#include <filesystem>

#include "crypto/secret.hpp"
#include "state/sqlite_statement.hpp"
#include "state/state.hpp"

namespace valise {

struct State::Parts {
  Parts(const std::filesystem::path& state_folder, ByteSpan credential_secret);

  [[nodiscard]] std::filesystem::path mark() const;
  /// Ends what begin_anew began: makes the file durable and takes the mark away.
  void sync_and_unmark();

  std::filesystem::path folder;
  StateConnection db;
  Secret key;
  bool in_transaction = false;
  bool unsynced = false;  ///< The mark stands, and the transaction under way syncs nothing.
};

}  // namespace valise
