#pragma once

#include <filesystem>

#include "storage/local_folder.hpp"
#include "storage/storage.hpp"

namespace valise {

/// How old a leftover in tmp/ is when it goes: no write takes a week, and other machines may be
/// writing to the same folder.
inline constexpr std::int64_t kLeftoverSeconds = 7 * 24 * 3600;

/// Storage in a folder of this machine. A put writes to tmp/<random>, syncs, gives the file its
/// name if absent, and syncs the folder. Nothing follows a symbolic link out of the folder, though
/// `folder` itself may be one: every path is walked part by part from the folder once opened.
/// Files have mode 0600, folders 0700. Move-only.
class LocalStorage final : public Storage {
 public:
  /// Throws Error(not_found) when there is no such folder. Writes nothing.
  [[nodiscard]] static LocalStorage open(const std::filesystem::path& folder);
  /// Makes the folder (its parent must exist or be creatable) if absent. Throws Error(usage) when
  /// it is not empty, Error(storage) when the file system cannot rename without replacing. A folder
  /// tmp/, which an earlier attempt may have left, does not count.
  [[nodiscard]] static LocalStorage create(const std::filesystem::path& folder);

  [[nodiscard]] std::unique_ptr<ObjectWriter> put(const ObjectName& name) override;
  void read(const ObjectName& name, std::uint64_t offset, MutableByteSpan out) const override;
  [[nodiscard]] std::optional<std::uint64_t> size(const ObjectName& name) const override;
  void scan(const std::string& folder, const std::function<void(ObjectInfo)>& visit) const override;
  void remove(const ObjectName& name) override;
  void set_aside(const ObjectName& name) override;
  [[nodiscard]] std::string describe() const override;

  /// Removes the leftovers of interrupted writes in tmp/ that were last written to more than
  /// `seconds` ago; returns how many. How long that is the storage's own clock says, by a file
  /// that is written there, and none goes where that cannot be: this machine's clock may be wrong.
  /// Leaves alone what no put can have made.
  std::uint64_t sweep_leftovers(std::int64_t seconds);

 private:
  explicit LocalStorage(LocalFolder folder) : folder_(std::move(folder)) {}
  LocalFolder folder_;
};

}  // namespace valise
