#pragma once

#include <filesystem>

#include "storage/storage.hpp"

namespace valise {

/// Storage in a folder of this machine. A put writes to tmp/<random>, syncs, gives the file its
/// name if absent, and syncs the folder. Nothing follows a symbolic link out of the folder.
class LocalStorage final : public Storage {
 public:
  /// Throws Error(not_found) when there is no such folder.
  [[nodiscard]] static LocalStorage open(const std::filesystem::path& folder);
  /// Makes the folder (its parent must exist or be creatable) if absent. Throws Error(usage) when
  /// it is not empty, Error(storage) when the file system cannot rename without replacing.
  [[nodiscard]] static LocalStorage create(const std::filesystem::path& folder);

  [[nodiscard]] std::unique_ptr<ObjectWriter> put(const ObjectName& name) override;
  void read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const override;
  [[nodiscard]] std::optional<std::uint64_t> size(const ObjectName& name) const override;
  [[nodiscard]] std::vector<ObjectInfo> list(const std::string& folder) const override;
  void remove(const ObjectName& name) override;
  void set_aside(const ObjectName& name) override;
  [[nodiscard]] std::string describe() const override;

  /// Removes leftovers of tmp/ older than `seconds`; returns how many.
  std::uint64_t sweep_leftovers(std::uint64_t now, std::uint64_t seconds);

 private:
  explicit LocalStorage(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;
};

}  // namespace valise
