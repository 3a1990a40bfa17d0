#include <doctest/doctest.h>

#include "storage/local_storage.hpp"
#include "support/faulty_storage.hpp"
#include "support/memory_storage.hpp"
#include "support/storage_suite.hpp"
#include "support/temp_folder.hpp"

using namespace valise;
using namespace valise::test;

TEST_CASE("storage in a folder keeps every promise of storage") {
  const TempFolder folder;
  LocalStorage storage = LocalStorage::create(folder.path() / "vault");
  run_storage_suite(storage);
}

TEST_CASE("storage in a folder behind a symbolic link keeps every promise of storage") {
  const TempFolder folder;
  std::filesystem::create_directory(folder.path() / "real");
  std::filesystem::create_directory_symlink("real", folder.path() / "link");
  LocalStorage storage = LocalStorage::create(folder.path() / "link");
  run_storage_suite(storage);
}

TEST_CASE("storage in memory keeps every promise of storage") {
  MemoryStorage storage;
  run_storage_suite(storage);
}

TEST_CASE("faulty storage without a fault keeps every promise of storage") {
  MemoryStorage memory;
  FaultyStorage storage(memory, {});
  run_storage_suite(storage);
  CHECK_FALSE(storage.failed());
}
