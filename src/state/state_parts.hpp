#pragma once

#include "crypto/secret.hpp"
#include "state/sqlite_statement.hpp"
#include "state/state.hpp"

namespace valise {

struct State::Parts {
  StateConnection db;
  Secret key;
  bool in_transaction = false;
};

}  // namespace valise
