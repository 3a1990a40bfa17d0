#pragma once

#include <cstdint>
#include <string>

namespace valise {

/// One who can open a backup. The owner's name is "owner".
struct Reader {
  std::string name;
  std::string
      fingerprint;  ///< 16 characters in groups of 4; empty where the owner's card is not known.
  bool owner = false;
};

}  // namespace valise
