#pragma once

#include "storage/storage.hpp"

namespace valise::test {

/// Checks every promise of storage.hpp. Mandatory for every kind of storage; `storage` is empty.
void run_storage_suite(Storage& storage);

}  // namespace valise::test
